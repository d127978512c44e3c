"""More threads than cores wait for each other: 999 gave no answer in 100 seconds. They are bounded."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bad_inputs import SECONDS, command

import litebert
from litebert import InputError, machine
from litebert.machine import Cores, usable_threads

CORES = len(os.sched_getaffinity(0))
pytestmark = pytest.mark.skipif(CORES > 900, reason="999 threads are not too many for this machine")


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["onnxruntime", "ai-edge-litert"])
def test_an_answer_with_a_word(backend: str, artifact: Path) -> None:
    with pytest.warns(UserWarning, match=r"threads is 999, but this process may use \d+ cores at once"):
        model = litebert.load(artifact, backend, threads=999)
    with litebert.load(artifact, backend) as one:
        assert model("a good film").label == one("a good film").label
    finished = command(
        "litebert", "run", str(artifact), "--backend", backend, "--threads", "999", "a good film"
    )
    line, *more = [line for line in finished.err.splitlines() if not line.startswith("INFO: ")]
    assert (finished.code, more) == (0, []) and line.startswith(
        "warning: --threads is 999, but this process may"
    )
    assert finished.out.startswith(("positive", "negative")) and finished.seconds < SECONDS


@pytest.mark.slow
def test_bench_measures_what_it_says(artifact: Path, tmp_path: Path) -> None:
    out = tmp_path / "records.jsonl"
    finished = command(
        *("litebert", "bench", str(artifact), "--threads", "1,998,999", "--limit", "2", "--rounds", "1"),
        *("--processes", "1", "--json", str(out)),
    )
    assert finished.code == 0, finished.err
    assert [line[:24] for line in finished.err.splitlines() if line.startswith("warning")] == [
        "warning: --threads is 99",
        "warning: --threads is 99",
    ]
    records = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert {each["threads"] for each in records if "threads" in each} <= {1, CORES}


@pytest.mark.parametrize(
    ("cores", "asked", "expected"),
    [
        (Cores(64, 4, None, None, None), 8, 4),
        (Cores(64, 64, 2.0, None, None), 8, 2),
        (Cores(64, 64, 0.5, None, None), 8, 1),
        (Cores(64, 64, 1.5, None, None), 2, 2),
        (Cores(6, None, None, None, None), 8, 6),
        (Cores(None, None, None, None, None), 8, 8),
        (Cores(4, 4, None, None, None), 4, 4),
        (Cores(1, 1, None, None, None), 1, 1),
    ],
)
def test_the_cores_that_count(
    cores: Cores, asked: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of its mask, and the time that its control group grants."""
    monkeypatch.setattr(machine, "read_cores", lambda: cores)
    told: list[str] = []
    assert usable_threads(asked, told.append) == expected
    assert len(told) == (expected < asked)


@pytest.mark.parametrize(
    "wrong", [0, -1, True, 1.0, 1.5, "2", None, np.bool_(True), np.float64(1), np.array([1, 2])]
)
def test_threads_that_are_no_number(wrong: Any, artifact: Path) -> None:
    with pytest.raises(InputError, match="expected a whole number from 1"):
        litebert.load(artifact, threads=wrong)


def test_numpy_counts_too(artifact: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with litebert.load(artifact, threads=np.int64(1)) as model:
            assert model("a good film").label
