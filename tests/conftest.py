"""Artifacts that many tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from students import bert_config, bert_tensors, exit_tensors, exits_config, write_checkpoint
from tiers import REFERENCE

from litebert.machine import read_cpu
from litebert_exporter import export


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="neither reference nor slow tests")
    parser.addoption(
        "--emulated", action="store_true", help="on an emulated x86 without VNNI, which /proc/cpuinfo denies"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("emulated"):  # read from here, whichever module asks
        read_cpu.__wrapped__.__defaults__ = (Path(__file__).with_name("old_cpu"),)
        read_cpu.cache_clear()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves out what a fast run cannot even import."""
    return True if config.getoption("fast") and collection_path in REFERENCE else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks the tests of the reference folders; a fast run leaves out the slow ones."""
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in REFERENCE):
            item.add_marker(pytest.mark.reference)
    if config.getoption("fast"):
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny sentiment BERT."""
    config = bert_config()
    return write_checkpoint(tmp_path_factory.mktemp("shared") / "tiny", config, bert_tensors(config))


@pytest.fixture(scope="session")
def artifact(checkpoint: Path) -> Path:
    """The tiny BERT for both targets, int8."""
    return export(checkpoint, out=checkpoint.parent / "tiny.litebert").artifact


@pytest.fixture(scope="session")
def float_artifact(checkpoint: Path) -> Path:
    """The tiny BERT for both targets, float32."""
    return export(checkpoint, out=checkpoint.parent / "float.litebert", quantize="none").artifact


@pytest.fixture(scope="session")
def early_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT of 4 layers with an exit behind each."""
    config = bert_config(num_hidden_layers=4, **exits_config())
    folder = tmp_path_factory.mktemp("early") / "early"
    return write_checkpoint(folder, config, bert_tensors(config) | exit_tensors(4, 24))


@pytest.fixture(scope="session")
def early_artifact(early_checkpoint: Path) -> Path:
    """The tiny BERT with exits, split, for both targets, int8."""
    return export(early_checkpoint, out=early_checkpoint.parent / "early.litebert").artifact


@pytest.fixture(scope="session")
def branched_artifact(early_checkpoint: Path) -> Path:
    """The tiny BERT with exits, branched, for ONNX, int8."""
    out = early_checkpoint.parent / "branched.litebert"
    return export(early_checkpoint, out=out, targets=("onnx",), layout="branched").artifact


@pytest.fixture(scope="session")
def fixed_artifact(early_checkpoint: Path) -> Path:
    """The tiny BERT with exits, split, at two fixed lengths for TFLite, float32."""
    out = early_checkpoint.parent / "fixed.litebert"
    options = {"targets": ["tflite"], "quantize": "none", "lengths": (16, 48)}
    return export(early_checkpoint, out=out, **options).artifact
