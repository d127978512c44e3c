"""The examples in docstrings of the public functions run, and give the answers that they show."""

from __future__ import annotations

import doctest
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import litebert
from litebert_exporter import export

STUDENT = Path(__file__).parents[2] / "examples" / "sst2-fastbert-3l"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the student and the artifact that the examples name."""
    path = tmp_path_factory.mktemp("examples")
    (path / "my-student").symlink_to(STUDENT)
    export(STUDENT, out=path / "sst2-fastbert-3l.litebert")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("documented", [litebert.Model, litebert.load, export])
def test_examples_in_docstrings_run(
    documented: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    names = {"litebert": litebert, "export": export}
    (example,) = doctest.DocTestFinder(recurse=False).find(documented, globs=names)
    found = doctest.DocTestRunner().run(example)
    assert found.attempted
    assert not found.failed
