"""Which engine runs what."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ai_edge_litert.interpreter
import numpy as np
import pytest
from onnxruntime.capi import onnxruntime_pybind11_state

import litebert
from litebert import ArtifactError, InputError, MissingExtraError
from litebert.artifact import open_artifact
from litebert.backends import ENGINE_ERRORS, ENGINES, tflite_runtime
from litebert.backends.preference import preferred
from litebert.backends.selection import engines_for, open_engine, working_engines
from litebert.machine import Cpu
from litebert.tools.cli import main
from litebert.tools.data import Example
from litebert.tools.verify import evaluate, verify_artifact

Installed = Callable[..., None]
ONNX, LITERT, OLD, TENSORFLOW = (engine.name for engine in ENGINES)

ONNXRUNTIME_ERRORS = [
    getattr(onnxruntime_pybind11_state, name)
    for name in ("Fail", "NoSuchFile", "NoModel", "EngineError", "ModelLoaded", "EPFail", "InvalidGraph")
]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Installed:
    """Returns a function that makes just these modules look installed.

    LiteRT's interpreter replaces those of tflite-runtime and TensorFlow, which CI tries in environments
    of their own (tests/installed).
    """

    def these(*modules: str, interpreter: Any = ai_edge_litert.interpreter.Interpreter) -> None:
        monkeypatch.setattr("litebert.backends.find_spec", lambda name: True if name in modules else None)
        old = SimpleNamespace(Interpreter=interpreter)
        monkeypatch.setitem(sys.modules, "tflite_runtime", SimpleNamespace(interpreter=old))
        monkeypatch.setitem(sys.modules, "tflite_runtime.interpreter", old)
        monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(lite=old, __version__="9"))
        monkeypatch.setattr(tflite_runtime, "np", SimpleNamespace(lib=np.lib, __version__="1.26.4"))

    return these


EXAMPLES = [Example("good", 1)]
ALL = ("onnxruntime", "ai_edge_litert", "tflite_runtime", "tensorflow")
ZEN_5, ZEN_1 = (Cpu("x86_64", None, {"AVX2": True, "AVX-512": new, "VNNI": new}) for new in (True, False))
PI_5, PI_4 = (Cpu("aarch64", None, {"dotprod": new, "i8mm": False, "SVE": False}) for new in (True, False))
MAC, WINDOWS = Cpu("arm64", "arm", None), Cpu("AMD64", None, None)


@pytest.mark.parametrize(
    ("modules", "recipe", "cpu", "expected"),
    [
        (ALL, "int8", ZEN_5, LITERT),
        (ALL, "int8", ZEN_1, ONNX),
        (ALL, "none", ZEN_5, ONNX),
        (("onnxruntime", "tflite_runtime", "tensorflow"), "int8", ZEN_5, ONNX),
        (ALL[1:], "int8", ZEN_1, LITERT),
        (ALL[2:], "none", ZEN_5, OLD),
        (ALL[2:], "int8", ZEN_5, TENSORFLOW),
    ],
)
def test_auto_takes_the_fastest_that_runs_the_recipe(
    modules: tuple[str, ...],
    recipe: str,
    cpu: Cpu,
    expected: str,
    artifact: Path,
    float_artifact: Path,
    installed: Installed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("litebert.backends.preference.read_cpu", lambda: cpu)
    folder = artifact if recipe == "int8" else float_artifact
    with litebert.load(folder) as model:
        wanted = model("the film")
    installed(*modules)
    with litebert.load(folder) as model:
        assert model.backend == expected
        assert model("the film").logits == pytest.approx(wanted.logits, abs=0.05)
    with litebert.load(folder, expected) as model:
        assert model.backend == expected


@pytest.mark.parametrize(
    ("cpu", "fast"),
    [(ZEN_5, LITERT), (PI_5, LITERT), (MAC, LITERT), (WINDOWS, LITERT), (ZEN_1, ONNX), (PI_4, ONNX)],
)
def test_the_fastest_depends_on_cpu_recipe_and_lengths(
    cpu: Cpu, fast: str, artifact: Path, float_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("litebert.backends.preference.read_cpu", lambda: cpu)
    int8, float32 = (open_artifact(path).targets for path in (artifact, float_artifact))
    assert preferred(int8).engine == fast
    assert preferred(float32).engine == ONNX
    assert preferred({**int8, "tflite": replace(int8["tflite"], lengths=(16, 64))}).engine == ONNX
    assert preferred({"onnx": int8["onnx"]}).engine == ONNX
    assert preferred({"tflite": float32["tflite"]}).engine == LITERT


def test_what_an_artifact_has_no_second_target_for(branched_artifact: Path, fixed_artifact: Path) -> None:
    for folder, engine in ((branched_artifact, ONNX), (fixed_artifact, LITERT)):
        with litebert.load(folder) as model:
            assert model.backend == engine


@pytest.mark.parametrize(
    ("cpu", "cures"),
    [
        (ZEN_1, r'use pip install "litebert\[onnx\]" or pip install "litebert\[litert\]"$'),
        (ZEN_5, r'use pip install "litebert\[litert\]" or pip install "litebert\[onnx\]"$'),
    ],
)
def test_auto_finds_no_engine_that_runs_the_recipe(
    cpu: Cpu, cures: str, artifact: Path, installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed("tflite_runtime")
    monkeypatch.setattr("litebert.backends.preference.read_cpu", lambda: cpu)
    with pytest.raises(MissingExtraError, match=cures):
        litebert.load(artifact)


def test_a_recipe_that_an_engine_gets_wrong_is_refused_before_it_is_opened(
    artifact: Path, installed: Installed, capsys: pytest.CaptureFixture[str]
) -> None:
    installed("tflite_runtime", interpreter=None)
    assert main(["run", str(artifact), "the film", "--backend", "tflite-runtime"]) == 1
    line = capsys.readouterr().err
    assert line.count("\n") == 1 and "runs float32 graphs only, the artifact's are int8" in line
    assert 'use onnxruntime (pip install "litebert[onnx]") or ai-edge-litert (pip' in line
    targets = open_artifact(artifact).targets
    with pytest.raises(InputError, match=r'use ai-edge-litert \(pip install "litebert\[litert\]"\) or'):
        open_engine("tflite-runtime", {"tflite": targets["tflite"]}, artifact, 1)


def test_a_graph_that_an_engine_refuses_names_another(float_artifact: Path, installed: Installed) -> None:
    def refuse(**options: Any) -> Any:
        raise ValueError("Didn't find op for builtin opcode 'GELU' version '9'.\nRegistration failed.\n")

    installed("tflite_runtime", "tensorflow", interpreter=refuse)
    for backend, name in (("tflite-runtime", "tflite-runtime"), ("tensorflow", "TensorFlow")):
        with pytest.raises(
            ArtifactError, match=rf"{name} refuses it \(.*version '9'\.\); use ai-edge-litert"
        ):
            litebert.load(float_artifact, backend)


@pytest.mark.parametrize(
    ("cpu", "names", "drivers"),
    [(ZEN_1, (ONNX, LITERT), ("onnx", "litert")), (ZEN_5, (LITERT, ONNX), ("litert", "onnx"))],
)
def test_auto_passes_over_a_broken_engine(
    cpu: Cpu,
    names: tuple[str, str],
    drivers: tuple[str, str],
    artifact: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(folder: Path, threads: int, opening: object) -> Any:
        raise OSError("invalid ELF header")

    monkeypatch.setattr("litebert.backends.preference.read_cpu", lambda: cpu)
    monkeypatch.setattr(f"litebert.backends.{drivers[0]}.opener", broken)
    with pytest.raises(MissingExtraError, match=rf"{names[0]} is installed, but .* ELF"):
        litebert.load(artifact, names[0])
    with litebert.load(artifact) as model:
        assert model.backend == names[1]
    monkeypatch.setattr(f"litebert.backends.{drivers[1]}.opener", broken)
    with pytest.raises(MissingExtraError, match=rf"{names[1]} is installed, but .* ELF"):
        litebert.load(artifact)


def test_a_broken_engine_says_so(
    float_artifact: Path, installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed("tflite_runtime", "tensorflow", "ai_edge_litert")
    monkeypatch.setattr(tflite_runtime, "np", SimpleNamespace(lib=np.lib, __version__="2.4.6"))
    with pytest.raises(MissingExtraError, match=r'built for numpy below 2, this is 2\.4\.6.*"numpy<2"'):
        litebert.load(float_artifact, "tflite-runtime")
    for without in ({"lite": SimpleNamespace()}, {}):
        monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(**without, __version__="3.0"))
        with pytest.raises(MissingExtraError, match=r"TensorFlow 3\.0 has no tf\.lite\.Interpreter any more"):
            litebert.load(float_artifact, "tensorflow")
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(MissingExtraError, match="ai-edge-litert is installed, but cannot be imported"):
        litebert.load(float_artifact, "ai-edge-litert")


def test_work_on_all_targets_goes_on_without_a_broken_engine(
    early_artifact: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(folder: Path, threads: int, opening: object) -> Any:
        raise ValueError("numpy.dtype size changed")

    targets = open_artifact(early_artifact).targets
    monkeypatch.setattr("litebert.backends.onnx.opener", broken)
    assert main(["verify", str(early_artifact)]) == 0
    printed = capsys.readouterr().out
    assert "onnx     not checked: onnxruntime is installed, but cannot be imported (numpy.dtype" in printed
    assert "golden cases agree: ai-edge-litert repeats" in printed
    with pytest.warns(UserWarning, match=r"^the onnx graph is left out: onnxruntime is .* size changed"):
        assert [engine.name for engine in working_engines(targets)] == [LITERT]
    assert [each.target for each in evaluate(open_artifact(early_artifact), EXAMPLES)] == ["tflite"]
    monkeypatch.setattr("litebert.backends.litert.opener", broken)
    assert main(["verify", str(early_artifact)]) == 1
    assert "error: onnxruntime is installed, but cannot be imported" in capsys.readouterr().err
    with pytest.raises(MissingExtraError, match="onnxruntime is installed, but cannot be imported"):
        working_engines(targets)


def test_two_engines_of_a_target_do_the_work_once(artifact: Path, installed: Installed) -> None:
    installed("onnxruntime", "ai_edge_litert", "tflite_runtime", "tensorflow")
    assert [replay.engine for replay in verify_artifact(artifact)] == [ONNX, LITERT]
    assert [each.target for each in evaluate(open_artifact(artifact), EXAMPLES)] == ["onnx", "tflite"]
    installed("tflite_runtime")
    assert [(each.engine, each.installed) for each in verify_artifact(artifact)] == [
        (ONNX, False),
        (LITERT, False),
    ]
    installed("tflite_runtime", "tensorflow")
    assert [each.name for each in engines_for(open_artifact(artifact).targets)] == [ONNX, TENSORFLOW]


def test_looking_for_an_engine_does_not_import_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text("raise AssertionError", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    assert ENGINES[-1].installed and "tensorflow" not in sys.modules


@pytest.mark.parametrize("kind", [*ONNXRUNTIME_ERRORS, *ENGINE_ERRORS], ids=lambda kind: kind.__name__)
def test_any_error_of_an_engine_becomes_ours(
    kind: type[Exception], early_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it is opened at first, later, and at every answer."""

    def fails(*arguments: object, **options: object) -> object:
        raise kind("of the engine\nwith a stack")

    model = litebert.load(early_artifact, ONNX)
    session = model._runner._network._sessions[0]._session  # type: ignore[union-attr]
    monkeypatch.setattr("onnxruntime.InferenceSession", fails)
    with pytest.raises(ArtifactError, match=r"ONNX Runtime refuses it \(.*of the engine"):
        model("the film")
    with pytest.raises(ArtifactError, match=r"ONNX Runtime refuses it \(.*of the engine"):
        litebert.load(early_artifact, ONNX)
    monkeypatch.setattr(type(session), "run", fails)
    with pytest.raises(ArtifactError, match=r"ONNX Runtime refuses it \(.*of the engine"):
        model("the film", speed=1)


@pytest.mark.parametrize("kind", ENGINE_ERRORS, ids=lambda kind: kind.__name__)
def test_any_error_of_an_interpreter_becomes_ours(
    kind: type[Exception], artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: object, **options: object) -> object:
        raise kind("of the engine")

    model = litebert.load(artifact, LITERT)
    monkeypatch.setattr("ai_edge_litert.interpreter.SignatureRunner.__call__", fails)
    with pytest.raises(ArtifactError, match=r"LiteRT refuses it \(.*of the engine"):
        model("the film")
    monkeypatch.setattr("ai_edge_litert.interpreter.Interpreter", fails)
    with pytest.raises(ArtifactError, match=r"LiteRT refuses it \(.*of the engine"):
        litebert.load(artifact, LITERT)
