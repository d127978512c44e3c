"""int8 sums on an x86-64 CPU without VNNI, which adds products in 16 bits unless asked not to.

CI's own CPU may have VNNI, so an emulated Haswell runs the golden cases (Debian's qemu-user).
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from old_engines import OLDEST

from litebert_exporter import export

pytestmark = pytest.mark.installed

ROOT = Path(__file__).parents[2]
STUDENT = ROOT / "examples" / "sst2-fastbert-3l"
HASWELL = ("qemu-x86_64", "-cpu", "Haswell-v4")
# The newest of this environment; 1.29.0 ends the process at an int8 product without a zero point, as the
# oldest does, and is the newest that a JVM can have.
ENGINES = ("newest", "onnxruntime==1.29.0", OLDEST["onnxruntime"])
# Prints the largest difference of a logit from the golden ones. What /proc/cpuinfo says is the real CPU's.
PROGRAM = """
import json, sys
from types import SimpleNamespace
import numpy as np
import litebert
from litebert.backends import onnx
folder, onnx.read_cpu = sys.argv[1], lambda: SimpleNamespace(int8_sums_saturate=sys.argv[2] == "exact")
worst = 0
with litebert.load(folder, "onnxruntime") as model, open(f"{folder}/golden.json") as file:
    for case in json.load(file)["onnx"]:
        text = case["text"] if isinstance(case["text"], str) else tuple(case["text"])
        worst = max(worst, np.abs(model.all_exits(text) - np.array(case["outputs"]["logits"])).max())
print(worst)
"""

Students = Callable[[str, str], Path]


@pytest.fixture(scope="module")
def students(tmp_path_factory: pytest.TempPathFactory) -> Students:
    """A function from a recipe and a layout to the shipped student's artifact, exported once."""
    base = tmp_path_factory.mktemp("students")

    def artifact(recipe: str, layout: str) -> Path:
        folder = base / f"{recipe}-{layout}"
        if not folder.exists():
            export(STUDENT, targets=["onnx"], quantize=recipe, layout=layout, out=folder)
        return folder

    return artifact


@pytest.fixture(scope="module", params=ENGINES)
def python(request: pytest.FixtureRequest, wheel: Path, install: Callable[..., Path]) -> str:
    """A Python with one of the engines."""
    if request.param == "newest":
        return sys.executable
    return str(install(str(wheel), request.param) / "python")


def _printed(*command: str, folder: Path | None = None) -> str:
    """The output of a command, which must end well: an abort fails here."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=folder)
    assert done.returncode == 0, f"exit code {done.returncode}: {done.stderr}"
    return done.stdout


# A rounding may fall to the other side, which costs a logit less than 0.02; an ill sum costs far more.


@pytest.mark.parametrize("layout", ["whole", "split", "branched"])
@pytest.mark.parametrize("recipe", ["int8", "int8-fast"])
def test_exact_arithmetic_repeats_the_golden_answers(
    python: str, students: Students, recipe: str, layout: str
) -> None:
    folder = str(students(recipe, layout))
    assert float(_printed(*HASWELL, python, "-c", PROGRAM, folder, "exact")) < 0.02
    assert float(_printed(python, "-c", PROGRAM, folder, "exact")) < 0.02  # on this CPU, of any kind


@pytest.mark.parametrize("recipe", ["int8", "int8-fast"])
def test_the_default_arithmetic_saturates(python: str, students: Students, recipe: str) -> None:
    folder = str(students(recipe, "whole"))
    assert float(_printed(*HASWELL, python, "-c", PROGRAM, folder, "default")) > 0.1


def test_the_example_for_a_plain_session_is_exact_by_one_line(
    python: str, students: Students, tmp_path: Path
) -> None:
    (tmp_path / "branched.litebert").symlink_to(students("int8", "branched"))
    page = (ROOT / "docs" / "early-exit.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    code = code.replace("a gripping film .", "an uneven , strange and lovely mess")  # where it shows
    without = re.sub(r"options\.add_session_config_entry.*", "", code)
    assert "lovely" in without != code

    def uncertainty(*command: str) -> float:
        return float(_printed(*command, folder=tmp_path).rpartition("[")[2].rstrip("]\n"))

    here = uncertainty(python, "-c", code)
    assert abs(uncertainty(*HASWELL, python, "-c", code) - here) < 1e-3
    assert abs(uncertainty(*HASWELL, python, "-c", without) - here) > 1e-2
