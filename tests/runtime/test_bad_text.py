"""Odd text is good input: it is answered. Only what is no text at all is refused."""

from __future__ import annotations

import io
import math
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from bad_inputs import Refuse, command

import litebert
from litebert import InputError
from litebert.tools.cli import main

pytest_plugins = ("bad_fixtures",)

BACKENDS = ("onnxruntime", "ai-edge-litert")
CONTROL = "".join(
    map(chr, (*range(32), *range(127, 160), 0x200B, 0x200E, 0x202E, 0x2028, 0x2029, 0xFEFF, 0xFFFE))
)
ODD: dict[str, str | tuple[str, str]] = {
    "empty": "",
    "blank": " \t\u00a0\u3000 ",
    "100 kB": "the film was good , " * 5000,
    "100 kB without a space": "x" * 100_000,
    "100 kB of one ideograph": "中" * 33_000,
    "100 kB of accents": "e" + "\u0301" * 50_000,
    "control characters": CONTROL,
    "zero bytes": "\0" * 1000,
    "escapes": "\x1b[31mred\x1b[0m\r\n\a\b",
    "emoji": "😀👨\u200d👩\u200d👧🏳️\u200d🌈" * 50,
    "half a character": "good \ud83d film",
    "the other half": "good \ude00 film",
    "halves the wrong way round": "\ude00\ud83d",
    "halves only": "\ud800" * 500,
    "private use": "\ue000\U0010fffd\U000f0000",
    "no characters": "\ufdd0\uffff\U0010ffff",
    "special tokens": "[CLS] [SEP] [MASK] [PAD] [UNK] [CLS]",
    "right to left": "\u202eشكرا\u202c جدا",
    "empty pair": ("", ""),
    "a long pair": ("the film " * 100, "was good " * 100),
    "a pair of halves": ("\ud800", "\udfff"),
    "50 MB": "the film was good , " * 2_500_000,
    "2 MB of zero bytes": "\0" * 2_000_000,
    "a pair of 200 kB": ("the film " * 10_000, "was good " * 11_000),
}


@pytest.mark.slow
@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("backend", BACKENDS)
def test_odd_text_is_answered(text: str | tuple[str, str], backend: str, artifact: Path) -> None:
    with litebert.load(artifact, backend) as model:
        answer = model(text)
        assert model([text, "good", text]) == [answer, model("good"), answer]
        assert list(model.stream([text])) == [answer]
    assert all(map(math.isfinite, answer.logits)) and 2 <= answer.tokens <= model.max_tokens
    assert math.isclose(sum(answer.probs or ()), 1)


PAIR = """
import resource, litebert
resource.setrlimit(resource.RLIMIT_AS, (4_000_000_000, 4_000_000_000))
with litebert.load("copy") as model:
    for share in (100_000, 1_000):
        answer = model(("the film " * (share // 9), "was good " * 11_000))
        assert answer.truncated and answer.tokens == model.max_tokens
"""


def test_a_pair_of_100_kb_costs_no_more_than_its_length(artifact_copy: Path) -> None:
    """Cut by the library, each piece of one text is kept with each of the other: gigabytes, and minutes."""
    finished = subprocess.run([sys.executable, "-c", PAIR], capture_output=True, check=False, timeout=20)
    assert finished.returncode == 0, finished.stderr[-1000:]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("good \ud83d film", "good \ufffd film"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("\ud83d\ude00 film", "😀 film"),
        (("\ud800", "\udfff"), ("\ufffd", "\ufffd")),
    ],
)
def test_halves_of_characters_count_as_replacements(text: Any, same: Any, artifact: Path) -> None:
    with litebert.load(artifact) as model:
        assert model.tokenize(text) == model.tokenize(same)


