"""A tokenizer.json that turns a short text into one that fills the memory, or takes forever, is refused."""

from __future__ import annotations

import itertools
import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from bad_inputs import PEAK_BYTES, SECONDS, Refuse, command, error_line
from damaged_growth import BOMBS, SPACE, Step, replace, steps, table
from manifests import seal
from students import UNCASED, bert_config, bert_tensors, write_checkpoint
from tokenizers import Regex, normalizers

from litebert import ArtifactError, CheckpointError
from litebert.growth import check_growth
from litebert.patterns import matches_empty
from litebert.tokenizer import load_tokenizer
from litebert_exporter.text.tokenizer_json import load_body

pytest_plugins = ("bad_fixtures",)


def _changed(artifact: Path, **changes: Any) -> dict[str, Any]:
    return {**json.loads((artifact / "tokenizer.json").read_text(encoding="utf-8")), **changes}


@pytest.mark.parametrize(("changes", "words"), BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_by_both_sides(
    changes: dict[str, Any], words: str, artifact: Path, tmp_path: Path
) -> None:
    body = _changed(artifact, **changes)
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    for kind, open_ in (
        (CheckpointError, lambda: load_body(path, body)),
        (ArtifactError, lambda: load_tokenizer(path)),
    ):
        with pytest.raises(kind, match="not a tokenizer") as raised:
            open_()
        assert words in str(raised.value) and len(str(raised.value)) < 500


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (
            {"max_input_chars_per_word": 10**9},
            "max_input_chars_per_word is 1000000000, expected at most 1000",
        ),
        ({"continuing_subword_prefix": "#" * 10**6}, "continuing_subword_prefix '#####"),
        ({"end_of_word_suffix": "#" * 10**6}, "end_of_word_suffix '#####"),
        ({"vocab": [["a" * length, -1.0] for length in (1, 1001, 9)]}, "a piece 'aaaaa"),
    ],
)
def test_a_model_that_takes_forever(model: dict[str, Any], words: str, artifact: Path) -> None:
    body = _changed(artifact)
    with pytest.raises(ValueError, match="expected at most") as raised:
        check_growth({**body, "model": {**body["model"], **model}})
    assert words in str(raised.value)


@pytest.mark.slow
def test_the_bomb_costs_nothing(student: Path, artifact: Path) -> None:
    """In export, run and verify, as a user meets it."""
    body = _changed(artifact, **BOMBS["a letter five times"][0])
    (student / "tokenizer.json").write_text(json.dumps(body), encoding="utf-8")
    shutil.copytree(artifact, "bomb")
    (Path("bomb") / "tokenizer.json").write_text(json.dumps(body), encoding="utf-8")
    seal(Path("bomb"))
    for name, *arguments in (
        ("litebert-export", "student"),
        ("litebert", "run", "bomb", "a"),
        ("litebert", "verify", "bomb"),
    ):
        finished = command(name, *arguments)
        assert finished.code == 1 and "Replace of 'aaaa" in error_line(finished.err)
        assert finished.seconds < SECONDS and finished.peak_bytes < PEAK_BYTES / 4


def test_a_token_that_another_file_adds(student: Path, refuse_export: Refuse) -> None:
    config = bert_config(vocab_size=len(UNCASED) + 1)
    write_checkpoint(student, config, bert_tensors(config), {"additional_special_tokens": ["x" * 1_000_000]})
    line = refuse_export(CheckpointError, "student")
    assert "an added token 'xxx" in line and "1000000 characters, expected at most 1000" in line


USUAL: dict[str, tuple[Step | None, Step | None]] = {
    "nothing": (None, None),
    "Chinese punctuation": (steps(*(replace(mark, "...") for mark in "，。！？、；：“”‘’（）《》…")), None),
    "emoji by name": (replace("😀", ":grinning_face_with_big_eyes:"), None),
    "fractions": (steps({"type": "NFKC"}, replace("½", " 1/2 "), replace("/", " / ")), SPACE),
    "all at once": (
        steps({"type": "Nmt"}, {"type": "NFKC"}, {"type": "Lowercase"}, table("x" * 18)),
        SPACE,
    ),
}


@pytest.mark.parametrize(("normalizer", "split"), USUAL.values(), ids=USUAL.keys())
def test_what_people_write_is_taken(normalizer: Step | None, split: Step | None, artifact: Path) -> None:
    assert check_growth(_changed(artifact, normalizer=normalizer, pre_tokenizer=split)) < 128


@pytest.mark.slow
def test_unicode_makes_no_more_of_a_character_than_is_said() -> None:
    """The claims of `growth._DECOMPOSED` on steps in a row, tried on every character that a step changes."""
    kinds = ("NFC", "NFD", "NFKC", "NFKD", "Lowercase")
    steps = {kind: getattr(normalizers, kind)() for kind in kinds}
    characters = [chr(code) for code in range(0x30000) if not 0xD800 <= code < 0xE000]
    changed = [
        each for each in characters if any(step.normalize_str(each) != each for step in steps.values())
    ]
    bert = normalizers.BertNormalizer()
    for first, second in itertools.permutations(kinds, 2):
        chain = normalizers.Sequence([steps[first], bert, steps[second]])
        assert max(len(chain.normalize_str(each)) for each in changed) <= 18
    assert max(len(bert.normalize_str(each)) for each in changed) <= 4


# fmt: off
LINEAR = {
    " {2,}": False, r"\s{2,}|[\n\r\t]": False, r"\n": False, "x*": True, "": True, "a|": True,
    r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+": False, r"[^\[\]]+": False,
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+": False, r"^\s+": False,
    r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*": False, "[[:alpha:]]+": False,
    "(?i:'s|'t)": False, "(?<=a)b": False, "a(?!b)": False, r"\bfoo\b": False, "[a-z&&[^b]]": False,
    r"\d{3}": False, r"\.": False, "(?:ab)?": True,
}
ENDLESS = [
    "(a+)+$", "(a+)+b", "(a|a)*", "a+b", "(a?){30}a{30}", "a?" * 30 + "a" * 30, r"\s+$", r"(a)\1", "a*a*b",
    "(?:a*)*b", "a+?b", ".*?x", "(?:a+|b)c", "(?:a+)?b", "(a{1,90}){1,90}", "a{1,99}" * 3 + "b", "(?!a*b)",
    "(?:a|b)+", r"\R+a", r"\X*", r"(?~ab)", r"(?<x>a+)\g<x>", "(?i)a+b", "a++", "(?>a+)b", "a{2}+", "[]a]+b",
    "(a", "a)", "[a", "\\", "(" * 30 + ")" * 30, "(?=a*b)a",
]
# fmt: on


@pytest.mark.parametrize("pattern", LINEAR)
def test_a_pattern_in_linear_time(pattern: str) -> None:
    assert matches_empty(pattern) == LINEAR[pattern]
    of_nothing = normalizers.Replace(Regex(pattern), "+").normalize_str("\U000f0000")
    assert not LINEAR[pattern] or len(of_nothing) > 1  # the library agrees
    start = time.perf_counter()
    normalizers.Replace(Regex(pattern), "").normalize_str("aaaa    \n" * 20_000 + " " * 50_000 + "a" * 50_000)
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize("pattern", ENDLESS)
def test_a_pattern_that_may_take_forever(pattern: str) -> None:
    with pytest.raises(ValueError, match="the pattern "):
        matches_empty(pattern)
