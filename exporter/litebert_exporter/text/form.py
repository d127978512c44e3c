"""A family's facts about texts: the class of its tokenizer, or its own code's way from a text to ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from litebert.tokenizer import LONGEST_FIRST, NO_PAIRS


@dataclass(frozen=True)
class TextForm:
    """How a family's texts become ids.

    Most families read the files of the checkpoint. Where `is_of_code`, the family's own code writes the
    tokens around those of a text, and reads no file but vocab.txt. Templates are in the notation of
    `tokenizers`' TemplateProcessing, with {cls} and {sep} for the tokens.

    Attributes:
        tokenizer_class: the class of transformers where no file names one.
        is_of_code: whether the attributes below are those of the family's own code.
        single: the template of one text.
        pair: the template of two; None where that code joins them in a way no template gives.
        pair_cut: how it cuts two texts to the limit, one of `litebert.tokenizer.PAIRS`.
        max_tokens: its limit where no flag gives one; None for as many as there are positions.
        lowercase: whether it lowercases any vocabulary; None where tokenizer_config.json says.
        special_ids: the ids it writes for special tokens, without a look at the vocabulary.
        special_words: whether the text of a special token means it only as a word of its own.
    """

    tokenizer_class: str = ""
    is_of_code: bool = False
    single: str = "{cls}:0 $A:0 {sep}:0"
    pair: str | None = "{cls}:0 $A:0 {sep}:0 $B:1 {sep}:1"
    pair_cut: str = LONGEST_FIRST
    max_tokens: int | None = None
    lowercase: bool | None = None
    special_ids: Mapping[str, int] = field(default_factory=dict)
    special_words: bool = False

    @property
    def pairs(self) -> str:
        """How two texts are cut, one of `litebert.tokenizer.PAIRS`."""
        return NO_PAIRS if self.pair is None else self.pair_cut


BERT_TEXT = TextForm()
