"""Compares the Java normalizers with those of `tokenizers` on random strings: text and stretches.

Run it after `mvn -f android_demo/pom.xml -pl litebert test-compile`, with the class path of the tests:
    .venv/bin/python android_demo/litebert/tables/compare.py CLASSPATH [STRINGS [SEED [TOKENIZER_JSON ...]]]
The normalizers of those files are tried as well. It ends with 1 and shows the first differences, if any.
"""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import graphemes
import primitives
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

_SHOWN = 5


def bert(clean: bool, chinese: bool, accents: bool | None, lower: bool) -> dict[str, Any]:
    """A BertNormalizer."""
    return {
        "type": "BertNormalizer",
        "clean_text": clean,
        "handle_chinese_chars": chinese,
        "strip_accents": accents,
        "lowercase": lower,
    }


def replace(kind: str, pattern: str, content: str) -> dict[str, Any]:
    """A Replace of a String or a Regex."""
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


def sequence(*steps: dict[str, Any]) -> dict[str, Any]:
    """Normalizers one after the other."""
    return {"type": "Sequence", "normalizers": [*steps]}


def named(name: str) -> dict[str, Any]:
    """A normalizer without fields."""
    return {"type": name}


def charsmap(entries: dict[str, str]) -> bytes:
    """A charsmap of a few strings.

    Read: huggingface/spm_precompiled, src/lib.rs, DoubleArray. The child of a node for a byte is at its base,
    exclusive or the byte; its value is at the base itself.
    """
    values, content = {}, b""
    for key, value in entries.items():
        values[key.encode()] = len(content)
        content += value.encode() + b"\0"
    labels: dict[bytes, set[int]] = {key: {0} for key in values}
    for key in values:
        for end, label in enumerate(key):
            labels.setdefault(key[:end], set()).add(label)
    taken, bases = {0}, dict[bytes, int]()
    for prefix, each in sorted(labels.items()):
        bases[prefix] = next(
            base
            for base in range(1, 1 << 16)
            if base not in bases.values() and taken.isdisjoint(base ^ label for label in each)
        )
        taken |= {bases[prefix] ^ label for label in each}
    units = [0] * (max(taken) // 256 + 1) * 256
    units[0] = bases[b""] << 10
    for prefix, base in bases.items():
        if prefix:
            place = bases[prefix[:-1]] ^ prefix[-1]
            units[place] = prefix[-1] | (place ^ base) << 10 | (prefix in values) << 8
        if prefix in values:
            units[base] = values[prefix] | 1 << 31
    return b"".join(each.to_bytes(4, "little") for each in [4 * len(units), *units]) + content


def precompiled(content: bytes) -> dict[str, Any]:
    """A Precompiled of a charsmap."""
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(content).decode()}


_ODD = precompiled(
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
    *(bert(*flags) for flags in ((True, True, None, True), (True, True, None, False))),
    *(bert(*flags) for flags in ((True, True, False, True), (False, True, True, False))),
    *(named(name) for name in ("NFC", "NFD", "NFKC", "NFKD", "StripAccents", "Lowercase")),
    sequence(named("NFD"), named("StripAccents"), named("Lowercase")),
    sequence(named("NFKD"), named("StripAccents"), named("NFC")),
    {"type": "Strip", "strip_left": True, "strip_right": True},
    sequence({"type": "Strip", "strip_left": True, "strip_right": False}, named("NFKC")),
    sequence(replace("String", "``", '"'), replace("String", "e\u0301", "xyz"), named("NFD")),
    sequence(precompiled(graphemes.every_character()), replace("Regex", " {2,}", " ")),
    sequence(replace("Regex", " {2,}", "\u2581"), replace("String", " ", ""), named("NFKD")),
    _ODD,
    sequence(named("NFKD"), _ODD, named("NFC"), _ODD, named("Lowercase")),
]


def _alphabets() -> list[str]:
    """Characters to draw from: the borders of each table, and those that meet in rules."""

    def borders(numbers: Sequence[int]) -> str:
        found = [point for point, (last, each) in enumerate(pairwise(numbers), 1) if last != each]
        beside = {each for point in found for each in (point - 1, point)}
        return "".join(map(chr, sorted(beside - {*primitives.SURROGATES})))

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
    firsts = "".join(sorted({chr(each) for pair in primitives.composition() for each in pair}))
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


def cases(count: int, seed: int) -> Iterator[str]:
    """Random texts."""
    alphabets, chance = _alphabets(), random.Random(seed)
    for _ in range(count):
        drawn = chance.choices(alphabets, k=2)
        length = chance.choice((2, 3, 4, 6, 9, 14, 60))
        yield "".join(chance.choice(chance.choice(drawn)) for _ in range(length))


def expected(normalizer: dict[str, Any], texts: Sequence[str]) -> list[list[Any]]:
    """What `tokenizers` makes of texts: each as the normalized text and the stretch of each character."""
    library = tokenizer(normalizer)
    normalize = library.normalizer.normalize_str
    return [
        [normalize(text), [each for pair in encoding.offsets for each in pair]]
        for text, encoding in zip(texts, library.encode_batch(texts), strict=True)
    ]


def tokenizer(normalizer: dict[str, Any]) -> Tokenizer:
    """A tokenizer whose tokens are the characters of the normalized text."""
    body = json.loads(Tokenizer(models.WordLevel({"?": 0}, unk_token="?")).to_str())
    library = Tokenizer.from_str(json.dumps({**body, "normalizer": normalizer}))
    library.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    return library


def found(class_path: str, normalizer: dict[str, Any], texts: Sequence[str]) -> list[list[Any]]:
    """What Java makes of texts."""
    lines = "".join(f"{json.dumps(each)}\n" for each in (normalizer, *texts))
    command = ["java", "-cp", class_path, "dev.litebert.tokenizer.NormalizerLines"]
    answers = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in answers.split("\n")[:-1]]


def main(class_path: str, count: str = "100000", seed: str = "0", *files: str) -> None:
    """Compare, and end with 1 where anything differs."""
    normalizers = [*NORMALIZERS, *(json.loads(Path(file).read_bytes())["normalizer"] for file in files)]
    texts = [*cases(int(count), int(seed))]
    different = 0
    for number, normalizer in enumerate(normalizers):
        picked = texts[number :: len(normalizers)]
        answers = zip(
            picked, found(class_path, normalizer, picked), expected(normalizer, picked), strict=True
        )
        for text, java, library in answers:
            if java != library:
                different += 1
                if different <= _SHOWN:
                    sys.stdout.write(f"{normalizer!r:.200} {text!a}: {java!a}, expected {library!a}\n")
    sys.stdout.write(f"{len(texts)} strings, {len(normalizers)} normalizers: {different} differ\n")
    sys.exit(different > 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
