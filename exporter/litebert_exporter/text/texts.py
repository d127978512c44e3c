"""Texts to try tokenizers and graphs with: usual, empty, odd, long."""

from __future__ import annotations

from litebert.tokenizer import Text

TEXTS: tuple[Text, ...] = (
    "a stirring , funny and finally transporting film .",
    "The plot is thin; the acting, thinner. I'd rather watch paint dry!",
    "",
    "!?...   \t\u00a0 -- 100% (#1)",
    "Crème brûlée, naïve Ångström, ПРИВЕТ, 東京タワー",
    "emoji \U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 \x00\x07 control \u202e characters \ufffd",
    ("What is the capital of France?", "Paris is the capital of France."),
    "[CLS] [MASK] antidisestablishmentarianism " + "x" * 120,
)
