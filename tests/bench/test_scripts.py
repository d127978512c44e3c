"""The scripts that make the report and README's section from records, and compare two runs."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from made_records import PEERS, make_run

from litebert_bench.bench_cli import main
from litebert_bench.measure.records import Latency, Record
from litebert_bench.record_file import write_records

ROOT = Path(__file__).parents[2]


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compare, readme_section = map(_script, ("compare", "readme_section"))


def _written(folder: Path, name: str, records: list[Record]) -> str:
    write_records(records, folder / name)
    return str(folder / name)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> str:
    return _written(tmp_path_factory.mktemp("first"), "first.jsonl", make_run(models=("tiny",)))


def test_the_report_is_written(first: str, tmp_path: Path) -> None:
    assert main(["report", first, "-o", str(tmp_path / "new")]) == 0
    assert (tmp_path / "new" / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "## tiny" in (tmp_path / "new" / "report.md").read_text(encoding="utf-8")


def test_no_report_of_bad_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.jsonl").write_text("{}\n", encoding="utf-8")
    for records in ("bad.jsonl", "absent.jsonl"):
        assert main(["report", str(tmp_path / records), "-o", str(tmp_path / "new")]) == 1
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "new").exists()


def test_runs_of_the_same_process_agree(
    first: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = _written(tmp_path, "second.jsonl", make_run(seed=1, models=("tiny",)))
    assert compare.main([first, second]) == 0
    assert "expected 90%" in capsys.readouterr().out.splitlines()[-1]


def test_runs_that_differ_are_told(first: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slower = tuple(dataclasses.replace(each, share=1.5 * each.share) for each in PEERS[1:])
    second = _written(tmp_path, "slow.jsonl", make_run(models=("tiny",), peers=(PEERS[0], *slower)))
    assert compare.main([first, second]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("tiny, transformers-eager, 1 thread, batch 1: 2.") for line in lines)


@pytest.mark.slow
def test_what_cannot_be_compared_is_told(
    first: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = _written(tmp_path, "short.jsonl", make_run(models=("tiny",), rounds=1))
    assert compare.main([short, first]) == 1
    assert "no cell with a spread" in capsys.readouterr().err
    twice = _written(tmp_path, "twice.jsonl", [*make_run(models=("tiny",)), *make_run(2, models=("tiny",))])
    assert compare.main([first, twice]) == 1
    assert "is there in two runs" in capsys.readouterr().err
    fewer = _written(tmp_path, "fewer.jsonl", make_run(models=("tiny",), peers=PEERS[:3]))
    assert compare.main([first, fewer]) == 0
    assert "tiny, torch-int8, 1 thread, batch 1: only in" in capsys.readouterr().out


def test_both_files_get_their_figures(first: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme, page = tmp_path / "README.md", tmp_path / "benchmarks.md"
    arguments = [first, "--readme", str(readme), "--tables", str(page)]
    old = f"# A\n{readme_section.BEGIN}\ntyped\n{readme_section.END}\n## B\n"
    readme.write_text(old, encoding="utf-8")
    page.write_text(old, encoding="utf-8")
    assert readme_section.main([*arguments, "--check"]) == 1
    assert "not the figures of the records" in capsys.readouterr().err
    assert (readme.read_text(encoding="utf-8"), page.read_text(encoding="utf-8")) == (old, old)
    assert readme_section.main(arguments) == 0
    assert readme_section.main([*arguments, "--check"]) == 0
    text, few = page.read_text(encoding="utf-8"), readme.read_text(encoding="utf-8")
    for each in (text, few):
        assert each.startswith("# A\n") and each.endswith("\n## B\n") and "typed" not in each
    for shown in ("### tiny", "| transformers-eager |", "**litebert ai-edge-litert int8 split**", "speed=0."):
        assert shown in text
    assert "| executorch-int8 | not measured: no wheel" in text and "int8 branched**" not in text
    page.write_text(old, encoding="utf-8")
    assert readme_section.main([*arguments, "--check"]) == 1
    names = [line.split(" | ")[0] for line in few.splitlines() if line.startswith("| ")][2:]
    ours = "| **litebert ai-edge-litert int8 split"
    assert names == [
        "| onnxruntime-fp32",
        "| transformers-eager",
        f"{ours}**",
        "| onnxruntime-int8",
        f"{ours}, speed=0.3**",
    ]


@pytest.mark.slow
def test_no_figures_without_markers_or_speeds(
    first: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readme, page = tmp_path / "README.md", tmp_path / "benchmarks.md"
    begin, end = readme_section.BEGIN, readme_section.END
    page.write_text(f"{begin}{end}", encoding="utf-8")
    files = ["--readme", str(readme), "--tables", str(page)]
    for text in ("", begin, end, f"{end}{begin}", f"{begin}{end}{end}", f"{begin}{begin}{end}"):
        readme.write_text(text, encoding="utf-8")
        assert readme_section.main([first, *files]) == 1
        assert "expected one line" in capsys.readouterr().err
        assert readme.read_text(encoding="utf-8") == text
        assert page.read_text(encoding="utf-8") == f"{begin}{end}"
    readme.unlink()
    assert readme_section.main([first, *files]) == 1
    readme.write_text(f"{begin}{end}", encoding="utf-8")
    untimed = [each for each in make_run(models=("tiny",)) if not isinstance(each, Latency)]
    assert readme_section.main([_written(tmp_path, "u.jsonl", untimed), *files]) == 1
    assert "hold no latency" in capsys.readouterr().err


@pytest.mark.slow
def test_the_figures_are_what_the_records_give() -> None:
    for name in ("README.md", "docs/benchmarks.md"):
        assert readme_section.BEGIN in (ROOT / name).read_text(encoding="utf-8")
    assert readme_section.main(["--check"]) == 0
