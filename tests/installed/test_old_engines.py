"""The oldest engines we name, and LiteRT's predecessors, which must be right or refuse.

What they do on a CPU without VNNI is in test_cpu.py.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from old_engines import OLDEST

pytestmark = pytest.mark.installed

Install = Callable[..., Path]

# Replays golden cases with a bare TFLite interpreter; prints the largest share of the tolerance.
BARE_INTERPRETER = """
import json, sys
import numpy as np
from tflite_runtime.interpreter import Interpreter
folder = sys.argv[1]
runner = Interpreter(f"{folder}/tflite/model.tflite").get_signature_runner("whole")
worst = 0
for case in json.load(open(f"{folder}/golden.json"))["tflite"]:
    ids = np.array([case["input_ids"]], np.int32)
    types = np.array([case["token_type_ids"]], np.int32)
    logits = runner(input_ids=ids, attention_mask=np.ones_like(ids), token_type_ids=types)["logits"]
    worst = max(worst, np.abs(logits - np.array(case["outputs"]["logits"])).max() / case["tolerance"])
print(worst)
"""


@pytest.mark.parametrize("requirement", OLDEST.values())
def test_the_oldest_engine_repeats_the_golden_answers(
    wheel: Path,
    install: Install,
    artifact: Path,
    float_artifact: Path,
    early_artifact: Path,
    branched_artifact: Path,
    requirement: str,
) -> None:
    programs = install(str(wheel), requirement)
    early = (early_artifact, branched_artifact) if "onnx" in requirement else (early_artifact,)
    for folder in (artifact, float_artifact, *early):
        command = [str(programs / "litebert"), "verify", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "8 golden cases agree" in done.stdout


def _litebert(programs: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(programs / "litebert"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def tflite_runtime(wheel: Path, install: Install) -> Path:
    """The programs of an environment with tflite-runtime alone."""
    return install(str(wheel), "tflite-runtime==2.14.0", "numpy<2")


def test_tflite_runtime_answers_float_and_names_other_engines_for_int8(
    tflite_runtime: Path, artifact: Path, float_artifact: Path, fixed_artifact: Path
) -> None:
    for folder in (float_artifact, fixed_artifact):
        verified = _litebert(tflite_runtime, "verify", folder)
        assert verified.returncode == 0 and "8 golden cases agree" in verified.stdout, verified.stderr
    answer = _litebert(tflite_runtime, "run", float_artifact, "the film", "--backend", "tflite-runtime")
    assert answer.stdout.split("\t")[0] in ("negative", "positive")
    for backend, words in (
        ("tflite-runtime", "float32 graphs only"),
        ("auto", "no engine for this artifact"),
    ):
        refused = _litebert(tflite_runtime, "run", artifact, "the film", "--backend", backend)
        assert refused.returncode == 1 and refused.stderr.count("\n") == 1
        assert all(each in refused.stderr for each in (words, "litebert[onnx]", "litebert[litert]"))


def test_tensorflow_answers(
    wheel: Path, install: Install, artifact: Path, float_artifact: Path, fixed_artifact: Path
) -> None:
    programs = install(str(wheel), "tensorflow-cpu==2.19.1")
    for folder in (artifact, float_artifact, fixed_artifact):
        verified = _litebert(programs, "verify", folder)
        assert verified.returncode == 0 and "8 golden cases agree" in verified.stdout, verified.stderr
    answer = _litebert(programs, "run", artifact, "the film", "--backend", "tensorflow")
    assert answer.stdout.split("\t")[0] in ("negative", "positive")
    assert "deprecated" not in answer.stderr


def test_tflite_runtime_is_right_or_refuses(
    tflite_runtime: Path, artifact: Path, float_artifact: Path
) -> None:
    python = str(tflite_runtime / "python")
    right = subprocess.run(
        [python, "-c", BARE_INTERPRETER, str(float_artifact)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert float(right.stdout) < 1
    refused = subprocess.run(
        [python, "-c", BARE_INTERPRETER, str(artifact)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert refused.returncode != 0 and "FULLY_CONNECTED" in refused.stderr and "12" in refused.stderr
