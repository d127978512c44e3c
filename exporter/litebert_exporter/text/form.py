"""A family's facts about texts: the class of its tokenizer, or the facts in the family's own code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from litebert.tokenizer import LONGEST_FIRST, NO_PAIRS


@dataclass(frozen=True)
class TextForm:
    """The facts by which a family's texts become ids.

    Most families read the files of the checkpoint. Where `is_of_code`, the family's own code writes the
    tokens around those of a text, and reads no file but vocab.txt. Templates are in the notation of
    `tokenizers`' TemplateProcessing, with {cls} and {sep} for the tokens.

    Attributes:
        tokenizer_class: the class of transformers where no file names one.
        is_of_code: whether the attributes below are those of the family's own code.
        single: the template of one text.
        pair: the template of two texts; None where the code joins them in a way that no template gives.
        pair_cut: the code's way to cut two texts to the limit, one of `litebert.tokenizer.PAIRS`.
        max_tokens: the code's limit where no flag gives one; None for the number of positions.
        lowercase: whether the code lowercases with any vocabulary; None where tokenizer_config.json says.
        special_ids: the ids that the code writes for special tokens, without a look at the vocabulary.
        special_words: whether a special token is recognised in a text only as a word of its own.
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
        """The way to cut two texts, one of `litebert.tokenizer.PAIRS`."""
        return NO_PAIRS if self.pair is None else self.pair_cut


BERT_TEXT = TextForm()
