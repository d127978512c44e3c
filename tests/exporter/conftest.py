"""The common fixtures of the exporter's tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from references import Export

os.environ["HF_HUB_OFFLINE"] = "1"  # read by transformers when it is imported: no test asks the network

from litebert_exporter.pipeline import export


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Keeps torch, where a test uses it, on one thread: more only wait for each other on tiny models."""
    from importlib.util import find_spec

    if find_spec("torch") is not None:
        import torch

        torch.set_num_threads(1)
    yield


@pytest.fixture(scope="session")
def export_to(tmp_path_factory: pytest.TempPathFactory) -> Export:
    """Returns a function that exports a checkpoint for one target and returns the artifact.

    The recipe is "none" unless the test names another: parity is about float32.
    """

    def run(checkpoint: Path, target: str, **options: Any) -> Path:
        out = tmp_path_factory.mktemp("artifact") / "model.litebert"
        export(checkpoint, targets=(target,), out=out, **{"quantize": "none", **options})
        return out

    return run
