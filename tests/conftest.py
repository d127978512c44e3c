"""Artifacts that many tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from students import bert_config, bert_tensors, write_checkpoint

from litebert_exporter import export


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
