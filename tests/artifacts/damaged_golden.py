"""Golden cases that are not as specified, or that no engine repeats."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from damage import DIFFERS, TINY, VERIFY, Damage, Keys, Spoil
from manifests import changed_at, seal

_CASE: Keys = ("onnx", 0)
_NONE: tuple[tuple[Keys, list[Any]], ...] = (
    ((), [None, True, 3, "x", [], {}, {"onnx": []}]),
    (("onnx",), [None, True, 3, "", "x", [], {}, [None], [[]], [{}], [3]]),
    ((*_CASE, "text"), [None, 3, [], ["a"], ["a", "b", "c"], [1, 2], {}, True]),
    (
        (*_CASE, "input_ids"),
        [
            None,
            3,
            "",
            "x",
            [],
            [None],
            [[]],
            ["a"],
            [1.5, "x"],
            [2**31],
            [-(2**40)],
            [10**400],
            [5000],
            [-5000],
        ],
    ),
    ((*_CASE, "input_ids", 0), [5000, 2**31 - 1, 10**30, None, "x", [], float("inf"), float("nan")]),
    ((*_CASE, "token_type_ids"), [None, 3, "", [], [None], [[]], [10**400], [5000]]),
    ((*_CASE, "outputs"), [None, 3, [], "x", {}, {"logits": []}, {"scores": [[1.0, 2.0]]}]),
    (
        (*_CASE, "outputs", "logits"),
        [
            *("x", [], [[]], [["x"]], {}, [[1.0, 2.0, 3.0]], [[10**400]], [[1], [2, 3]], [[math.nan, 1.0]]),
            *([[None, None]], [[1.0, 2.0]] * 2, [1.0, 2.0], [[1e300, 1.0]]),
        ],
    ),
    ((*_CASE, "outputs", "more"), [[[1.0, 2.0]]]),
    ((*_CASE, "tolerance"), [None, "x", [], {}, -1, 0, 10**400, math.nan, math.inf]),
)
_OTHER: tuple[tuple[Keys, Any], ...] = (
    ((*_CASE, "outputs", "logits", 0, 0), 1e6),
    ((*_CASE, "answer"), {}),
    ((*_CASE, "answer"), None),
    ((*_CASE, "answer", "label"), "neutral"),
    ((*_CASE, "answer", "score"), None),
    ((*_CASE, "answer", "probs", 0), 0.12345),
    ((*_CASE, "answer", "tokens"), 1),
    ((*_CASE, "answer", "truncated"), 0),
    ((*_CASE, "answer", "more"), 1),
    ((*_CASE, "text"), "another text"),
    ((*_CASE, "input_ids"), [2, 3]),
)


def _golden(path: Keys, value: Any) -> Spoil:
    def spoil(folder: Path) -> None:
        file = folder / "golden.json"
        changed = changed_at({"": json.loads(file.read_text(encoding="utf-8"))}, ("", *path), value)[""]
        if path[-1:] == ("input_ids",) and value == [2, 3]:  # ids of another text
            changed = changed_at(changed, (*_CASE, "token_type_ids"), [0, 0])
        file.write_text(json.dumps(changed), encoding="utf-8")
        seal(folder)

    return spoil


def _large(folder: Path) -> None:
    with (folder / "golden.json").open("a", encoding="utf-8") as file:
        file.write(" " * 16_000_000)
    seal(folder)


def _name(path: Keys, value: Any) -> str:
    return f"golden/{'/'.join(map(str, path))}/{value!r:.30}"


ROWS = (
    *(
        Damage(_name(path, value), TINY, _golden(path, value), "export the model again", at=VERIFY)
        for path, values in _NONE
        for value in values
    ),
    *(
        Damage(_name(path, value), TINY, _golden(path, value), error=DIFFERS, at=VERIFY)
        for path, value in _OTHER
    ),
    Damage("golden/too large", TINY, _large, "larger than 16000000 bytes", at=VERIFY, portable=False),
)
