"""What README.md shows works as shown."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from students import bert_config, bert_tensors, write_checkpoint

from litebert.cli import main as litebert_main
from litebert_exporter.cli import main as export_main
from litebert_exporter.families import FAMILIES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
STUDENT = ROOT / "examples" / "sst2-fastbert-3l"
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_python_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("build/demo").mkdir(parents=True)
    assert export_main([str(STUDENT), "-o", "build/demo/student.litebert"]) == 0
    capsys.readouterr()
    code, _ = PYTHON
    exec(compile(code, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("positive 0.99") and lines[1] == "['negative', 'positive']"


def test_a_branched_graph_runs_on_plain_onnxruntime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["--target", "onnx", "--layout", "branched", "-o", "branched.litebert"]
    assert export_main([str(STUDENT), *options]) == 0
    capsys.readouterr()
    _, code = PYTHON
    assert "litebert" not in re.sub(r'"[^"]*"', "", code)
    exec(compile(code, "README.md", "exec"), {})
    assert re.fullmatch(r"1 \[0\] \[0\.\d+\]\n", capsys.readouterr().out)


def test_the_early_exit_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from litebert_students.exits_cli import main as exits_main

    monkeypatch.chdir(tmp_path)
    config = bert_config()
    write_checkpoint(Path("my-student"), config, bert_tensors(config))
    Path("reviews.txt").write_text("a good film\na bad film\nnot good\n", encoding="utf-8")
    Path("dev.tsv").write_text("text\tlabel\na good film\tpositive\ndull\tnegative\n", encoding="utf-8")
    commands = {"litebert-exits": exits_main, "litebert-export": export_main, "litebert": litebert_main}
    block = re.search(r"```\n(litebert-exits .*?)```", README, re.DOTALL)
    assert block is not None
    for line in block[1].splitlines():
        program, *arguments = shlex.split(line, comments=True)
        assert commands[program](arguments) == 0
    assert "layer" in capsys.readouterr().out.splitlines()[-1]


def test_the_export_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my-student").symlink_to(STUDENT)
    Path("labelled.tsv").write_text(
        "text\tlabel\na fine film\tpositive\na dull film\tnegative\n", encoding="utf-8"
    )
    commands = {"litebert-export": export_main, "litebert": litebert_main}
    block = re.search(r"## Export in three lines\n```\n(.*?)```", README, re.DOTALL)
    assert block is not None
    for line in block[1].splitlines()[1:]:
        program, *arguments = line.split("#")[0].split()
        assert commands[program](arguments) == 0


def test_the_commands_of_the_makefile_are_named() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test"):
        assert f"make {target}" in README and re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_the_table_of_families_names_every_one() -> None:
    table = README.split("## Families")[1].split("##")[0].lower()
    assert [name for name in FAMILIES if name not in table] == []
