"""Changes fields of sound tokenizer.json files, and compares the verdicts and ids of Java and Python.

    PYTHONPATH=runtime:exporter python tests/android/fuzz_tokenizers.py [--number N] [--seed N]

Java may refuse more than Python. It must take nothing that Python refuses, and give the same ids, types and
places where both take a file. A line is printed for each file that fails so; the command then exits with 1.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jvm import TARGET, JavaTokenizer
from library import LibraryTokenizer

from litebert import LiteBertError
from litebert.visible import show, tell

_CASES = Path(__file__).resolve().parents[1] / "cases/java-tokenizers.json"
_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    2,
    -1,
    2**31,
    2**32,
    2**64,
    0.5,
    1.0,
    "",
    "a",
    " ",
    "é",
    [],
    {},
    [1],
)
_WORDS = (
    "type",
    "Sequence",
    "Right",
    "Left",
    "always",
    "first",
    "never",
    "##",
    "[UNK]",
    "a",
    "Regex",
    "String",
    "A",
    "B",
)
_TEXTS = ("a", "a b", "aa  a", " aÉa\u0301中 [SEP]a", "", "AAA a-b_c" * 9, "\u1100\u1161 x▁a\r\n")
_FLAGS = ("single_word", "lstrip", "rstrip", "normalized", "special")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 1 where Java takes what Python refuses, or gives other ids."""
    parser = argparse.ArgumentParser(description="Compare the verdicts of Java and Python on tokenizer.json.")
    parser.add_argument("--number", type=int, default=4000, metavar="N", help="files (default 4000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--classes", type=Path, default=TARGET, metavar="FOLDER", help="compiled classes")
    options = parser.parse_args(arguments)
    draw = random.Random(options.seed)
    sound = _sound()
    counts: Counter[str] = Counter()
    with JavaTokenizer(options.classes) as java:
        for _ in range(options.number):
            content = json.dumps(_changed(draw, draw.choice(sound)))
            outcome, detail = _outcome(
                java, content, draw.choice((-1, 8, 300)), draw.choice(("none", "longest-first"))
            )
            counts[outcome] += 1
            if outcome.isupper():
                show(json.dumps({"outcome": outcome, "detail": detail, "content": content}))
    tell(", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items())))
    return int(any(outcome.isupper() for outcome in counts))


def _sound() -> list[Any]:
    cases = json.loads(_CASES.read_text(encoding="utf-8"))
    flags = dict.fromkeys(_FLAGS, False)
    tokens = [{"id": 2, "content": "[SEP]", **flags, "special": True}, {"id": 7, "content": "a b", **flags}]
    bodies = [{**cases["base"], **row["changes"]} for row in cases["rows"] if row["refused"] is None]
    return [
        *bodies,
        *({**body, "added_tokens": tokens} for body in bodies if len(body["model"]["vocab"]) == 7),
    ]


def _places(body: Any) -> Iterator[tuple[Any, Any]]:
    """Every value in a body, as its container and key."""
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in items:
        yield body, key
        yield from _places(value)


def _changed(draw: random.Random, sound: Any) -> Any:
    body = copy.deepcopy(sound)
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        holder, key = draw.choice([*_places(body)])
        kind = draw.randrange(6)
        if kind == 0:
            del holder[key]
        elif kind == 1 and isinstance(holder, dict):
            holder[draw.choice(("extra", "type", "dropout", "stride", "id", "split", "content", *holder))] = (
                _value(draw)
            )
        elif kind == 2:
            other = draw.choice([*_places(body)])
            holder[key] = copy.deepcopy(other[0][other[1]])
        elif kind == 3 and isinstance(holder[key], list) and holder[key]:
            holder[key].append(copy.deepcopy(draw.choice(holder[key])))
        elif kind == 4 and isinstance(holder[key], bool | int):
            holder[key] = (
                not holder[key] if isinstance(holder[key], bool) else holder[key] + draw.choice((-1, 1))
            )
        else:
            holder[key] = _value(draw)
    return body


def _value(draw: random.Random) -> Any:
    return copy.deepcopy(draw.choice((*_VALUES, *_WORDS)))


def _outcome(java: JavaTokenizer, content: str, ids: int, pairs: str) -> tuple[str, str]:
    """The outcome, in capitals where Java is wrong, and what differs."""
    try:
        python, refusal = LibraryTokenizer(content, pairs, ids), ""
    except LiteBertError as error:
        python, refusal = None, str(error)
    error = java.open(content, pairs, ids)
    if error and not error.startswith("ArtifactException: tokenizer.json: "):
        return "NO ERROR OF OURS", error
    if python is None or error:
        if python is None and not error:
            return "TAKEN", refusal
        return ("refused by Java alone", error) if python else ("refused by both", error)
    for text in _TEXTS:
        line = java.show([text])[0]
        expected = python.show_own(text)
        if " ".join(part.split("@")[0] for part in line.split(" ")) != expected:
            return "OTHER IDS", f"{text!r}: {expected}, Java {line}"
    return "taken by both", ""


if __name__ == "__main__":
    sys.exit(main())
