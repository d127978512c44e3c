"""Compares the Java normalizers with those of `tokenizers` on random strings: text and stretches.

Run it after `mvn -f android_demo/pom.xml -pl litebert test-compile`, with the class path of the tests:
    .venv/bin/python android_demo/litebert/tables/compare.py CLASSPATH [STRINGS [SEED]]
It raises an error that shows the first differences, if any.
"""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import graphemes
import primitives
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

_SHOWN = 5


def _bert(clean: bool, chinese: bool, accents: bool | None, lower: bool) -> dict[str, Any]:
    return {
        "type": "BertNormalizer",
        "clean_text": clean,
        "handle_chinese_chars": chinese,
        "strip_accents": accents,
        "lowercase": lower,
    }


def _replace(kind: str, pattern: str, content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


def _sequence(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Sequence", "normalizers": [*steps]}


def _named(name: str) -> dict[str, Any]:
    return {"type": name}


def charsmap(entries: dict[str, str]) -> bytes:
    """A charsmap of a few strings. Its nodes are 256 units apart, so that none collide.

    Read: huggingface/spm_precompiled, src/lib.rs, DoubleArray.
    """
    nodes: dict[bytes, int] = {b"": 0x100}
    for key in sorted(map(str.encode, entries)):
        for end in range(1, len(key) + 1):
            nodes.setdefault(key[:end], (len(nodes) + 1) << 8)
    units = [0] * ((len(nodes) + 1) << 8)
    units[0] = nodes[b""] << 10
    content = b""
    for key, value in entries.items():
        units[nodes[key.encode()]] = len(content) | 1 << 31
        content += value.encode() + b"\0"
    known = {key.encode() for key in entries}
    for prefix, base in nodes.items():
        if prefix:
            place = nodes[prefix[:-1]] + prefix[-1]
            units[place] = prefix[-1] | _offset(place ^ base) | ((prefix in known) << 8)
    return b"".join(each.to_bytes(4, "little") for each in [4 * len(units), *units]) + content


def _offset(jump: int) -> int:
    return jump << 10 if jump < 1 << 21 else jump >> 8 << 10 | 1 << 9


def _precompiled(content: bytes) -> dict[str, Any]:
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(content).decode()}


_ODD = _precompiled(
    charsmap(
        {
            "e": "E",
            "e\u0301": "never",  # the shorter beginning counts
            "\u0301": "",
            "\u00a9": "(c)",
            "\r\n": "\n",
            "\u00ad": "",
            "\u0915": "ka",
            "\u1100": "",
            "\u200d": "",
            "\u0300\u0301": "mm",
            "\u4e2d": "zhong",
            "A\u0302": "x",
        }
    )
)
NORMALIZERS = [
    *(_bert(*flags) for flags in ((True, True, None, True), (True, True, None, False))),
    *(_bert(*flags) for flags in ((True, True, False, True), (False, True, True, False))),
    *(_named(name) for name in ("NFC", "NFD", "NFKC", "NFKD", "StripAccents", "Lowercase")),
    _sequence(_named("NFD"), _named("StripAccents"), _named("Lowercase")),
    _sequence(_named("NFKD"), _named("StripAccents"), _named("NFC")),
    {"type": "Strip", "strip_left": True, "strip_right": True},
    _sequence({"type": "Strip", "strip_left": True, "strip_right": False}, _named("NFKC")),
    _sequence(_replace("String", "``", '"'), _replace("String", "e\u0301", "xyz"), _named("NFD")),
    _sequence(_precompiled(graphemes.every_character()), _replace("Regex", " {2,}", " ")),
    _sequence(_replace("Regex", " {2,}", "\u2581"), _replace("String", " ", ""), _named("NFKD")),
    _ODD,
    _sequence(_named("NFKD"), _ODD, _named("NFC"), _ODD, _named("Lowercase")),
]


def _alphabets() -> list[str]:
    """Characters to draw from: the borders of each table, and those that meet in rules."""

    def borders(numbers: Sequence[int]) -> str:
        found = [point for point, (last, each) in enumerate(pairwise(numbers), 1) if last != each]
        return "".join(map(chr, sorted({each for point in found for each in (point - 1, point)} - {*_SURROGATES})))

    classes = [
        primitives.bert_control(),
        primitives.bert_space(),
        primitives.chinese(),
        primitives.nonspacing_mark(),
        primitives.combining_mark(),
        primitives.combining_class(),
        graphemes.grapheme(),
    ]
    maps = [primitives.lower(), primitives.canonical(), primitives.compatible()]
    ranked = [chr(point) for point, number in enumerate(classes[5]) if number]
    firsts = "".join({chr(each) for pair in primitives.composition() for each in pair})
    return [
        *map(borders, classes),
        *("".join(map(chr, each)) for each in maps),
        "".join(ranked),
        firsts,
        "".join(map(chr, range(0x20, 0x7F))),
        "ab e\u0301\u0302\u0323\u0327\u00e9\u1ec7\u0344\u0345\u0130\u0149",
        "\r\n\t \u00a0\u3000\u2028\u0085\u0000\ufffd\u00ad  ",
        "\u1100\u1161\u11a8\uac00\uac01\u1160\u11a7\u0301\ud7a3",
        "\u00a9\u200d\u00ae\u0301\U0001f600\U0001f3fd\u200c\ufe0f\U0001f1e6\U0001f1e7",
        "\u0915\u094d\u093c\u0937\u0301\u0903\u0600\u200d",
        "\u4e2d\u6587\uf900\U0002f800 e\u0301",
        "``\"'' eA\u0302",
    ]


_SURROGATES = range(0xD800, 0xE000)


def cases(count: int, seed: int) -> Iterator[tuple[int, str]]:
    """The number of a normalizer and a random text, `count` times."""
    alphabets, chance = _alphabets(), random.Random(seed)
    for index in range(count):
        drawn = chance.choices(alphabets, k=2)
        length = chance.choice((2, 3, 4, 6, 9, 14, 60))
        yield index % len(NORMALIZERS), "".join(chance.choice(chance.choice(drawn)) for _ in range(length))


def expected(normalizer: int, texts: Sequence[str]) -> list[list[Any]]:
    """What `tokenizers` makes of texts: each as the normalized text and the stretch of each character."""
    body = json.loads(Tokenizer(models.WordLevel({"?": 0}, unk_token="?")).to_str())
    tokenizer = Tokenizer.from_str(json.dumps({**body, "normalizer": NORMALIZERS[normalizer]}))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    return [
        [tokenizer.normalizer.normalize_str(text), [each for pair in encoding.offsets for each in pair]]
        for text, encoding in zip(texts, tokenizer.encode_batch(texts), strict=True)
    ]


def main(class_path: str, count: int = 100_000, seed: int = 0) -> None:
    """Compare, and raise an error where anything differs."""
    tried = [*cases(count, seed)]
    lines = "".join(json.dumps([NORMALIZERS[number], text]) + "\n" for number, text in tried)
    command = ["java", "-cp", class_path, "dev.litebert.tokenizer.NormalizerLines"]
    answers = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout
    found = [json.loads(line) for line in answers.split("\n")[:-1]]
    wanted: dict[int, list[Any]] = {}
    for number in range(len(NORMALIZERS)):
        picked = [index for index, (each, _) in enumerate(tried) if each == number]
        for index, answer in zip(picked, expected(number, [tried[index][1] for index in picked]), strict=True):
            wanted[index] = answer
    different = [index for index in wanted if found[index] != wanted[index]]
    shown = "".join(
        f"\n{NORMALIZERS[tried[index][0]]!r:.200} {tried[index][1]!a}: {found[index]!a}, expected {wanted[index]!a}"
        for index in different[:_SHOWN]
    )
    sys.stdout.write(f"{len(wanted)} strings, {len(different)} differ{shown}\n")
    if different:
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
