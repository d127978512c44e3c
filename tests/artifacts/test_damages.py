"""Every damage in the table: one error of ours, of the class and at the moment that its row states."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from damage import CALIBRATED, EARLY, FIXED, TINY, Damage, verdict
from damages import DAMAGES
from students import TEXTS

from litebert.tools.calibrate import calibrate

_GROUPS: dict[str, list[Damage]] = {}
for _row in DAMAGES:
    _GROUPS.setdefault(_row.name.rpartition("/")[0], []).append(_row)


@pytest.fixture(scope="session")
def bases(
    artifact: Path, early_artifact: Path, fixed_artifact: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """The sound artifacts that are spoiled, by name."""
    calibrated = shutil.copytree(early_artifact, tmp_path_factory.mktemp("calibrated") / "early")
    calibrate(calibrated, TEXTS * 10)
    return {TINY: artifact, EARLY: early_artifact, CALIBRATED: calibrated, FIXED: fixed_artifact}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("group", _GROUPS)
def test_the_verdict_is_the_tables(
    group: str, bases: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = {row.name: found for row in _GROUPS[group] if (found := _unlike(row, bases[row.base]))}
    assert not wrong


def _unlike(row: Damage, base: Path) -> str:
    """Python's verdict where it is not the row's, else nothing."""
    folder = Path(shutil.copytree(base, "copy"))
    row.spoil(folder)
    found = verdict(folder)
    shutil.rmtree(folder)
    as_said = found.error == row.error and row.words in (found.message or "")
    return "" if as_said and (row.at in (None, found.at) or row.error is None) else repr(found)


def test_names_are_unique() -> None:
    names = [row.name for row in DAMAGES]
    assert sorted({*names}) == sorted(names)
