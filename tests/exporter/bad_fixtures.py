"""Fixtures of the tests of bad input, which name this module in `pytest_plugins`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_inputs import Refuse, error_line, nothing_left

import litebert.tools.cli
import litebert_exporter.export_cli
from litebert.errors import LiteBertError


@pytest.fixture
def student(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound checkpoint called `student` in the current folder, to be spoiled."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(checkpoint, "student")
    return Path("student")


@pytest.fixture
def artifact_copy(artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound artifact called `copy` in the current folder, to be spoiled."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(artifact, "copy")
    return Path("copy")


@pytest.fixture
def refuse_export(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """Returns a function that runs `litebert-export` on its arguments and returns the error line."""
    return _refuser(litebert_exporter.export_cli, capfd, monkeypatch)


@pytest.fixture
def refuse_run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """Returns a function that runs `litebert` on its arguments and returns the error line."""
    return _refuser(litebert.tools.cli, capfd, monkeypatch)


def _refuser(module: Any, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Refuse:
    raised: list[type[LiteBertError]] = []
    guarded = litebert.tools.command_line.guarded

    def recording(run: Callable[[], int]) -> int:
        def recorded() -> int:
            try:
                return run()
            except LiteBertError as error:
                raised.append(type(error))
                raise

        return guarded(recorded)

    monkeypatch.setattr(module, "guarded", recording)

    def refuse(kind: type[LiteBertError] | None, *arguments: str) -> str:
        raised.clear()
        with nothing_left(Path.cwd()):
            code = module.main(list(arguments))
        shown = capfd.readouterr()
        assert (code, shown.out, raised) == (1, "", [kind] if kind else []), shown.err
        return error_line(shown.err)

    return refuse