class Liar(str):
    """A text that says something else of itself."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: object) -> str:
        raise AssertionError

    def __str__(self) -> str:
        return "bad"


@pytest.mark.parametrize("text", ["good film", "good \ud83d film", "the film was good , " * 5000])
def test_a_subclass_counts_by_its_characters(text: str, artifact: Path) -> None:
    with litebert.load(artifact) as model:
        assert model(Liar(text)) == model(text)
        assert model((Liar(text), np.str_(text))) == model((text, text))


NO_TEXT: tuple[Any, ...] = (
    None,
    3,
    1.5,
    True,
    b"bytes",
    bytearray(b"x"),
    {"a": 1},
    iter("ab"),
    object(),
    ("a",),
    ("a", "b", "c"),
    ("a", None),
    ("a", b"b"),
    ["a", None],
    [["a"]],
    ["a", ("b",)],
    [b"a"],
)


@pytest.mark.parametrize("wrong", NO_TEXT, ids=lambda wrong: repr(wrong)[:20])
def test_no_text(wrong: Any, artifact: Path) -> None:
    with (
        litebert.load(artifact) as model,
        pytest.raises(InputError, match="expected a str, a 2-tuple of str"),
    ):
        model(wrong)


def _stdin(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content), isatty=lambda: False))


@pytest.mark.parametrize(
    ("content", "answers", "told"),
    [
        (b"", 0, None),
        (b"\n", 1, "line 1 of stdin is blank"),
        (b"a\n \r\n\n", 3, "line 2 of stdin is blank"),
        (b"no end of line", 1, None),
        (b"a\r\nb\r\n", 2, None),
        (b"a\rb", 1, None),
        (b"\0\n\0", 2, None),
        (b"\xef\xbb\xbfa\n", 1, None),
        (b"a\n\xff\xfe\xc3\x28\n\xff\n", 3, "line 2 of stdin is not UTF-8"),
        (b"\xed\xa0\x80\n", 1, "line 1 of stdin is not UTF-8"),
        ("\u2028\u2029\x85\x0b\x0c\x1c\n".encode(), 1, "line 1 of stdin is blank"),
        (b"x" * 100_000 + b"\n", 1, None),
        (("the film 😀\n" * 200).encode(), 200, None),
    ],
    ids=lambda value: repr(value)[:16],
)
def test_an_answer_per_line_with_anything_on_it(
    content: bytes,
    answers: int,
    told: str | None,
    artifact: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _stdin(monkeypatch, content)
    assert main(["run", str(artifact)]) == 0
    shown = capfd.readouterr()
    assert len(shown.out.splitlines()) == answers and shown.err.count("\n") == (told is not None)
    assert told is None or shown.err.startswith(f"warning: {told}")


def test_stdin_in_utf_16_is_refused(
    artifact_copy: Path, refuse_run: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stdin(monkeypatch, "a film\n".encode("utf-16"))
    assert "iconv -f UTF-16 -t UTF-8" in refuse_run(InputError, "run", "copy")


@pytest.mark.parametrize("text", ["no tab", "two\ttabs\there", "", "a\nb\x1b[31m" * 1000])
def test_a_pair_without_its_tab(text: str, artifact_copy: Path, refuse_run: Refuse) -> None:
    assert "tabs; with --pair expected one between two halves" in refuse_run(
        InputError, "run", "copy", "--pair", text
    )


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--threads", "0"), "threads is 0; expected a whole number from 1"),
        (("--threads", "-1"), "threads is -1"),
        (
            ("--backend", "tensorrt"),
            "backend 'tensorrt' is unknown; expected auto, onnxruntime, ai-edge-litert",
        ),
        (("--backend", "a\nb\x1b[31m"), "is unknown"),
    ],
)
def test_flags_that_mean_nothing(
    flags: tuple[str, ...], words: str, artifact_copy: Path, refuse_run: Refuse
) -> None:
    assert words in refuse_run(InputError, "run", "copy", "a film", *flags)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text\n",
        b"text\tlabel\n",
        b"label\treview\npositive\tgood\n",
        b"text\tlabel\ngood\n",
        b"text\tlabel\ngood\tpositive\tmore\n",
        b"text\tlabel\ngood\tnobody\n",
        b"text\tlabel\ngood\t\n",
        b"text\tlabel\ngood\t2\n",
        b"text\tlabel\ngood\t-1\n",
        b"text\tlabel\ngood\t\xd9\xa1\n",
        b"text\tlabel\n\xff\tpositive\n",
        "text\tlabel\ngood\tpositive\n".encode("utf-16"),
        b"\0" * 100,
        b"text\tlabel\ngood\ta\x1b[31m\n",
    ],
)
def test_data_that_is_none(content: bytes, artifact_copy: Path, refuse_run: Refuse) -> None:
    Path("data.tsv").write_bytes(content)
    assert "data.tsv: " in refuse_run(InputError, "verify", "copy", "--data", "data.tsv")


@pytest.mark.parametrize("path", ["nothing.tsv", "copy", "/dev/null"])
def test_no_data(path: str, artifact_copy: Path, refuse_run: Refuse) -> None:
    assert path in refuse_run(InputError, "verify", "copy", "--data", path)


def test_arguments_that_are_no_text(artifact_copy: Path) -> None:
    """A shell hands over any bytes; Python makes halves of characters of them."""
    finished = command("litebert", "run", "copy", b"good \xff film", b"\xed\xa0\x80", "😀 \x1b[31m")
    assert finished.code == 0, finished.err
    assert len(finished.out.splitlines()) == 3


def test_a_closed_stdin_has_no_lines(artifact_copy: Path) -> None:
    """As a service starts it: then Python's sys.stdin is None."""
    finished = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", sys.executable, "-m", "litebert.tools.cli", "run", "copy"],
        capture_output=True,
        check=False,
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, b"", b"")
