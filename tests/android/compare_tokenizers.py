"""Compares the tokenizers of the Java runtime with the `tokenizers` library: ids, types and places.

    mvn -q -f android_demo/pom.xml -pl litebert test-compile
    PYTHONPATH=runtime:exporter python tests/android/compare_tokenizers.py [--quick] [NAME ...]

Every code point, pairs and triples of hard characters, random strings, texts with added tokens, pairs of
texts cut on both sides, long texts and data sets, for each tokenizer of zoo.py. It prints a line for each
difference and the number of texts and differences of each tokenizer, and exits with 1 if there is any.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import hard_texts
from jvm import TARGET, JavaTokenizer, Text
from library import LibraryTokenizer
from zoo import ROOT, Body, added, zoo

from litebert.tokenizer import JOINED, LONGEST_FIRST
from litebert.visible import show, tell

_CHUNK = 2000
_SHOWN = 5  # differences of a tokenizer and kind of text
_SEED = 20
_GROWING = {"type": "Replace", "pattern": {"String": "q"}, "content": "b" * 100}  # 40,000 characters in a row


class Comparison:
    """The count of texts and of differences of one tokenizer."""

    def __init__(self, java: JavaTokenizer, name: str) -> None:
        """Args: a running JVM, and the tokenizer's name."""
        self._java = java
        self.name = name
        self.texts = 0
        self.differences = 0

    def run(self, kind: str, body: Body, texts: Iterable[Text], pairs: str = LONGEST_FIRST) -> None:
        """Compares the texts, by the library alone where that cuts as our runtime does."""
        content = json.dumps(body)
        library = LibraryTokenizer(content, pairs)
        error = self._java.open(content, pairs)
        if error:
            self._differs(kind, "opening", "it opens", error)
            return
        found = 0
        for chunk in _chunks(texts):
            self.texts += len(chunk)
            if library.sum(chunk) == self._java.sum(chunk):
                continue
            for text, expected, shown in zip(chunk, library.show(chunk), self._java.show(chunk), strict=True):
                if expected != shown:
                    found += 1
                    self._differs(kind, text, expected, shown, shows=found <= _SHOWN)

    def run_own(self, kind: str, body: Body, texts: Sequence[Text], pairs: str) -> None:
        """Compares ids, types and cuts with those of our own runtime."""
        content = json.dumps(body)
        library = LibraryTokenizer(content, pairs)
        error = self._java.open(content, pairs)
        for text, line in zip(texts, self._java.show(texts), strict=True):
            shown = error or " ".join(part.split("@")[0] for part in line.split(" "))
            if line.startswith("InputException"):
                shown = line
            expected = library.show_own(text)
            self.texts += 1
            if expected != shown:
                self._differs(kind, text, expected, shown)

    def _differs(self, kind: str, text: Text, expected: str, shown: str, shows: bool = True) -> None:
        self.differences += 1
        if shows:
            parts = [*itertools.zip_longest(expected.split(" "), shown.split(" "), fillvalue="")]
            first = next((index for index, (left, right) in enumerate(parts) if left != right), 0)
            around = parts[max(0, first - 1) : first + 4]
            row = {
                "tokenizer": self.name,
                "kind": kind,
                "text": text if len(text) < 300 else f"{text[:300]}...",
            }
            row |= {"token": first, "expected": [left for left, _ in around]}
            show(json.dumps({**row, "java": [right for _, right in around]}))


