"""The known tokenizer classes of transformers, and the facts that each adds to a vocabulary.

Read: huggingface/transformers 4.57 and 5.23, models/*/tokenization_*.py, models/auto/tokenization_auto.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from litebert import CheckpointError, UnsupportedModelError
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.cures import own_vocabulary
from litebert_exporter.text.form import BERT_TEXT
from litebert_exporter.text.tokenizer_json import BPE, CONFIG, GENERIC_CLASSES, UNIGRAM, WORDPIECE, Body

Names: TypeAlias = "Mapping[str, str]"


@dataclass(frozen=True)
class TokenizerKind:
    """The facts in the code of a tokenizer class.

    Attributes:
        model: the type of its vocabulary.
        pre_tokenizer: the step that takes a text apart before the vocabulary is used.
        names: the special token for each of `cls`, `sep` ... where no file names another.
        single: the tokens around one text, in the notation of `TextForm`.
        pair: the tokens around two texts; None where no template gives them.
    """

    model: str
    pre_tokenizer: Body
    names: Names
    single: str = BERT_TEXT.single
    pair: str | None = BERT_TEXT.pair


_BERT_NAMES = {"unk": "[UNK]", "sep": "[SEP]", "pad": "[PAD]", "cls": "[CLS]", "mask": "[MASK]"}
_ALBERT_NAMES = {**_BERT_NAMES, "unk": "<unk>", "pad": "<pad>", "bos": "[CLS]", "eos": "[SEP]"}
_ROBERTA_NAMES = {"unk": "<unk>", "sep": "</s>", "pad": "<pad>", "cls": "<s>", "mask": "<mask>"}
_ROBERTA_NAMES |= {"bos": "<s>", "eos": "</s>"}
_TWO_SEPARATORS = "{cls}:0 $A:0 {sep}:0 {sep}:0 $B:0 {sep}:0"

_BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
_SPACES = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
_WORDS = {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, _SPACES]}

BERT = TokenizerKind(WORDPIECE, {"type": "BertPreTokenizer"}, _BERT_NAMES)
ROBERTA = TokenizerKind(BPE, _BYTES, _ROBERTA_NAMES, pair=_TWO_SEPARATORS)
ALBERT = TokenizerKind(UNIGRAM, _WORDS, _ALBERT_NAMES)
_KINDS = {
    **dict.fromkeys(
        ("BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer"), BERT
    ),
    **dict.fromkeys(
        ("ConvBertTokenizer", "LayoutLMTokenizer", "LxmertTokenizer", "SqueezeBertTokenizer"), BERT
    ),
    **dict.fromkeys(("RobertaTokenizer", "LongformerTokenizer"), ROBERTA),
    "AlbertTokenizer": ALBERT,
    "XLMRobertaTokenizer": TokenizerKind(UNIGRAM, _WORDS, _ROBERTA_NAMES, pair=_TWO_SEPARATORS),
}
# Classes that never read a tokenizer.json, or whose code has no form in one.
_PROGRAMS = (
    "BertJapaneseTokenizer",
    "BertweetTokenizer",
    "CanineTokenizer",
    "FlaubertTokenizer",
    "KoBertTokenizer",
    "PhobertTokenizer",
    "RoCBertTokenizer",
    "RoFormerTokenizer",
    "TapasTokenizer",
    "XLMTokenizer",
)


def tokenizer_class(
    checkpoint: Checkpoint, path: Path, own: TokenizerKind | None, usual: str
) -> tuple[str, TokenizerKind | None]:
    """The class in which transformers would load the tokenizer, and its facts.

    Args:
        checkpoint: the checkpoint; its two configs may name a class.
        path: the vocabulary.
        own: the kind that such a file implies by itself; None for a tokenizer.json, which says how it cuts.
        usual: the class of the family, for files that name none.

    Returns:
        The name, "" where neither a file nor the family gives one. The kind, None where the class is generic,
        unknown or not stated, so that the tokenizer.json alone counts.

    Raises:
        CheckpointError: two files name classes that differ, or the class is for another kind of vocabulary.
        UnsupportedModelError: the class cuts words by code that the file does not hold.
    """
    stated = _stated(checkpoint, path)
    if len(stated) == 2 and not _agree(*(_algorithm(name) for name in stated.values())):
        (file, name), (other_file, other) = stated.items()
        raise CheckpointError(
            f"tokenizer_class is {name!r:.60} in {file} and {other!r:.60} in {other_file}, expected one; "
            "correct the wrong one"
        )
    file, name = next(iter(stated.items()), ("config.json", "" if own == BERT else usual))
    found = _algorithm(name)
    if own is None:
        if name.removesuffix("Fast") in _PROGRAMS:
            raise _program(file, f"tokenizer_class {name!r:.60}", path)
        return name, known_kind(name) if stated else None
    if name in GENERIC_CLASSES:
        raise CheckpointError(
            f"{file}: tokenizer_class {name} reads a tokenizer.json, but the vocabulary is {path}; put the "
            f"model's tokenizer.json there, or name the class of {path.name}: one of {_classes(own)}"
        )
    if name and not isinstance(found, TokenizerKind):
        raise _program(file, f"tokenizer_class {name!r:.60}", path)
    if name and found != own:
        raise CheckpointError(
            f"{path}: a vocabulary for {_classes(own)}, but the checkpoint's tokenizer is {name:.60}; "
            f"{own_vocabulary()}"
        )
    return name, own


def _stated(checkpoint: Checkpoint, path: Path) -> dict[str, str]:
    """The class that each config names, by file."""
    stated = {}
    for file, config in ((CONFIG, checkpoint.tokenizer_config), ("config.json", checkpoint.config)):
        code = config.get("auto_map")
        if isinstance(code, list) or (isinstance(code, dict) and code.get("AutoTokenizer") is not None):
            raise _program(file, "auto_map", path)
        name = config.get("tokenizer_class")
        if name is not None and (not isinstance(name, str) or not name):
            raise CheckpointError(f"{file}: tokenizer_class is {name!r:.60}, expected a name; correct it")
        if name is not None:
            stated[file] = name
    return stated


def known_kind(name: str) -> TokenizerKind | None:
    """The kind of a class; None where it is generic or unknown."""
    return _KINDS.get(name.removesuffix("Fast"))


def gives_types(name: str, config: Mapping[str, Any]) -> bool:
    """Whether a class gives the second text of a pair type 1; else transformers feeds no types, that is 0.

    Args:
        name: the class.
        config: tokenizer_config.json.
    """
    inputs = config.get("model_input_names")
    if isinstance(inputs, list):
        return "token_type_ids" in inputs
    if name in ("AlbertTokenizer", *GENERIC_CLASSES):
        return "backend" not in config  # else saved by transformers 5, which feeds these none
    return not name.startswith("DistilBertTokenizer")


def _algorithm(name: str) -> TokenizerKind | str:
    """A value that two classes share if they give the same ids; "" for those that follow a tokenizer.json."""
    return "" if name in GENERIC_CLASSES else known_kind(name) or name.removesuffix("Fast")


def _agree(first: TokenizerKind | str, second: TokenizerKind | str) -> bool:
    """Whether the class in tokenizer_config.json agrees with the one in config.json."""
    return second in (first, "") or (first == "" and isinstance(second, TokenizerKind))


def _classes(kind: TokenizerKind) -> str:
    return ", ".join(name for name, known in _KINDS.items() if known == kind)


def _program(file: str, name: str, path: Path) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"{file}: its {name} cuts words by a program that {path.name} does not hold, expected a class such "
        "as BertTokenizer, RobertaTokenizer or AlbertTokenizer; export a model of one of them, or write a "
        "tokenizer.json that gives the same ids and name PreTrainedTokenizerFast as the class"
    )
