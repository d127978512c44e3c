"""A long text is cut before it is tokenized, where that changes no token, so that it takes little memory."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from students import CASED, UNCASED
from vocabularies import SPIECE, byte_level, unigram

import litebert.cuts
from litebert import InputError
from litebert.cuts import Cuts
from litebert.tokenizer import Text, TextTokenizer, load_tokenizer
from litebert_exporter.text.spiece import read_spiece

Body = dict[str, Any]

BERT = {
    "type": "BertNormalizer",
    "clean_text": True,
    "handle_chinese_chars": True,
    "strip_accents": None,
    "lowercase": True,
}
WORDPIECE = {
    "type": "WordPiece",
    "unk_token": "[UNK]",
    "continuing_subword_prefix": "##",
    "max_input_chars_per_word": 100,
    "vocab": {token: index for index, token in enumerate(UNCASED)},
}
CASED_WORDPIECE = {**WORDPIECE, "vocab": {token: index for index, token in enumerate(CASED)}}
UNIGRAM = {"type": "Unigram", "unk_id": 1, "vocab": [[*piece] for piece in unigram()]}
IDS, MERGES = byte_level()
BPE = {"type": "BPE", "vocab": IDS, "merges": [[*merge] for merge in MERGES]}
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
SPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
PRECOMPILED = next(
    step for step in read_spiece(SPIECE)["normalizer"]["normalizers"] if step["type"] == "Precompiled"
)
SPACES = {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}
BERT_WORDS, AT_SPACES = {"type": "BertPreTokenizer"}, {"type": "WhitespaceSplit"}


def _strip(left: bool, right: bool) -> Body:
    return {"type": "Strip", "strip_left": left, "strip_right": right}


def _replace(pattern: str, content: str) -> Body:
    return {"type": "Replace", "pattern": {"String": pattern}, "content": content}


_FIRST = {"SpecialToken": {"id": "first", "type_id": 0}}


def _body(model: Body, steps: list[Body], splits: list[Body], *tokens: Body) -> Body:
    """A tokenizer.json; added tokens that are not in the vocabulary follow behind it."""
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    pieces = [piece for piece, _ in model["vocab"]] if model["type"] == "Unigram" else [*model["vocab"]]
    contents = dict.fromkeys([*pieces, *(token["content"] for token in tokens)])
    ids = {content: index for index, content in enumerate(contents)}
    return {
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": 12, "strategy": "LongestFirst", "stride": 0},
        "added_tokens": [{"id": ids[token["content"]], **flags, **token} for token in tokens],
        "normalizer": {"type": "Sequence", "normalizers": steps} if steps else None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": splits} if splits else None,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [_FIRST, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [_FIRST, *({"Sequence": {"id": text, "type_id": 0}} for text in "AB")],
            "special_tokens": {"first": {"id": "first", "ids": [0], "tokens": ["first"]}},
        },
        "model": model,
    }


def _added(content: str, **flags: bool) -> Body:
    return {"content": content, **flags}


MASK = _added("[MASK]", lstrip=True)
# Those with places to cut.
CUT: dict[str, Body] = {
    "BERT uncased": _body(WORDPIECE, [BERT], [BERT_WORDS], _added("[PAD]"), _added("[UNK]"), MASK),
    "BERT cased": _body(CASED_WORDPIECE, [{**BERT, "lowercase": False}], [BERT_WORDS], MASK),
    "BERT with letters put apart": _body(WORDPIECE, [{**BERT, "handle_chinese_chars": False}], [BERT_WORDS]),
    "BERT with words": _body(WORDPIECE, [BERT], [BERT_WORDS], _added("good", single_word=True)),
    "BERT with marks": _body(WORDPIECE, [BERT], [BERT_WORDS], _added("!!", rstrip=True), _added("a b")),
    "BERT with normalized": _body(
        WORDPIECE, [BERT], [BERT_WORDS], _added("É!", normalized=True), _added("中文", normalized=True)
    ),
    "BERT by parts": _body(
        WORDPIECE, [{"type": "NFD"}, {"type": "Lowercase"}, {"type": "StripAccents"}], [BERT_WORDS], MASK
    ),
    "BERT unnormalized": _body(CASED_WORDPIECE, [], [BERT_WORDS], MASK),
    "BERT composed": _body(WORDPIECE, [{"type": "NFC"}, BERT], [BERT_WORDS]),
    "words composed": _body(WORDPIECE, [{"type": "NFKC"}, {"type": "Lowercase"}], [BERT_WORDS]),
    "RoBERTa": _body(BPE, [], [BYTES], _added("<s>"), _added("<mask>", lstrip=True)),
    "RoBERTa with a space": _body(BPE, [{"type": "NFC"}], [{**BYTES, "add_prefix_space": True}]),
    "RoBERTa with words": _body(BPE, [], [BYTES], _added("good", single_word=True, normalized=True)),
    "ALBERT": _body(
        UNIGRAM,
        [
            _replace("``", '"'),
            _replace("''", '"'),
            {"type": "NFKD"},
            {"type": "StripAccents"},
            {"type": "Lowercase"},
            PRECOMPILED,
        ],
        [AT_SPACES, SPACE],
        MASK,
    ),
    "XLM-R": _body(UNIGRAM, [PRECOMPILED, SPACES], [SPACE], _added("<mask>", lstrip=True)),
    "T5": _body(UNIGRAM, [PRECOMPILED, _strip(False, True), {**SPACES, "content": "▁"}], [SPACE]),
    "first piece": _body(UNIGRAM, [{"type": "Nmt"}], [{**SPACE, "prepend_scheme": "first"}], MASK),
    "no space in front": _body(UNIGRAM, [], [{**SPACE, "prepend_scheme": "never"}], _added("film")),
    "longer letters": _body(UNIGRAM, [_replace("o", "ooo"), _replace("oo", "a")], [SPACE]),
    "digits": _body(
        WORDPIECE, [BERT], [{"type": "Whitespace"}, {"type": "Digits", "individual_digits": True}]
    ),
    "five at a time": _body(WORDPIECE, [], [AT_SPACES, {"type": "FixedLength", "length": 5}]),
    "scripts": _body(UNIGRAM, [], [SPACE, {"type": "UnicodeScripts"}]),
}
# Those without, where a step may see across any place.
WHOLE: dict[str, Body] = {
    "nothing splits": _body(UNIGRAM, [], []),
    "a space in no word": _body(UNIGRAM, [], [{**SPACE, "split": False}]),
    "bytes in one": _body(BPE, [], [{**BYTES, "use_regex": False}]),
    "only digits": _body(WORDPIECE, [], [{"type": "Digits", "individual_digits": False}]),
    "five of all": _body(UNIGRAM, [], [{"type": "FixedLength", "length": 5}]),
    "scripts of all": _body(UNIGRAM, [], [{"type": "UnicodeScripts"}]),
    "a pattern": _body(
        UNIGRAM,
        [],
        [{"type": "Split", "pattern": {"Regex": "od f|l"}, "behavior": "Isolated", "invert": False}],
    ),
    "first of words": _body(UNIGRAM, [], [AT_SPACES, {**SPACE, "prepend_scheme": "first"}]),
    "put in front": _body(UNIGRAM, [{"type": "Prepend", "prepend": "▁"}, _replace(" ", "▁")], []),
    "put in front of words": _body(UNIGRAM, [{"type": "Prepend", "prepend": "x"}], [SPACE]),
    "no space on the left": _body(UNIGRAM, [_strip(True, False)], [SPACE]),
    "spaces to letters": _body(UNIGRAM, [_replace(" ", "x")], [SPACE]),
    "letters to spaces": _body(UNIGRAM, [_replace("o", " "), {**SPACES, "content": "▁"}], [SPACE]),
    "across spaces": _body(UNIGRAM, [_replace("d f", "x")], [SPACE]),
    "to nothing": _body(UNIGRAM, [_replace("d", "")], [SPACE]),
    "ends of words": _body(
        UNIGRAM, [{"type": "Replace", "pattern": {"Regex": "d |x"}, "content": "x"}], [SPACE]
    ),
    "bytes first": _body(UNIGRAM, [{"type": "ByteLevel"}], [AT_SPACES]),
    "a token with a space": _body(UNIGRAM, [], [SPACE], _added("good film")),
    "a token that takes a space": _body(UNIGRAM, [], [SPACE], _added("good", rstrip=True)),
    "a token that becomes one": _body(UNIGRAM, [BERT], [SPACE], _added("中", normalized=True)),
}
PARTS = [
    *("good", "film", "the", "unbelievable", "GOOD", "x", "oo", "1", "100", "e", "É", "it's", "a b"),
    *(" ", " ", " ", " ", "  ", "   ", "\n", "\t", "\r\n", "\u00a0", "\u3000", "\u2003"),
    *("!", "!!", ".", ",", "<", ">", "``", "''", "'", "_", "[", "]", "-"),
    *(
        "中",
        "文",
        "中文",
        "电影",
        "\u3400",
        "\uf900",
        "株式会社",
        "㍿",
        "ﷺ",
        "ﬁ",
        "İ",
        "ß",
        "한",
        "\u1100\u1161",
    ),
    *(
        "\u0301",
        "\u0338",
        "\u0600",
        "\u200d",
        "\u200b",
        "\ufeff",
        "\ufffd",
        "\x00",
        "\x07",
        "\ud83d",
        "\ude00",
    ),
    *("[MASK]", "<mask>", "[PAD]", "<s>", "▁", "▁▁", "Ġ", "😀", "é", "ё", "𐍈", "\U0010ffff"),
]


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[Body], TextTokenizer]:
    """Returns a function that opens the tokenizer of a body as the runtime does."""

    def open_(body: Body) -> TextTokenizer:
        path = tmp_path / "tokenizer.json"
        path.write_text(json.dumps(body), encoding="utf-8")
        return load_tokenizer(path)

    return open_


def _texts(chance: random.Random, parts: int) -> list[Text]:
    """Texts of many kinds: of all characters, of words alone, of a single character, pairs."""
    whole = "".join(chance.choices(PARTS, k=parts))
    words = " ".join(chance.choices(PARTS[:13], k=parts // 2))
    few = "".join(chance.choices(chance.sample(PARTS, 4), k=parts))
    one = chance.choice(PARTS) * parts
    return [whole, words, few, one, (whole, words), (few, one), (words, few), ("", whole), ("x", words)]


@pytest.mark.slow
@pytest.mark.parametrize("end", ["Right", pytest.param("Left", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", [*CUT, *WHOLE])
def test_the_tokens_are_those_of_the_whole(
    name: str, end: str, opened: Callable[[Body], TextTokenizer], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {**CUT, **WHOLE}[name]
    body = {**body, "truncation": {**body["truncation"], "direction": end}}
    tokenizer = opened(body)
    assert (tokenizer.cuts.places is None) == (name in WHOLE)
    chance = random.Random(f"{name} {end}")
    cut = 0
    for number in range(60):
        monkeypatch.setattr(litebert.cuts, "PIECE_CHARACTERS", chance.choice([1, 2, 5, 30]))
        limited = replace(tokenizer, max_tokens=chance.choice([4, 5, 8, 9, 20, 51, 1000]))
        whole = replace(limited, cuts=Cuts(None, 10**9))
        for text in _texts(chance, 60 if number % 5 else 200):
            assert limited.encode(text) == whole.encode(text), f"{text!r} at {limited.max_tokens}"
            cut += sum(
                len(list(limited.cuts.pieces(part))) > 1
                for part in ([text] if isinstance(text, str) else text)
            )
    assert (cut > 200) == (name in CUT)


@pytest.mark.slow
def test_a_text_without_a_place_has_a_limit(opened: Callable[[Body], TextTokenizer]) -> None:
    """Not only the tokens count: a hundred million letters of one word would take gigabytes too."""
    tokenizer = opened(CUT["BERT uncased"])
    assert tokenizer.encode("film " * 20_000_000).truncated
    assert tokenizer.encode("x" * 100_000).input_ids == tokenizer.encode("x" * 101).input_ids
    for text in ("x" * 4_000_001, "good " * 10_000 + "x" * 4_000_001):
        limited = replace(tokenizer, max_tokens=10**6)
        with pytest.raises(InputError, match=r"400\d{4} characters in a row .* expected at most 4000000"):
            limited.encode(text)
    tripled = opened(_body(UNIGRAM, [_replace("o", "ooooo")], []))
    with pytest.raises(InputError, match="expected at most 800000"):
        tripled.encode("o" * 800_001)


MEMORY = """
import resource, sys
from pathlib import Path
from litebert.tokenizer import load_tokenizer

tokenizer = load_tokenizer(Path(sys.argv[1]))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for text in ("!" * 1_000_000, "中文" * 500_000, "the film , " * 100_000, ("!?" * 99_999, "film " * 99_999)):
    assert tokenizer.encode(text).truncated
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) * 1024)
"""


def test_a_megabyte_takes_little_memory(tmp_path: Path) -> None:
    """The library took 560 MB for a megabyte of exclamation marks."""
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(CUT["BERT uncased"]), encoding="utf-8")
    finished = subprocess.run(
        [sys.executable, "-c", MEMORY, str(path)], capture_output=True, check=True, timeout=60
    )
    assert int(finished.stdout) < 50_000_000
