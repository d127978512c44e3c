"""Cased or uncased, and other flags for the treatment of texts: every file counts, and nothing is guessed.

Read: huggingface/transformers, tokenization_utils_tokenizers.py (TokenizersBackend.convert_to_native_format),
models/{bert,roberta,albert,xlm_roberta}/tokenization_*.py; google-research/bert, tokenization.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from litebert import CheckpointError
from litebert.errors import listed, raised_as
from litebert_exporter.config import boolean
from litebert_exporter.cures import casing, say_casing, the_flag
from litebert_exporter.text.tokenizer_json import (
    ALBERT_CLASSES,
    CONFIG,
    GENERIC_CLASSES,
    WORDPIECE,
    Body,
    albert_normalizer,
    load_normalizer,
    parts,
    with_types,
)

Config: TypeAlias = "Mapping[str, Any]"

_CODE = "the model's own code"
_CASE = "do_lower_case"
_BERT_FLAGS = {
    "lowercase": _CASE,
    "strip_accents": "strip_accents",
    "handle_chinese_chars": "tokenize_chinese_chars",
}
_BERT_STEPS = ("BertNormalizer", "NFD", "StripAccents", "Lowercase")
_ALBERT_LETTERS = ("NFKD", "StripAccents", "Lowercase")
_MARK = re.compile(r"\[.+\]|<.+>", re.DOTALL)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SHOWN = 4


def vocabulary_casing(
    path: Path,
    tokens: Iterable[str],
    config: Config,
    cased: bool | None,
    fixed: bool | None = None,
) -> tuple[bool, str]:
    """Whether to lowercase, and a line with the reason, for a vocabulary whose file does not say.

    A vocabulary without capitals is an uncased model's: a cased one would know no word that has one. Capitals
    prove nothing, because an uncased model's vocabulary may list letters that it never uses.

    Args:
        path: the vocabulary.
        tokens: its tokens; special ones, and others in [] or <>, are no evidence.
        config: tokenizer_config.json.
        cased: `--cased` (True), `--uncased` (False) or neither.
        fixed: True or False where the family's code decides, without a look at the files; else None.

    Raises:
        CheckpointError: no file or flag decides, or one contradicts the family's code.
    """
    stated = boolean(config, _CASE, CONFIG)
    if fixed is not None:
        said = stated if cased is None else not cased
        if said is (not fixed):
            wrong = f"{_CASE} in {CONFIG}" if cased is None else casing(lowercase=not cased)
            raise CheckpointError(
                f"{wrong} contradicts {_CODE}, which says {_name(fixed)} for all files; leave it out"
            )
        return fixed, f"{_name(fixed)} ({_CODE})"
    if cased is not None:
        return not cased, _line(not cased, cased, {CONFIG: stated})
    if stated is not None:
        return stated, _line(stated, None, {CONFIG: stated})
    strips = boolean(config, "strip_accents", CONFIG) is None  # then lowercasing strips accents, too
    lost = [token for token in tokens if _MARK.fullmatch(token) is None and _is_lost(token, strips)]
    if lost:
        shown = listed([f"{token!r:.40}" for token in lost], _SHOWN)
        raise CheckpointError(
            f"{path}: holds {shown}, which an uncased model never uses, but no file says whether this one is "
            f"cased; expected {_CASE} in {CONFIG}; {say_casing('write it there, or give', 'write it there')}"
        )
    return True, f"uncased ({path.name} has no capital letters)"


def _is_lost(token: str, strips: bool) -> bool:
    """Whether no text gives this token after BERT's lowercasing, and after stripping accents if `strips`.

    é is no evidence: an uncased vocabulary may list letters that its model never uses. が and 한 are one:
    such a script has no capitals that would warn that its words fall apart.
    """
    if token != token.lower():
        return True
    return strips and any(
        unicodedata.category(letter) == "Mn"
        or (unicodedata.category(letter) == "Lo" and unicodedata.normalize("NFD", letter) != letter)
        for letter in token
    )


def with_casing(path: Path, body: Body, config: Config, kind: str, cased: bool | None) -> tuple[Body, str]:
    """A tokenizer.json that treats texts as every file and flag says, and a line on its treatment of letters.

    A flag in tokenizer_config.json counts as it does in transformers' class. Where that file is silent the
    tokenizer.json counts, although some classes then take a default of their own. `--cased` and `--uncased`
    count before both.

    Args:
        path: the file.
        body: its content.
        config: tokenizer_config.json.
        kind: the tokenizer's class in transformers.
        cased: `--cased` (True), `--uncased` (False) or neither.

    Raises:
        CheckpointError: tokenizer_config.json states a flag that the file and its class do not follow.
    """
    normalizer = with_types(path, body.get("normalizer"))
    stated = boolean(config, _CASE, CONFIG)
    own = _behaviour(path, normalizer)[_CASE]
    said = config if cased is None else {**config, _CASE: not cased}
    if kind in ALBERT_CLASSES:
        normalizer = _albert_flags(path, normalizer, said)
    elif kind not in GENERIC_CLASSES and body["model"]["type"] == WORDPIECE:
        normalizer = _bert_flags(path, normalizer, said)
    if cased is not None and _behaviour(path, normalizer)[_CASE] is not (not cased):
        normalizer = _with_case(normalizer, lowercase=not cased)
    found = _behaviour(path, normalizer)
    wrong = _contradictions(found, said)
    if _CASE in wrong and cased is not None:
        raise CheckpointError(
            f"{casing(lowercase=not cased)} cannot be followed: {path.name} treats letters in a way of its "
            f"own; leave {the_flag()} out"
        )
    if wrong:
        facts = ", ".join(f"{flag} {str(said[flag]).lower()}" for flag in wrong)
        cure = "correct the one that the model was not trained with"
        if wrong == [_CASE]:
            cure = say_casing("say which holds with", cure)
        raise CheckpointError(
            f"{path}: contradicts {CONFIG}, which says {facts}; expected the same of both; {cure}"
        )
    lowercase = found[_CASE]
    if lowercase is None:
        line = f"letters are treated in a way of its own ({path.name})"
    else:
        line = _line(lowercase, cased, {CONFIG: stated, path.name: own})
    return {**body, "normalizer": normalizer}, line


def _behaviour(path: Path, normalizer: Any) -> dict[str, bool | None]:
    """The value of each flag for a normalizer of any form; None where it acts as neither value would."""
    steps = load_normalizer(path, normalizer).normalizer
    with raised_as(CheckpointError, f"{path}: cannot read text", "replace it"):
        letters, accent, chinese = (
            text if steps is None else steps.normalize_str(text) for text in (_LETTERS, "é", "中文")
        )
    kept = sum(letter in letters for letter in _LETTERS)
    strips = "e" in accent and "\u0301" not in accent
    return {
        _CASE: kept == 0 if kept in (0, len(_LETTERS)) else None,
        "strip_accents": strips,
        "keep_accents": not strips,
        "tokenize_chinese_chars": len(chinese.split()) == len("中文"),
    }


def _contradictions(found: Mapping[str, bool | None], said: Config) -> list[str]:
    """The flags that tokenizer_config.json states and the normalizer does not follow."""
    return [flag for flag, value in found.items() if boolean(said, flag, CONFIG) not in (None, value)]


def _bert_flags(path: Path, normalizer: Any, said: Config) -> Any:
    """The normalizer that BertTokenizer would have.

    That class never reads the file's normalizer. It makes its own from the flags (in transformers 4 the flags
    only changed a BertNormalizer). The file's is kept where it follows the flags, and where it has steps that
    the class would lose.
    """
    changes = {
        key: said[flag] for key, flag in _BERT_FLAGS.items() if boolean(said, flag, CONFIG) is not None
    }
    if "strip_accents" in said:  # its null means: with case
        changes["strip_accents"] = said["strip_accents"]
    normalizer = _changed(normalizer, changes)
    found = _behaviour(path, normalizer)
    lowercase = changes.get("lowercase", found[_CASE])
    wanted = {**said, "strip_accents": lowercase} if changes.get("strip_accents", False) is None else said
    foreign = [step for step in parts(normalizer, "normalizers") if step["type"] not in _BERT_STEPS]
    if foreign or not _contradictions(found, wanted):
        return normalizer
    bert = {"clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": lowercase}
    return {"type": "BertNormalizer", **bert, **changes}


def _albert_flags(path: Path, normalizer: Any, said: Config) -> Any:
    """The normalizer that AlbertTokenizer would have. The file's is kept likewise, and so are its last steps.

    That class treats letters before SentencePiece's own table, also where the file has them behind it.
    """
    found, steps = _behaviour(path, normalizer), list(parts(normalizer, "normalizers"))
    quotes = albert_normalizer(lowercase=False, keep_accents=True, others=[])["normalizers"]
    rest = [step for step in steps if step["type"] not in _ALBERT_LETTERS and step not in quotes]
    last = steps[len(steps) - len(rest) :] == rest or {step["type"] for step in rest} == {"Precompiled"}
    if not last or not _contradictions(found, said):
        return normalizer
    lowercase, keeps = (
        found[flag] if said.get(flag) is None else said[flag] for flag in (_CASE, "keep_accents")
    )
    return albert_normalizer(bool(lowercase), bool(keeps), rest)


def _changed(step: Any, changes: Mapping[str, Any]) -> Any:
    """A normalizer in which every BertNormalizer is changed."""
    if not isinstance(step, dict):
        return step
    if isinstance(step.get("normalizers"), list):
        return {**step, "normalizers": [_changed(part, changes) for part in step["normalizers"]]}
    return {**step, **changes} if step.get("type") == "BertNormalizer" else step


def _with_case(normalizer: Any, lowercase: bool) -> Body:
    """A normalizer that lowercases before all else, or one without the steps that lowercase."""
    steps = [part for part in parts(normalizer, "normalizers") if part["type"] != "Lowercase"]
    steps = [_changed(part, {"lowercase": lowercase}) for part in steps]
    first = [{"type": "Lowercase"}] if lowercase else []
    return {"type": "Sequence", "normalizers": [*first, *steps]}


def _line(lowercase: bool, cased: bool | None, said: Mapping[str, bool | None]) -> str:
    """The line on letters: their treatment, the file or flag that decides it, and files that differ."""
    sources = [name for name, value in said.items() if value is lowercase]
    source = sources[0] if cased is None else casing(lowercase)
    against = [name for name, value in said.items() if value is (not lowercase)]
    return f"{_name(lowercase)} ({source}{', against ' if against else ''}{' and '.join(against)})"


def _name(lowercase: bool) -> str:
    return "uncased" if lowercase else "cased"
