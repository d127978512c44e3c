"""int8 sums on an x86-64 CPU without VNNI, which adds products in 16 bits unless asked not to.

CI's own CPU may have VNNI, so an emulated Haswell runs the golden cases (Debian's qemu-user).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from litebert_exporter import export

pytestmark = pytest.mark.installed

STUDENT = Path(__file__).parents[2] / "examples" / "sst2-fastbert-3l"
# Prints the largest difference of a logit from the golden ones. What /proc/cpuinfo says is the real CPU's.
PROGRAM = """
import json, sys
from types import SimpleNamespace
import numpy as np
import litebert
from litebert.backends import onnx
from litebert.tokenizer import Encoding
folder, onnx.read_cpu = sys.argv[1], lambda: SimpleNamespace(int8_sums_saturate=sys.argv[2] == "exact")
worst = 0
with litebert.load(folder, "onnxruntime") as model, open(f"{folder}/golden.json") as file:
    for case in json.load(file)["onnx"]:
        encoding = Encoding(tuple(case["input_ids"]), tuple(case["token_type_ids"]))
        worst = max(worst, np.abs(model.exit_logits([encoding])[0] - np.array(case["logits"])).max())
print(worst)
"""


def test_exact_arithmetic_repeats_the_golden_answers_without_vnni(tmp_path: Path) -> None:
    folder = export(STUDENT, targets=["onnx"], out=tmp_path / "student").artifact

    def worst(arithmetic: str) -> float:
        emulated = [
            "qemu-x86_64",
            "-cpu",
            "Haswell-v4",
            sys.executable,
            "-c",
            PROGRAM,
            str(folder),
            arithmetic,
        ]
        done = subprocess.run(emulated, capture_output=True, text=True, timeout=300, check=True)
        return float(done.stdout)

    # A rounding may still fall to the other side; an ill sum is off by far more, as the default shows.
    assert worst("exact") < 0.02 < worst("default")
