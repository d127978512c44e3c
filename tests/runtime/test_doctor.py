"""`litebert doctor`: what it finds is what is there, and a problem is a line, never a crash."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from manifests import seal

import litebert
from litebert.backends import ENGINES
from litebert.machine import Cores, Cpu
from litebert.tools import doctor, doctor_lines
from litebert.tools.cli import main

ROOT = Path(__file__).parents[2]
Shown = pytest.CaptureFixture[str]


@pytest.fixture
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trusts what is installed, which saves starting programs."""
    monkeypatch.setattr(doctor, "_problem", lambda program: None)


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch, untried: None) -> None:
    """An environment of numpy and tokenizers only."""
    monkeypatch.setattr("litebert.backends.find_spec", lambda name: None)
    monkeypatch.setattr(doctor, "find_spec", lambda name: name in ("numpy", "tokenizers") or None)


def _engine(folder: Path, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a package `tensorflow` with this source where Python looks first."""
    (folder / "tensorflow").mkdir()
    (folder / "tensorflow" / "__init__.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)


def test_every_engine_for_an_artifact_is_proven(artifact: Path, capsys: Shown) -> None:
    assert main(["doctor", str(artifact), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [engine["name"] for engine in found["engines"] if engine["version"]] == [
        "onnxruntime",
        "ai-edge-litert",
    ]
    assert not any(each["problem"] for each in found["engines"] if each["version"])
    verdicts = {each["engine"]: each for each in found["artifacts"][0]["verdicts"]}
    assert {name for name, each in verdicts.items() if each["answers"]} == {"onnxruntime", "ai-edge-litert"}
    assert "answers as when it was exported" in verdicts["onnxruntime"]["reason"]
    assert "it runs float32 graphs only" in verdicts["tflite-runtime"]["reason"]
    assert verdicts["tensorflow"]["reason"] == "not installed; pip install tensorflow"


def test_without_an_engine_it_says_what_to_install(no_engine: None, artifact: Path, capsys: Shown) -> None:
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert 'pip install "litebert[onnx]"' in shown
    assert "  int8     none\n" in shown
    assert main(["doctor", str(artifact)]) == 1
    assert "no engine here can answer with it" in capsys.readouterr().out


def test_what_cannot_be_opened_is_reported(
    untried: None, artifact: Path, tmp_path: Path, capsys: Shown
) -> None:
    damaged = shutil.copytree(artifact, tmp_path / "damaged")
    (damaged / "onnx" / "weights.bin").write_bytes(b"")
    odd = "no such\n\udcff folder"
    assert main(["doctor", str(tmp_path / "none"), str(damaged), odd, str(artifact)]) == 1
    shown = capsys.readouterr().out
    assert "no such folder" in shown and "0 bytes, the manifest says" in shown and "not UTF-8" in shown
    assert "no such\\n\\udcff folder" in shown
    assert shown.count("answers as when it was exported") == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda case: case | {"outputs": {"logits": [[9.0, -9.0]]}}, "OTHERWISE than when it was exported"),
        (lambda case: case | {"text": "another text"}, "other tokens than when"),
        (lambda case: {}, "golden.json: not as specified"),
    ],
)
def test_an_engine_that_does_not_repeat_its_case(
    change: Any, words: str, untried: None, artifact: Path, tmp_path: Path, capsys: Shown
) -> None:
    folder = shutil.copytree(artifact, tmp_path / "moved")
    golden = json.loads((folder / "golden.json").read_text(encoding="utf-8"))
    golden["onnx"][0] = change(golden["onnx"][0])
    (folder / "golden.json").write_text(json.dumps(golden), encoding="utf-8")
    seal(folder)
    assert main(["doctor", str(folder)]) == 0  # the other target still answers
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  onnx,")]
    assert "no: " in line and words in line


def test_a_heavy_engine_is_not_imported_without_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _engine(tmp_path, "raise ImportError('libcuda.so.1: cannot open shared object file')", monkeypatch)
    tried: list[str] = []
    monkeypatch.setattr(doctor, "_problem", tried.append)
    found = doctor.diagnose()
    assert (found.engines[-1].version, found.engines[-1].problem) == ("unknown", None)
    assert len(tried) == 3 and "tensorflow" not in sys.modules


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("raise ImportError('libx.so.1: cannot open')", r"cannot be imported (libx.so.1: cannot open)"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGILL)", "its import ends with SIGILL"),
        ("import sys\nsys.exit(3)", "its import fails"),
    ],
)
def test_a_broken_engine_is_reported(
    source: str, words: str, artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _engine(tmp_path, source, monkeypatch)
    real = doctor._problem
    monkeypatch.setattr(doctor, "_problem", lambda program: real(program) if "[3]" in program else None)
    found = doctor.diagnose([artifact])
    assert words in str(found.engines[-1].problem)
    assert found.arithmetics["int8"]["tensorflow"] == found.engines[-1].problem
    assert words in found.artifacts[0].verdicts[-1].reason
    assert found.artifacts[0].answers


@pytest.mark.parametrize(
    ("version", "old"),
    [("1.20.0", True), ("1.23.2", True), ("1.24.1", False), ("1.100.0.dev20", False), ("unknown", False)],
)
def test_an_old_engine_is_told_with_the_cure(
    version: str, old: bool, untried: None, monkeypatch: pytest.MonkeyPatch, capsys: Shown
) -> None:
    real = doctor.package_version
    monkeypatch.setattr(
        doctor,
        "package_version",
        lambda name, module: version if name == "onnxruntime" else real(name, module),
    )
    assert main(["doctor"]) == 0
    (line,) = [each for each in capsys.readouterr().out.splitlines() if f"onnxruntime     {version}" in each]
    assert ("older than 1.24" in line) is old
    assert ('pip install "litebert[onnx]"' in line) is old


def test_the_oldest_engines_are_those_that_pip_demands() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    for engine, extra in zip(ENGINES[:2], ("onnx", "litert"), strict=True):
        needed = f"{engine.name}>={'.'.join(map(str, engine.oldest))}"
        assert extras[extra] == [needed] and needed in extras["export"]


FAST, SLOW = (Cpu("x86_64", "X", {"AVX2": True, "AVX-512": new, "VNNI": new}) for new in (True, False))


@pytest.mark.parametrize(
    ("cpu", "modules", "taken", "reason"),
    [
        (
            FAST,
            ("onnxruntime", "ai_edge_litert"),
            "ai-edge-litert",
            "is faster with int8 on this CPU, which has",
        ),
        (SLOW, ("onnxruntime", "ai_edge_litert"), "onnxruntime", "this CPU, which lacks VNNI"),
        (
            FAST,
            ("onnxruntime",),
            "onnxruntime",
            r'^ai-edge-litert, which .*, is not installed; pip install "litebert\[litert\]"$',
        ),
        (SLOW, ("ai_edge_litert",), "ai-edge-litert", "^onnxruntime is not installed;"),
    ],
)
def test_the_engine_that_auto_takes_is_named_with_the_reason(
    cpu: Cpu,
    modules: tuple[str, ...],
    taken: str,
    reason: str,
    untried: None,
    artifact: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Shown,
) -> None:
    for place in ("litebert.backends", "litebert.tools.doctor"):
        monkeypatch.setattr(f"{place}.find_spec", lambda name: name in (*modules, "tokenizers") or None)
    monkeypatch.setattr("litebert.backends.preference.read_cpu", lambda: cpu)
    (found,) = doctor.diagnose([artifact]).artifacts
    assert found.auto == taken and re.search(reason, found.reason)
    with litebert.load(artifact) as model:
        assert model.backend == taken
    assert main(["doctor", str(artifact)]) == 0
    shown = capsys.readouterr().out
    assert f'  "auto" takes {taken}: ' in shown and f"  int8     {taken}" in shown


def test_auto_passes_over_what_does_not_work(artifact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("litebert.backends.preference.read_cpu", lambda: FAST)
    monkeypatch.setattr(doctor, "_problem", lambda program: "broken" if "[1]" in program else None)
    (found,) = doctor.diagnose([artifact]).artifacts
    assert found.auto == "onnxruntime" and ", does not work; pip install" in found.reason


def test_machines_are_told_in_words() -> None:
    slow = "\n".join(
        (*doctor_lines._cpu_lines(SLOW), *doctor_lines._core_lines(Cores(4, 2, 1.5, "powersave", 1500)))
    )
    assert "VNNI no" in slow and "fastest with ONNX Runtime on this CPU" in slow
    assert "but little or no faster; early exits save time" in slow
    assert "4 in all, 2 usable by this process, 1.5 granted" in slow and "powersave, up to 1500 MHz" in slow
    pi = doctor_lines._cpu_lines(Cpu("aarch64", None, {"dotprod": False, "i8mm": False, "SVE": False}))
    assert "little or no faster" in pi[-1] and "model unknown" in pi[0]
    mac = doctor_lines._cpu_lines(Cpu("arm64", "arm", None))
    assert "not known on this system" in mac[1] and "LiteRT (ai-edge-litert) on most CPUs" in mac[-1]
    assert "cores: unknown" in doctor_lines._core_lines(Cores(None, None, None, None, None))
