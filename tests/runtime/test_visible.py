"""Text for a terminal: words of any language, and nothing that steers it or cannot be seen."""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bad_inputs import change_json

import litebert
from litebert.artifact import open_artifact
from litebert.tools.cli import main
from litebert.visible import as_utf8, is_seen, visible

WORDS = (
    "très bon",
    "重要\u3000",  # a space as wide as a letter
    "می\u200cخواهم",  # Persian: a letter that does not join the next
    "ه\u200d",  # and one that joins what is not there
    "क्\u200dष",  # Hindi: a half form
    "👩\u200d👩\u200d👧",
    "❤\ufe0f",
    "1\ufe0f\u20e3",
    "葛\U000e0100",  # a variant of a letter
    "עברית",
    "العربية",
    "e\u0301",
    "a\xa0b",
    "\ue000",  # private use: a company's own letter
    "\u0378",  # not assigned in this version of Unicode
)
HIDDEN = {
    "a\x1b[31mb": r"a\x1b[31mb",
    "a\nerror: b": r"a\nerror: b",
    "a\tb\x00\x7f\x9b": r"a\tb\x00\x7f\x9b",
    "a\u202eb\u2066\u2069\u200e\u200f\u061c": r"a\u202eb\u2066\u2069\u200e\u200f\u061c",
    "a\u200bb\u2060\ufeff\xad\u180e": r"a\u200bb\u2060\ufeff\xad\u180e",
    "a\u2028b\u2029": r"a\u2028b\u2029",
    "a\ud800b": r"a\ud800b",
    "a\ufff9b": r"a\ufff9b",
    "a\U000e0041\U000e0080": r"a\U000e0041\U000e0080",
}


@pytest.mark.parametrize("word", WORDS)
def test_words_are_shown_as_they_are(word: str) -> None:
    assert visible(word) == word and is_seen(word)


@pytest.mark.parametrize(("text", "shown"), HIDDEN.items())
def test_what_is_hidden_is_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(("text", "shown"), HIDDEN.items())
@pytest.mark.parametrize("kind", [litebert.LiteBertError, *litebert.LiteBertError.__subclasses__()])
def test_no_error_steers_the_terminal_of_a_traceback(kind: type[Exception], text: str, shown: str) -> None:
    error = kind(f"the label {text} is wrong")
    assert str(error) == f"the label {shown} is wrong" and error.args == (str(error),)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize(
    "text", ["", " ", "\u3000\xa0", "\u200d", "\ufe0f", "\u0301", "\u3164", "\u2800", "\u202e"]
)
def test_nothing_to_be_seen(text: str) -> None:
    assert not is_seen(text)


@pytest.mark.parametrize(
    ("argument", "locale", "text"),
    [
        ("größe".encode(), "ascii", "größe"),
        (b"gr\xc3\xb6\xff", "ascii", "grö\udcff"),
        (b"gr\xc3\xb6\xff", "utf-8", "grö\udcff"),
        ("größe".encode(), "utf-8", "größe"),
        ("größe".encode("latin-1"), "latin-1", "größe"),
        ("重要".encode("gbk"), "gbk", "重要"),
    ],
)
def test_an_argument_is_text_in_any_locale(
    argument: bytes, locale: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsencode", lambda given: given.encode(locale, "surrogateescape"))
    assert as_utf8(argument.decode(locale, "surrogateescape")) == text
    assert as_utf8("\ud800") == "\ud800"  # of no command line


LOCALES = (
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1:strict"},
    {"PYTHONIOENCODING": "gbk"},
    {"LC_ALL": "C", "PYTHONUTF8": "0"},
)
COMMANDS = (
    *(["litebert.tools.cli", *command] for command in ([], ["run"], ["inspect"], ["calibrate"], ["verify"])),
    *(["litebert.tools.cli", "bench"], ["litebert.tools.cli", "doctor"], ["litebert_exporter.export_cli"]),
    *([f"litebert_students.{name}_cli"] for name in ("theseus", "exits", "mobilebert")),
)


def _run(locale: dict[str, str], *arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Python that is run in a locale."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LC_")}
    return subprocess.run(
        [sys.executable, *arguments],
        env={**environment, **locale},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=120,
        **options,
    )


# Runs commands one after another in one process: starting Python takes longer than they do.
_SESSION = """
import json, os, sys
from importlib import import_module
from pathlib import Path
done = []
for number, (module, *arguments) in enumerate(json.loads(sys.argv[1])):
    files = [Path(sys.argv[2], f"{number}.{name}") for name in ("out", "err")]
    for path, descriptor in zip(files, (1, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(opened, descriptor)
        os.close(opened)
    try:
        code = import_module(module).main(arguments)
    except SystemExit as stop:
        code = stop.code
    sys.stdout.flush()
    sys.stderr.flush()
    done.append(code)
Path(sys.argv[2], "codes").write_text(json.dumps(done))
"""


