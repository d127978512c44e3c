"""Tokenizers of the kinds that a Java runtime carries: those of known families, and probes.

A probe shows all that a step does: its model gives every byte an id, and the mark ▁ every start of a word.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from litebert_exporter.text.spiece import read_spiece

ROOT = Path(__file__).resolve().parents[2]
SPIECE = ROOT / "tests/cases/albert-tokenizer/spiece.model"

Body = dict[str, Any]

_FLAGS = ("single_word", "lstrip", "rstrip", "normalized", "special")
_CONTENTS = (
    "ab",
    "<x>",
    "Film",
    "é",
    "a b",
    "中",
    "[E1]",
    "_",
    "\u0301",
    "ſ",
    "e\u0301t",
    "  ",
    "##a",
    "5",
    "x y z",
)


def zoo(models_folder: Path | None, texts: Sequence[str], keep: Path | None = None) -> dict[str, Body]:
    """Every tokenizer, by its name.

    Args:
        models_folder: a folder with checkpoints whose real vocabularies are used; None without one.
        texts: texts to train the families on, which are left out without any.
        keep: a folder that keeps those from one call to the next; None for none.
    """
    kept = keep and keep / "trained.json"
    if kept and kept.is_file():
        trained = json.loads(kept.read_text(encoding="utf-8"))
    else:
        trained = _families(texts) if texts else {}
        if kept and trained:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps(trained), encoding="utf-8")
    found = {**trained, **_untrained()}
    for folder in sorted(models_folder.iterdir()) if models_folder else ():
        if (folder / "vocab.txt").is_file():
            words = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")[:-1]
            vocab = {word: index for index, word in enumerate(words)}
            found[folder.name] = _wordpiece(vocab, _bert(lowercase=True))
        elif (folder / "tokenizer.json").is_file():
            found[folder.name] = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    return {name: _cut(body) for name, body in found.items()}


def added(body: Body, seed: int) -> Body:
    """A tokenizer with some added tokens, whose flags are drawn."""
    draw = random.Random(seed)
    tokens = [*body["added_tokens"]]
    known = {token["content"] for token in tokens}
    vocab = body["model"]["vocab"]
    ids = vocab if isinstance(vocab, dict) else {piece: index for index, (piece, _) in enumerate(vocab)}
    following = max(len(vocab), 1 + max((token["id"] for token in tokens), default=0))
    for content in draw.sample(_CONTENTS, 6):
        if content in known:
            continue
        index = ids.get(content, following)
        following += index == following
        flags = {flag: draw.random() < 0.5 for flag in _FLAGS}
        if not content.strip(" \u0301"):  # opening never ends in the library where nothing is left of a token
            flags["normalized"] = False
        tokens.append({"id": index, "content": content, **flags})
    return {**body, "added_tokens": sorted(tokens, key=lambda token: token["id"])}


def _cut(body: Body) -> Body:
    truncation = {"direction": "Right", "max_length": 128, "strategy": "LongestFirst", "stride": 0}
    return {**body, "truncation": truncation, "padding": None}


def _bert(**options: bool | None) -> Body:
    facts = {"clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": False}
    return {"type": "BertNormalizer", **facts, **options}


def _template(first: str, last: str, pair: str, second_type: int, ids: Callable[[str], int]) -> Body:
    def special(token: str, kind: int) -> Body:
        return {"SpecialToken": {"id": token, "type_id": kind}}

    text = [{"Sequence": {"id": name, "type_id": kind}} for name, kind in (("A", 0), ("B", second_type))]
    middle = [special(token, 0) for token in pair.split()]
    return {
        "type": "TemplateProcessing",
        "single": [special(first, 0), text[0], special(last, 0)],
        "pair": [special(first, 0), text[0], *middle, text[1], special(last, second_type)],
        "special_tokens": {
            token: {"id": token, "ids": [ids(token)], "tokens": [token]}
            for token in {first, last, *pair.split()}
        },
    }


def _special(content: str, index: int, **flags: bool) -> Body:
    default = dict.fromkeys(_FLAGS, False)
    return {"id": index, "content": content, **default, "special": True, **flags}


def _body(model: Body, **parts: Any) -> Body:
    empty = dict.fromkeys(("normalizer", "pre_tokenizer", "post_processor", "decoder"))
    return {"version": "1.0", **empty, "added_tokens": [], "model": model, **parts}


def _wordpiece(vocab: dict[str, int], normalizer: Body | None, pre: Body | None = None) -> Body:
    model = {
        "type": "WordPiece",
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100,
        "vocab": vocab,
    }
    names = [name for name in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]") if name in vocab]
    return _body(
        model,
        normalizer=normalizer,
        pre_tokenizer=pre or {"type": "BertPreTokenizer"},
        post_processor=_template("[CLS]", "[SEP]", "[SEP]", 1, vocab.__getitem__),
        added_tokens=[_special(name, vocab[name]) for name in names],
    )


def _trained_wordpiece(texts: Sequence[str], size: int, **options: bool | None) -> Body:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    facts = _bert(**options)
    tokenizer.normalizer = normalizers.BertNormalizer(**{key: facts[key] for key in facts if key != "type"})
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    vocab = json.loads(tokenizer.to_str())["model"]["vocab"]
    return _wordpiece(vocab, facts)


def _trained_bytes(texts: Sequence[str], size: int, space: bool, processor: str) -> Body:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=space)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    if processor == "roberta":
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), True, space)
    else:
        steps = [processors.ByteLevel(trim_offsets=True), processors.BertProcessing(("</s>", 2), ("<s>", 0))]
        tokenizer.post_processor = processors.Sequence(steps)
    body: Body = json.loads(tokenizer.to_str())
    for token in body["added_tokens"]:
        token["lstrip"] = token["content"] == "<mask>"
    return body


def _charsmap() -> Body:
    body = read_spiece(SPIECE)
    steps: list[Body] = body["normalizer"]["normalizers"]
    return next(step for step in steps if step["type"] == "Precompiled")


def _trained_unigram(texts: Sequence[str], size: int) -> Body:
    tokenizer = Tokenizer(models.Unigram())
    steps = [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.UnigramTrainer(
        vocab_size=size, special_tokens=special, unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    body: Body = json.loads(tokenizer.to_str())
    spaces = {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}
    body["normalizer"] = {"type": "Sequence", "normalizers": [_charsmap(), spaces]}
    places = {token: index for index, (token, _) in enumerate(body["model"]["vocab"])}
    body["post_processor"] = _template("<s>", "</s>", "</s> </s>", 0, places.__getitem__)
    return body


def _albert() -> Body:
    body = read_spiece(SPIECE)
    places = {token: index for index, (token, _) in enumerate(body["model"]["vocab"])}
    body = _body(body["model"], **{key: value for key, value in body.items() if key != "model"})
    body["post_processor"] = _template("[CLS]", "[SEP]", "[SEP]", 1, places.__getitem__)
    body["added_tokens"] = [_special(name, places[name]) for name in ("<pad>", "[CLS]", "[SEP]", "[MASK]")]
    return body


def _families(texts: Sequence[str]) -> dict[str, Body]:
    return {
        "bert-uncased": _trained_wordpiece(texts, 8000, lowercase=True),
        "bert-cased": _trained_wordpiece(texts, 8000),
        "multilingual": _trained_wordpiece(texts, 12000, strip_accents=False),
        "chinese": _trained_wordpiece(texts, 6000, lowercase=True, clean_text=False),
        "roberta": _trained_bytes(texts, 6000, False, "roberta"),
        "roberta-space": _trained_bytes(texts, 6000, True, "bytes"),
        "xlm-r": _trained_unigram(texts, 6000),
    }


_METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": False}
_BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": True}


def _probe(normalizer: Body | None, *splits: Body) -> Body:
    pieces = ["<unk>", "<s>", "</s>", "▁", "a", "b", *(f"<0x{each:02X}>" for each in range(256))]
    model = {
        "type": "Unigram",
        "unk_id": 0,
        "byte_fallback": True,
        "vocab": [[piece, -1.0 - index / 64] for index, piece in enumerate(pieces)],
    }
    return _body(
        model,
        normalizer=normalizer,
        pre_tokenizer={"type": "Sequence", "pretokenizers": [*splits]} if splits else None,
        post_processor=_template("<s>", "</s>", "</s>", 1, {"<s>": 1, "</s>": 2}.__getitem__),
    )


def _byte_probe() -> Body:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {piece: index for index, piece in enumerate(["<s>", "</s>", "▁", *alphabet])}
    model = {"type": "BPE", "vocab": vocab, "merges": [], "unk_token": None}
    return _body(
        model,
        pre_tokenizer={"type": "Sequence", "pretokenizers": [_BYTES, _METASPACE]},
        post_processor=_template("<s>", "</s>", "</s>", 1, vocab.__getitem__),
    )


def _normalizers() -> Iterator[tuple[str, Body | None]]:
    yield "none", None
    for kind in ("NFC", "NFD", "NFKC", "NFKD", "StripAccents", "Lowercase"):
        yield kind, {"type": kind}
    yield "strip", {"type": "Strip", "strip_left": True, "strip_right": True}
    yield "strip-left", {"type": "Strip", "strip_left": True, "strip_right": False}
    yield "clean", _bert(handle_chinese_chars=False)
    yield "bert-lower", _bert(lowercase=True, handle_chinese_chars=False, clean_text=False)
    yield "bert-strip", _bert(strip_accents=True)
    yield "bert-lower-keep", _bert(lowercase=True, strip_accents=False)
    yield "charsmap", _charsmap()
    yield "replace", {"type": "Replace", "pattern": {"String": "aa"}, "content": "é "}
    yield "remove", {"type": "Replace", "pattern": {"String": "b"}, "content": ""}
    yield "spaces", {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}
    steps = [{"type": kind} for kind in ("NFKD", "StripAccents", "Lowercase", "NFC")]
    yield "sequence", {"type": "Sequence", "normalizers": steps}
    mixed = [{"type": "NFD"}, {"type": "Lowercase"}, {"type": "StripAccents"}, {"type": "NFKC"}]
    yield "mixed", {"type": "Sequence", "normalizers": [_charsmap(), *mixed]}


def _untrained() -> dict[str, Body]:
    found = {"albert": _albert()}
    found |= {f"probe-{name}": _probe(step, _METASPACE) for name, step in _normalizers()}
    found["probe-words"] = _probe(None, {"type": "BertPreTokenizer"}, _METASPACE)
    found["probe-spaces"] = _probe(None, {"type": "WhitespaceSplit"}, _METASPACE)
    for scheme in ("always", "never", "first"):
        found[f"probe-metaspace-{scheme}"] = _probe(
            None, {**_METASPACE, "prepend_scheme": scheme, "split": True}
        )
    found["probe-bare"] = _probe(None)
    found["probe-bytes"] = _byte_probe()
    return found
