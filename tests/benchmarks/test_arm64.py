"""The driver of the emulated ARM, without an emulator: jobs, counts, comparison, errors."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import pytest

from litebert.errors import ArtifactError, InputError
from litebert.machine import parse_cpuinfo
from litebert_bench.record_file import read_records

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks/arm64"))
count, emulator, guest = (import_module(name) for name in ("count", "emulator", "guest"))

KEY = ("cortex-a72", "onnxruntime", "int8", 0, 32)


Run = Callable[..., int]


class Stub:
    """Stands for the emulator: an answer behind exit n takes (n + 1) · step instructions."""

    def __init__(self, step: int = 1000, worst: float = 0.5, problem: str | None = None) -> None:
        self.step, self.worst, self.problem = step, worst, problem

    def run(self, cpu: str, script: Path, arguments: Sequence[str], counts: Path) -> str:
        """Answers as guest.py does, for 4 exits."""
        if self.problem:
            raise emulator.EmulationError(self.problem)
        _, engine, _, calls = arguments
        answers = [(n + 1) * self.step for n in range(4) for _ in range(int(calls))]
        counts.write_text("".join(f"7\n{7 + answer}\n" for answer in answers))
        found = {"platform": "Linux", "packages": {engine: "1.0"}, "cpu": {}, "exit_layers": [0, 1, 2, 3]}
        return json.dumps(found | {"cases": 8, "worst": self.worst, "wrong_ids": 0})


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, early_artifact: Path) -> Run:
    """Runs the command on the tiny student with exits with a stub; answers its exit code."""

    def run_command(stub: Stub, *options: str) -> int:
        monkeypatch.setattr(count, "prepare", lambda folder: stub)
        files = ["--baseline", str(tmp_path / "baseline"), "--records", str(tmp_path / "records")]
        return count.main([str(early_artifact), *files, *options])

    return run_command


def test_a_renewed_baseline_holds_until_a_count_grows(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Stub(), "--renew") == 0
    assert len(count.counts_of(read_records(tmp_path / "baseline"))) == 2 * 2 * 4
    assert run(Stub(step=1020)) == 0
    assert capsys.readouterr().err == ""
    assert run(Stub(step=1021)) == 1
    output = capsys.readouterr()
    assert output.out.count("(+2.1%)") == output.err.count("+2.1% from the baseline's") == 16
    assert run(Stub(step=500)) == 0


def test_nothing_is_renewed_where_something_fails(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Stub(worst=1.1), "--renew") == 1
    assert "cortex-a72  onnxruntime     int8: golden answers differ" in capsys.readouterr().err
    assert run(Stub(problem="qemu-aarch64 was not found"), "--renew") == 1
    assert capsys.readouterr().err.count("qemu-aarch64 was not found") == 4
    assert not (tmp_path / "baseline").exists()


def test_nan_is_no_agreement(run: Run) -> None:
    assert run(Stub(worst=float("nan")), "--renew") == 1


def test_a_baseline_that_is_not_there_is_said_before_anything_runs(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Stub(problem="must not run")) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert str(tmp_path / "baseline") in error


def test_counts_without_a_partner_are_named() -> None:
    other = ("cortex-a76", *KEY[1:])
    problems = count.compare({KEY: 5}, {other: 5})
    end = "onnxruntime, int8); give each artifact of the baseline, or --renew"
    assert problems == [
        f"not in the baseline: 1 counts (cortex-a72, {end}",
        f"in the baseline, but not counted: 1 counts (cortex-a76, {end}",
    ]


def test_two_artifacts_of_a_recipe_are_refused(early_artifact: Path) -> None:
    with pytest.raises(InputError, match="second artifact of recipe int8"):
        count.jobs_for([early_artifact, early_artifact])


def test_the_least_of_the_answers_counts() -> None:
    log = [0, 30, 40, 60, 70, 95, 100, 150, 160, 205, 210, 261]
    assert count.least_counts("\n".join(map(str, log)), exits=2) == (20, 45)
    with pytest.raises(emulator.EmulationError, match="wrote 0 numbers, expected 12"):
        count.least_counts("", exits=2)


@pytest.mark.parametrize("engine", ["onnxruntime", "ai-edge-litert"])
def test_the_guest_replays_and_marks(
    engine: str, early_artifact: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = []
    monkeypatch.setattr(guest, "_mark", lambda: marks.append(1))
    guest.main(str(early_artifact), engine, 8, 3)
    found = json.loads(capsys.readouterr().out)
    assert (found["exit_layers"], found["cases"], found["wrong_ids"]) == ([0, 1, 2, 3], 8, 0)
    assert found["worst"] <= 1
    assert len(marks) == 2 * 3 * 4


def test_a_student_without_exits_or_a_damaged_one_is_refused_before_anything_runs(
    artifact: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="has no exits"):
        count.jobs_for([artifact])
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(ArtifactError):
        count.jobs_for([tmp_path])


@pytest.mark.parametrize(("name", "dotprod"), [("cortex-a72", False), ("cortex-a76", True)])
def test_the_runtime_sees_the_emulated_processor(name: str, dotprod: bool) -> None:
    cpu = parse_cpuinfo("aarch64", emulator.cpuinfo(emulator.CPUS[name]))
    assert cpu.model == f"1 × {name.title()}"
    assert cpu.features == {"dotprod": dotprod, "i8mm": False, "SVE": False}


def test_wheels_are_pinned() -> None:
    constraints = (ROOT / "constraints.txt").read_text()
    assert {pin.split("==")[0] for pin in emulator.pins(constraints)} == {*emulator.WHEELS}
    with pytest.raises(emulator.EmulationError, match="expected a version of each"):
        emulator.pins(constraints.replace("onnxruntime==", "other=="))


def test_a_folder_is_made_once_and_whole(tmp_path: Path) -> None:
    def fail(folder: Path, parts: Sequence[str]) -> None:
        (folder / "half").touch()
        raise emulator.EmulationError("no network")

    with pytest.raises(emulator.EmulationError, match="no network"):
        emulator.kept(tmp_path, "site", ["a"], fail)
    assert not [*tmp_path.iterdir()]
    path = emulator.kept(tmp_path, "site", ["a"], lambda folder, parts: (folder / parts[0]).touch())
    assert [each.name for each in path.iterdir()] == ["a"]
    assert emulator.kept(tmp_path, "site", ["a"], fail) == path
    assert emulator.kept(tmp_path, "site", ["b"], lambda folder, parts: None) != path


def test_programs_that_are_absent_or_fail_are_one_line() -> None:
    with pytest.raises(emulator.EmulationError, match=r"^no-such-program was not found; install it$"):
        emulator.run_command(["no-such-program"], "install it")
    command = [sys.executable, "-c", "import sys; print('why', file=sys.stderr); sys.exit('the reason')"]
    with pytest.raises(emulator.EmulationError, match=r" failed \(the reason\); try again$"):
        emulator.run_command(command, "try again")