def _session(
    locale: dict[str, str], tmp_path: Path, *commands: list[str]
) -> list[subprocess.CompletedProcess[bytes]]:
    """Modules with arguments, each run as a command in a locale, in `tmp_path`."""
    out = tmp_path / "session"
    out.mkdir()
    ended = _run(locale, "-c", _SESSION, json.dumps(commands), str(out), cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    codes = json.loads((out / "codes").read_text())
    return [
        subprocess.CompletedProcess(
            command, code, (out / f"{number}.out").read_bytes(), (out / f"{number}.err").read_bytes()
        )
        for number, (command, code) in enumerate(zip(commands, codes, strict=True))
    ]


@pytest.mark.slow
@pytest.mark.parametrize("locale", LOCALES, ids=str)
def test_labels_of_any_language_on_any_terminal(
    locale: dict[str, str], checkpoint: Path, tmp_path: Path
) -> None:
    student = shutil.copytree(checkpoint, tmp_path / "student")
    change_json(student / "config.json", id2label={"0": "très bon", "1": "重要"})
    (tmp_path / "dev.tsv").write_text("text\tlabel\ngood\ttrès bon\n", encoding="utf-8")
    (tmp_path / "wrong.tsv").write_text("text\tlabel\ngood\tgrößer\n", encoding="utf-8")
    encoding = locale.get("PYTHONIOENCODING", "ascii").split(":")[0]
    shown = ["très bon".encode(encoding, "backslashreplace"), "重要".encode(encoding, "backslashreplace")]
    *sound, wrong = _session(
        locale,
        tmp_path,
        ["litebert_exporter.export_cli", "student", "-o", "out", "--target", "onnx"],
        ["litebert.tools.cli", "inspect", "out"],
        ["litebert.tools.cli", "run", "out", "good film"],
        ["litebert.tools.cli", "run", "out", "--json", "good film"],
        ["litebert.tools.cli", "verify", "out", "--data", "dev.tsv"],
        ["litebert.tools.cli", "doctor", "out"],
        ["litebert.tools.cli", "verify", "out", "--data", "wrong.tsv"],
    )
    assert [done.returncode for done in sound] == [0] * 6, [done.stderr for done in sound]
    exported, inspected, answered, described, _, _ = (done.stdout for done in sound)
    assert b", ".join(shown) in exported and b", ".join(shown) in inspected
    assert answered.split(b"\t")[0] in shown and json.loads(described)["label"] in ("très bon", "重要")
    assert wrong.returncode == 1 and wrong.stderr.count(b"\n") == 1
    assert "'größer'".encode(encoding, "backslashreplace") in wrong.stderr


@pytest.mark.slow
@pytest.mark.parametrize("locale", LOCALES[2:], ids=str)
def test_texts_and_labels_are_read_alike_in_any_locale(
    locale: dict[str, str], checkpoint: Path, tmp_path: Path
) -> None:
    """Python hands arguments over in the file system's encoding, which LC_ALL=C makes ASCII."""
    student = shutil.copytree(checkpoint, tmp_path / "student")
    change_json(student / "config.json", id2label=None)
    export = [
        "litebert_exporter.export_cli",
        "student",
        "-o",
        "out",
        "--target",
        "onnx",
        "--labels",
        "großartig, schlecht",
    ]
    assert _run(locale, "-m", *export, cwd=tmp_path).returncode == 0
    assert open_artifact(tmp_path / "out").task.labels == ("großartig", "schlecht")
    texts = ["crème brûlée 中文 😀", "naive naïve"]
    done = _run(locale, "-m", "litebert.tools.cli", "run", "out", "--json", *texts, cwd=tmp_path)
    with litebert.load(tmp_path / "out") as model:
        expected = [list(model(text).logits) for text in texts]
    assert [json.loads(line)["logits"] for line in done.stdout.splitlines()] == expected


@pytest.mark.slow
@pytest.mark.parametrize("locale", LOCALES[::3], ids=str)
def test_help_and_usage_on_any_terminal(locale: dict[str, str], tmp_path: Path) -> None:
    calls = ([*command, flag] for command in COMMANDS for flag in ("--help", "--größe"))
    session = _session(locale, tmp_path, *calls)
    for shown, refused in zip(session[::2], session[1::2], strict=True):
        assert (shown.returncode, shown.stderr) == (0, b"") and shown.stdout.isascii(), shown.args
        assert (refused.returncode, refused.stdout) == (2, b""), refused.args
        assert b"Traceback" not in refused.stderr


def test_usage_repeats_no_escape_sequence(tmp_path: Path) -> None:
    calls = ([*command, "--nothing\x1b[31m\u202e"] for command in COMMANDS[1:])
    for done in _session({}, tmp_path, *calls):
        assert done.returncode == 2 and b"\x1b" not in done.stderr and b"\xe2\x80\xae" not in done.stderr


@pytest.mark.slow
def test_commands_without_stdout_or_stderr(artifact: Path) -> None:
    """As a service starts them: Python's sys.stdout or sys.stderr is None."""
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        for arguments in (
            ["run", str(artifact), "good"],
            ["run", "nowhere", "good"],
            ["verify", str(artifact)],
        ):
            line = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "litebert", *arguments]
            done = subprocess.run(line, capture_output=True, check=False, timeout=60)
            assert done.returncode == ("nowhere" in arguments) and b"Traceback" not in done.stderr
            assert b"error" not in done.stdout  # which whoever reads answers would take for one


def test_output_into_something_else(artifact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["inspect", str(artifact)]) == 0 and "family" in out.getvalue()
