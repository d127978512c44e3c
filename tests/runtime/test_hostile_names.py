"""An artifact whose manifest was sealed again with names that steer a terminal or a page: all are escaped."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from manifests import change_sealed, manifest_of, seal

from litebert.tools.cli import main
from litebert.visible import is_hidden
from litebert_bench.record_file import read_records
from litebert_bench.report.markdown import markdown

STEERING = "\x1b[2J\n\r\u202e\u2066\u200b\u2028\x9b"
ESCAPED = r"\x1b[2J\n\r\u202e\u2066\u200b\u2028\x9b"
KEPT = "می\u200cخواهم 👩\u200d👧 <b>"


@pytest.fixture
def hostile(artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every name in its manifest that is free holds characters that steer, and such as are wanted."""
    monkeypatch.chdir(tmp_path)
    folder = Path(shutil.copytree(artifact, "hostile"))
    manifest = manifest_of(folder)
    manifest["name"] = manifest["family"] = KEPT + STEERING
    manifest["task"]["labels"] = [f"{each}{KEPT}{STEERING}" for each in manifest["task"]["labels"]]
    seal(folder, manifest)
    change_sealed(folder, "golden.json", _renamed)
    return folder


def _renamed(golden: dict[str, Any]) -> None:
    for case in (case for cases in golden.values() for case in cases):
        case["answer"]["label"] += KEPT + STEERING


def _harmless(shown: str) -> bool:
    return not any(map(is_hidden, re.sub("[\t\n]", "", shown)))


def test_commands_escape_what_steers_and_keep_words(hostile: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(hostile), "good", "bad"]) == 0
    shown = capfd.readouterr().out
    assert _harmless(shown)
    assert all(line.split("\t")[0].endswith(f"{KEPT}{ESCAPED}") for line in shown.splitlines())
    assert len(shown.splitlines()) == 2
    Path("dev.tsv").write_text("text\tlabel\ngood\t0\nbad\t1\n", encoding="utf-8")
    Path("bad.tsv").write_text(
        f"text\tlabel\ngood\t{STEERING.translate({10: '', 13: ''})}\n", encoding="utf-8"
    )
    for code, *command in (
        (0, "inspect"),
        (0, "verify", "--data", "dev.tsv"),
        (0, "doctor"),
        (1, "verify", "--data", "bad.tsv"),
        (1, "calibrate", "--data", "dev.tsv"),
    ):
        assert main([command[0], str(hostile), *command[1:]]) == code
        found = capfd.readouterr()
        assert _harmless(found.out + found.err), command
    assert main(["run", str(hostile), "--json", "good"]) == 0
    assert capfd.readouterr().out.isascii()


def test_reports_escape_what_steers_and_keep_words(hostile: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bench = ["bench", str(hostile), "--limit", "2", "--rounds", "1", "--processes", "1"]
    bench += ["--backend", "onnxruntime", "--json", "records.jsonl", "--html", "page.html"]
    assert main(bench) == 0
    shown = capfd.readouterr().out
    assert _harmless(shown) and f"{KEPT}{ESCAPED} on local" in shown
    page = Path("page.html").read_text(encoding="utf-8")
    assert _harmless(page) and f"{KEPT[:-3]}&lt;b&gt;{ESCAPED}" in page
    written = markdown(read_records(Path("records.jsonl")))
    assert _harmless(written) and KEPT[:-3] in written
