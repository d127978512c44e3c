"""Manifests whose facts are wrong, missing or at odds with one another or with the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from damage import TINY, Damage, Keys, fact, manifest, no_fact

from litebert.errors import ArtifactError, UnsupportedFormatError
from litebert.exit_rules import RULES
from litebert.fields import is_text

VALUES: Mapping[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "0": 0,
    "-1": -1,
    "1": 1,
    "2^63": 2**63,
    "10^400": 10**400,
    "1.5": 1.5,
    "an empty string": "",
    "x": "x",
    "a path outside": "../x",
    "an absolute path": "/etc/passwd",
    "steering characters": "a\nerror: b\x1b[31m",
    "a surrogate": "\ud800",
    "a zero": "a\0b",
    "a long string": "x" * 100_000,
    "an empty list": [],
    "a list of a string": ["a"],
    "a list of a number": [1],
    "a list of null": [None],
    "a list of a list": [[]],
    "an empty object": {},
    "an object": {"a": 1},
}
SEGMENT: Keys = ("targets", "onnx", "segments", 0)
_AGAIN = "export the model again"
CHECKED: tuple[Keys, ...] = (  # fields that must be label they are
    ("format_version",),
    ("task",),
    ("task", "name"),
    ("task", "problem_type"),
    ("task", "labels"),
    ("task", "activation"),
    ("outputs",),
    ("outputs", 0),
    ("outputs", 0, "name"),
    ("outputs", 0, "axes"),
    ("outputs", 0, "axes", 0),
    ("outputs", 0, "axes", 1),
    ("pairs",),
    ("max_tokens",),
    ("files",),
    ("files", "onnx/whole.onnx"),
    ("files", "onnx/whole.onnx", "size_bytes"),
    ("files", "onnx/whole.onnx", "sha256"),
    ("targets",),
    ("targets", "onnx"),
    ("targets", "onnx", "layout"),
    ("targets", "onnx", "arithmetic"),
    ("targets", "onnx", "rows"),
    ("targets", "onnx", "segments"),
    SEGMENT,
    (*SEGMENT, "file"),
    (*SEGMENT, "inputs"),
    (*SEGMENT, "inputs", 0),
    (*SEGMENT, "outputs"),
    (*SEGMENT, "outputs", 0),
    ("targets", "tflite", "segments", 0, "entry"),
    ("vocabulary",),
    ("vocabulary", "size"),
)
TEXTS: tuple[Keys, ...] = (  # fields that may hold any text
    ("name",),
    ("family",),
    ("targets", "onnx", "recipe"),
    ("task", "labels", 0),
    (*SEGMENT, "name"),
)
ANYTHING: tuple[Keys, ...] = (("licence",), ("source",), ("source", "weights_sha256"))
_ODD = ("null", "1", "steering characters", "a surrogate", "a long string", "an empty list")


def _named(path: Keys, label: str) -> str:
    return f"manifest/{'/'.join(map(str, path))}/{label}"


def _wrong(path: Keys, label: str) -> Damage:
    newer = path == ("format_version",) and label in ("2^63", "10^400")
    error = UnsupportedFormatError if newer else ArtifactError
    words = "a newer LiteBERT" if newer else _AGAIN
    return Damage(_named(path, label), TINY, fact(path, VALUES[label]), words, error.__name__, at=None)


def _free(path: Keys, label: str, sound: bool) -> Damage:
    error = None if sound else ArtifactError.__name__
    return Damage(_named(path, label), TINY, fact(path, VALUES[label]), "" if sound else _AGAIN, error)


_FIELDS = [
    *(_wrong(path, label) for path in CHECKED for label in VALUES),
    *(_wrong((*SEGMENT, "entry"), label) for label in VALUES if label != "null"),
    *(
        _free(path, label, isinstance(VALUES[label], str) and is_text(VALUES[label]))
        for path in TEXTS
        for label in _ODD
    ),
    *(_free(path, label, True) for path in ANYTHING for label in _ODD),
    *(
        Damage(_named(path, "missing"), TINY, no_fact(path), _AGAIN, at=None)
        for path in (*CHECKED, *TEXTS)
        if path != ("targets", "onnx")
    ),
    *(
        Damage(_named(path, "missing"), TINY, no_fact(path), error=None)
        for path in (*ANYTHING, ("targets", "onnx"), (*SEGMENT, "entry"))
    ),
    *(
        Damage(
            f"manifest/vocabulary/trimmed_from/{value!r}",
            TINY,
            fact(("vocabulary", "trimmed_from"), value),
            _AGAIN,
        )
        for value in ("x", [], {}, -1, 0, 1.5, True)
    ),
]

_CONTRADICTIONS: tuple[tuple[Keys, Any, str], ...] = (
    (("task", "labels"), ["a"], "logits"),
    (("task", "labels"), ["a", "b", "c"], "logits"),
    ((*SEGMENT, "inputs"), ["input_ids", "attention_mask"], "refuses it"),
    ((*SEGMENT, "inputs"), ["input_ids"] * 3, "refuses it"),
    ((*SEGMENT, "file"), "tokenizer.json", "expected null in a file onnx/"),
    ((*SEGMENT, "file"), "tflite/model.tflite", "expected null in a file onnx/"),
    ((*SEGMENT, "file"), "onnx/weights.bin", "expected null in a file onnx/"),
    (("targets", "tflite", "segments", 0, "file"), "onnx/whole.onnx", "or a name in a file tflite/"),
    (("targets", "tflite", "segments", 0, "inputs"), ["input_ids"], "refuses it"),
    (("task", "labels"), [], "labels"),
    (("task", "labels"), ["a", "a"], "labels"),
    (("task", "problem_type"), "regression", "labels"),
    (("task", "problem_type"), "multi-label", "activation"),
    (("task", "activation"), "sigmoid", "activation"),
    (("task", "threshold"), 0.5, "threshold is 0.5 for single-label, expected none"),
    (("outputs", 0, "axes"), ["batch", 3], "expected logits for 2 labels"),
    (("outputs", 0, "axes"), ["batch", "tokens", 2], "expected logits for 2 labels"),
    (("outputs", 0, "name"), "scores", "expected logits for 2 labels"),
    (("outputs", 0, "more"), 1, "expected for each a name and axes"),
    (("inputs",), "texts", "inputs is 'texts', expected one of text, pair"),
    (("exit_rule",), RULES["entropy-below"].facts(), "exit_rule is entropy-below, but onnx has 0 exits"),
    (("targets", "tflite", "rows"), "independent", "rows is 'independent', expected one of one"),
    (("targets", "onnx", "moved_by_padding"), 1, "moved_by_padding is 1, expected true or false"),
    (("targets", "onnx", "moved_by_padding"), None, "moved_by_padding is None, expected true or false"),
    (("max_tokens",), 47, "max_tokens is 47, but tokenizer.json cuts at 48 tokens"),
    (("vocabulary", "size"), 2**31 + 1, "expected at most 2147483648"),
    (("vocabulary", "size"), 20, "has the id 20, expected 0 to 19"),
)
_FACTS = [
    Damage(_named(path, f"{number} {words[:40]}"), TINY, fact(path, value), words, at=None)
    for number, (path, value, words) in enumerate(_CONTRADICTIONS)
]


def _segments(change: Any) -> Any:
    def spoil(body: dict[str, Any]) -> None:
        body["targets"]["onnx"]["segments"] = change(body["targets"]["onnx"]["segments"])

    return manifest(spoil)


_COUNTS = [
    Damage(f"manifest/{name}", TINY, _segments(change), "segments in the layout whole, expected one")
    for name, change in {
        "a segment twice": lambda segments: segments * 2,
        "two segments": lambda segments: [*segments, {**segments[0], "name": "more"}],
        "no segments": lambda segments: [],
    }.items()
]

_PATHS = (
    *(
        "../outside",
        "/etc/hostname",
        "onnx/../tokenizer.json",
        "./tokenizer.json",
        "onnx//whole.onnx",
        "onnx/",
    ),
    *("", ".hidden", "a\\b", "C:file", "a b", "a\nb\x1b[31m", "tokenizer.json\n", "\ud800", "a\0b"),
)


def _listed(name: str) -> Any:
    return manifest(lambda body: body["files"].update({name: body["files"]["tokenizer.json"]}))


_OUTSIDE = [
    Damage(f"manifest/files/{name!r}", TINY, _listed(name), "leaves the artifact; do not use it")
    for name in _PATHS
]

ROWS = (
    *_FIELDS,
    *_FACTS,
    *_COUNTS,
    *_OUTSIDE,
    Damage("manifest/files/a long name", TINY, _listed("x" * 5000), ""),
)