def _chunks(texts: Iterable[Text]) -> Iterator[list[Text]]:
    every = iter(texts)
    while chunk := [*itertools.islice(every, _CHUNK)]:
        yield chunk


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 1 where anything differs."""
    parser = argparse.ArgumentParser(description="Compare the Java tokenizers with the library.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="tokenizers (default: all)")
    parser.add_argument("--quick", action="store_true", help="a hundredth of the texts")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="data sets, whose lines are compared")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="checkpoints with real vocabularies")
    parser.add_argument("--no-training", action="store_true", help="only ALBERT's, the probes and real ones")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="trained tokenizers are kept there")
    parser.add_argument("--classes", type=Path, default=TARGET, metavar="FOLDER", help="compiled classes")
    parser.add_argument(
        "--kind", action="append", dest="kinds", metavar="KIND", help="of texts (default: all)"
    )
    options = parser.parse_args(arguments)
    data = [*hard_texts.data_texts(options.data)] if options.data else []
    texts = hard_texts.tree_texts(ROOT)
    learnt = [*texts, *random.Random(_SEED).sample(data, min(20_000, len(data)))]
    total = 0
    with JavaTokenizer(options.classes) as java:
        for name, body in zoo(options.models, [] if options.no_training else learnt, options.keep).items():
            if not options.names or any(each in name for each in options.names):
                comparison = Comparison(java, name)
                start = time.monotonic()
                _compare(comparison, body, learnt, data, options)
                seconds = time.monotonic() - start
                counts = f"{comparison.texts} texts, {comparison.differences} differ"
                tell(f"{name}: {counts} ({seconds:.0f} s)")
                total += comparison.differences
    tell(f"{total} differences")
    return int(total > 0)


def _compare(
    comparison: Comparison, body: Body, texts: Sequence[str], data: Sequence[str], options: argparse.Namespace
) -> None:
    share = 100 if options.quick else 1
    draw = random.Random(f"{_SEED} {comparison.name}")
    for kind, some in _kinds(draw, comparison.name.startswith("probe"), data or texts):
        if options.kinds is None or kind in options.kinds:
            comparison.run(kind, body, itertools.islice(some, 0, None, share))
    if options.kinds is None or "added" in options.kinds:
        for seed in range(2 if options.quick else 20):
            more = added(body, seed)
            contents = [token["content"] for token in more["added_tokens"]]
            comparison.run("added", more, hard_texts.added_texts(draw, contents, 3000 // share + 50))
    if options.kinds is None or "pairs" in options.kinds:
        _compare_pairs(comparison, body, texts, 2000 // share + 10)
    if options.kinds is None or "long" in options.kinds:
        long_ones = [*hard_texts.long_texts(draw, texts, 40 // share + 2)]
        comparison.run("long", body, long_ones)
        comparison.run_own("long", body, long_ones, LONGEST_FIRST)
        for side in ("Left", "Right"):
            cut = {**body, "truncation": {**body["truncation"], "direction": side}, "normalizer": _GROWING}
            comparison.run_own("too long", cut, [*hard_texts.rows_without_a_place()], LONGEST_FIRST)


def _kinds(draw: random.Random, probe: bool, data: Sequence[str]) -> Iterator[tuple[str, Iterator[str]]]:
    """The kinds of single texts; a probe needs none that only a vocabulary tells apart."""
    yield "characters", hard_texts.all_characters()
    yield "rows", hard_texts.rows(draw, 50_000)
    yield "random", hard_texts.random_strings(draw, 100_000)
    if not probe:
        yield "lone", hard_texts.lone_characters()
        yield "data", iter(data)


def _compare_pairs(comparison: Comparison, body: Body, texts: Sequence[str], number: int) -> None:
    """Pairs and single texts, cut on both sides at several limits."""
    draw = random.Random(f"pairs {comparison.name}")
    words = [*texts[:2000], *hard_texts.alphabet()[:200]]
    for limit, direction in itertools.product((5, 16, 33), ("Left", "Right")):
        cut = {**body, "truncation": {**body["truncation"], "max_length": limit, "direction": direction}}
        some: list[Text] = [*hard_texts.pairs(draw, words, number)]
        some += [first for first, _ in some[: number // 4]]
        kind = f"pairs {limit} {direction}"
        comparison.run(kind, cut, some)
        comparison.run_own(kind, cut, some[:: max(1, len(some) // 300)], LONGEST_FIRST)
        if direction == "Right":
            comparison.run(f"{kind} {JOINED}", cut, some, JOINED)
            comparison.run_own(f"{kind} {JOINED}", cut, some[:: max(1, len(some) // 300)], JOINED)


if __name__ == "__main__":
    sys.exit(main())
