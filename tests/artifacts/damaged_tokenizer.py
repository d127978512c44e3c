"""A tokenizer.json that does not fit the model, or asks for steps that we do not take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from damage import TINY, Change, Damage, sealed
from manifests import change_sealed

_TEXT_A, _TEXT_B = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")


def _template(key: str, *pieces: Any) -> Change:
    return lambda body: body["post_processor"].update({key: list(pieces)})


def _merging(merge: Any) -> Change:
    """BPE with a merge whose second token has no prefix, but two bytes; a prefix has one."""
    vocab = {"a": 0, "é": 1, "aé": 4, "[CLS]": 2, "[SEP]": 3}
    model = {"type": "BPE", "vocab": vocab, "merges": [merge], "continuing_subword_prefix": "x"}
    return lambda body: body.update(model=model)


def _unigram(**facts: Any) -> Change:
    return lambda body: body.update(
        model={"type": "Unigram", "vocab": [["a", -1.0], ["b", -2.0]], "byte_fallback": False, **facts},
        added_tokens=[],
    )


def _without_unk(body: dict[str, Any]) -> None:
    del body["model"]["vocab"]["[UNK]"]
    body["added_tokens"] = [token for token in body["added_tokens"] if token["content"] != "[UNK]"]


def _twins(body: dict[str, Any]) -> None:
    """Two tokens that the normalizer makes equal: the library takes either, by chance."""
    flags = {**body["added_tokens"][0], "normalized": True}
    ids = body["model"]["vocab"]
    body["added_tokens"] += [{**flags, "content": word, "id": ids[word]} for word in ("creme", "crème")]


def _empty(body: dict[str, Any]) -> None:
    """A token of which the normalizer leaves nothing: the library fails with texts, or never ends."""
    ids = body["model"]["vocab"]
    ids["\u0301"] = ids.pop("film")
    token = {**body["added_tokens"][0], "normalized": True, "content": "\u0301", "id": ids["\u0301"]}
    body["added_tokens"].append(token)


_BAD: dict[str, tuple[Change, str]] = {
    "max_length 0": (
        lambda body: body["truncation"].update(max_length=0),
        "max_length is 0, expected more than",
    ),
    "no room in a pair": (
        lambda body: body["truncation"].update(max_length=3),
        "max_length is 3, expected more",
    ),
    "a smaller limit": (
        lambda body: body["truncation"].update(max_length=47),
        "max_tokens is 48, but tokenizer",
    ),
    "a larger limit": (
        lambda body: body["truncation"].update(max_length=512),
        "max_tokens is 48, but tokenizer",
    ),
    "a negative limit": (lambda body: body["truncation"].update(max_length=-1), "not a tokenizer"),
    "no truncation": (lambda body: body.update(truncation=None), "truncation is null"),
    "another strategy": (
        lambda body: body["truncation"].update(strategy="OnlyFirst"),
        "strategy 'OnlyFirst'",
    ),
    "a stride": (lambda body: body["truncation"].update(stride=3), "stride 3, expected 0"),
    "padding": (
        lambda body: body.update(
            padding={
                "strategy": {"Fixed": 9},
                "direction": "Right",
                "pad_to_multiple_of": None,
                "pad_id": 0,
                "pad_type_id": 0,
                "pad_token": "[PAD]",
            }
        ),
        "it pads, expected padding null",
    ),
    "no unk token": (_without_unk, "unk_token is '[UNK]', which its vocabulary lacks"),
    "another unk token": (
        lambda body: body["model"].update(unk_token="<unk>"),
        "unk_token is '<unk>', which",
    ),
    "unk only as an added token": (
        lambda body: body["model"]["vocab"].pop("[UNK]"),
        "unk_token is '[UNK]', which",
    ),
    "an unk token of BPE": (
        lambda body: body.update(model={"type": "BPE", "vocab": {"a": 0}, "merges": [], "unk_token": "u"}),
        "unk_token is 'u', which its vocabulary lacks",
    ),
    "merges without the prefix": (_merging("a é"), "the second token 'é', expected one that starts with 'x'"),
    "merges of pairs without the prefix": (_merging(["a", "é"]), "the second token 'é', expected one that"),
    "no unk_id": (_unigram(unk_id=None), "unk_id is None, which its vocabulary lacks"),
    "an unk_id beyond": (_unigram(unk_id=2), "unk_id is 2, which its vocabulary lacks"),
    "dropout": (
        lambda body: body.update(model={"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.5}),
        "dropout 0.5, which makes ids random",
    ),
    "another model": (
        lambda body: body.update(model={"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}),
        "its model is 'WordLevel', expected WordPiece, BPE, Unigram",
    ),
    "an id beyond": (
        lambda body: body["model"]["vocab"].update(film=9000),
        "the token 'film' has the id 9000",
    ),
    "an id beyond int32": (lambda body: body["model"]["vocab"].update(film=2**31), "has the id 2147483648"),
    "an id that would fill memory": (
        lambda body: body["model"]["vocab"].update(film=2**32 - 1),
        "'film' has the id",
    ),
    "a negative id": (lambda body: body["model"]["vocab"].update(film=-1), "the token 'film' has the id -1"),
    "an id of two tokens": (
        lambda body: body["model"]["vocab"].update(film=body["model"]["vocab"]["good"]),
        "several tokens share an id",
    ),
    "no special tokens": (lambda body: body.update(post_processor=None), "an empty text has no tokens"),
    "an added token beyond": (
        lambda body: body["added_tokens"][0].update(id=9000),
        "token '[PAD]' has the id 9000",
    ),
    "an added token of another id": (lambda body: body["added_tokens"][0].update(id=7), "gives it 0"),
    "two added tokens that are one": (
        _twins,
        "'creme' and 'crème' are the same text once normalized",
    ),
    "an added token that is normalized away": (_empty, "is empty once normalized"),
    "a special token beyond": (
        lambda body: body["post_processor"]["special_tokens"]["[CLS]"].update(ids=[9000]),
        "the token '[CLS]' has the id 9000, but the tokenizers library gives it 2",
    ),
    "a special token beyond, which no vocabulary names": (
        lambda body: body["post_processor"]["special_tokens"]["[CLS]"].update(ids=[9000], tokens=["<c>"]),
        "a special token has the id 9000",
    ),
    "a special token of another id": (
        lambda body: body["post_processor"]["special_tokens"]["[CLS]"].update(ids=[3]),
        "the token '[CLS]' has the id 3, but the tokenizers library gives it 2",
    ),
    "a special token of another name": (
        lambda body: body["post_processor"]["special_tokens"]["[CLS]"].update(tokens=["good"]),
        "the token 'good' has the id 2, but",
    ),
    "a separator of another id": (
        lambda body: body.update(
            post_processor={"type": "BertProcessing", "sep": ["[SEP]", 4], "cls": ["[CLS]", 2]}
        ),
        "the token '[SEP]' has the id 4, but",
    ),
    "a template of another type": (
        lambda body: body["post_processor"].update(type="x"),
        "a step of the type 'x' with single",
    ),
    "other types": (
        _template("single", {"Sequence": {"id": "A", "type_id": 2}}),
        "other type ids than 0 and 1",
    ),
    "no text": (
        _template("single", {"SpecialToken": {"id": "[CLS]", "type_id": 0}}),
        "single holds the texts []",
    ),
    "the text twice": (
        _template("single", _TEXT_A, _TEXT_A),
        "single holds the texts ['A', 'A'], expected each once",
    ),
    "one text of a pair": (_template("pair", _TEXT_A), "pair holds the texts ['A'], expected ['A', 'B']"),
    "a pair and more": (_template("pair", _TEXT_A, _TEXT_B, _TEXT_A), "pair holds the texts ['A', 'A', 'B']"),
    "no token for the letter a": (
        lambda body: body.update(
            model={"type": "BPE", "vocab": {"b": 9, "[CLS]": 2, "[SEP]": 3}, "merges": []}, added_tokens=[]
        ),
        "the letter a is no token in it",
    ),
}


def _joined(folder: Path) -> None:
    change_sealed(folder, "tokenizer.json", lambda body: body["truncation"].update(direction="Left"))
    change_sealed(folder, "manifest.json", lambda body: body.update(pairs="joined"))


ROWS = (
    *(
        Damage(f"tokenizer/{name}", TINY, sealed("tokenizer.json", change), words)
        for name, (change, words) in _BAD.items()
    ),
    Damage(
        "tokenizer/a joined pair cut at its beginning",
        TINY,
        _joined,
        "pairs is joined, which cuts",
    ),
)
