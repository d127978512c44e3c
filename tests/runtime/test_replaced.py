"""Artifacts whose files are replaced, changed, moved or removed while a model of them is open."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from manifests import BACKENDS
from students import bert_config, bert_tensors, exit_tensors, exits_config, write_checkpoint

import litebert
from litebert import ArtifactError, InputError
from litebert.artifact import open_artifact
from litebert.golden import read_golden
from litebert.tools.calibrate import calibrate
from litebert_exporter import export

TEXT = "the film is great"
REPLACED = "was replaced, changed or removed after the artifact was opened; open it again"
Change = Callable[[Path, Path], object]


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student with exits of the same shape as `early_artifact`, and its artifacts."""
    config = bert_config(num_hidden_layers=4, **exits_config())
    folder = tmp_path_factory.mktemp("other")
    tensors = bert_tensors(config, seed=1) | exit_tensors(4, 24, seed=1)
    write_checkpoint(folder / "early", config, tensors)
    return folder


@pytest.fixture
def live(early_artifact: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(early_artifact, tmp_path / "live.litebert"))


@pytest.fixture(scope="module")
def other(others: Path) -> Path:
    return export(others / "early", out=others / "other.litebert").artifact


def _force(live: Path, other: Path) -> None:
    export(other.parent / "early", out=live, force=True)


def _overwrite(live: Path, other: Path) -> None:
    shutil.copytree(other, live, dirs_exist_ok=True)


def _rename_over(live: Path, other: Path) -> None:
    """As rsync does it."""
    for path in (path for path in other.rglob("*") if path.is_file()):
        name = path.relative_to(other)
        shutil.copy2(path, live / f"{name}.new")
        os.replace(live / f"{name}.new", live / name)  # noqa: PTH105 - Path.replace is the same


def _touch(live: Path, other: Path) -> None:
    for path in live.rglob("*"):
        path.touch()


def _copy_again(live: Path, other: Path) -> None:
    shutil.copytree(live, live.with_name("copy"))
    _rename_over(live, live.with_name("copy"))


def _remove(live: Path, other: Path) -> None:
    shutil.rmtree(live)


def _move(live: Path, other: Path) -> None:
    live.rename(live.with_name("elsewhere"))


def _pipe(live: Path, other: Path) -> None:
    for path in [path for path in live.rglob("*") if path.is_file()]:
        path.unlink()
        os.mkfifo(path)


REPLACE = [_force, _rename_over, _remove, _move, _pipe]
OTHER_TIMES = [_touch, _copy_again]


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("change", [*REPLACE, *OTHER_TIMES, _overwrite])
def test_segments_that_are_not_open_yet(backend: str, change: Change, live: Path, other: Path) -> None:
    """LiteRT keeps the file mapped, so that only what overwrites it matters there."""
    old, new = (litebert.load(each, backend)(TEXT) for each in (live, other))
    assert old.logits != new.logits
    model = litebert.load(live, backend)
    assert model(TEXT, speed=1).exit_layer == 0
    change(live, other)
    keeps = change in OTHER_TIMES or (backend != "onnxruntime" and change in REPLACE)
    if keeps:
        assert model(TEXT) == old
    else:
        with pytest.raises(ArtifactError, match=REPLACED):
            model(TEXT)


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("change", [*REPLACE, *OTHER_TIMES, _overwrite])
def test_a_model_that_is_all_open(backend: str, change: Change, live: Path, other: Path) -> None:
    """It answers as before, unless the memory that is mapped has other content."""
    model = litebert.load(live, backend, preload=True)
    old = model(TEXT)
    change(live, other)
    if change is _overwrite:
        with pytest.raises(ArtifactError, match=REPLACED):
            model(TEXT)
    else:
        assert model(TEXT) == old


def test_lengths_that_are_not_open_yet(fixed_artifact: Path, other: Path, tmp_path: Path) -> None:
    live = Path(shutil.copytree(fixed_artifact, tmp_path / "live.litebert"))
    model = litebert.load(live)
    _force(live, other)
    with pytest.raises(ArtifactError, match=REPLACED):
        model(TEXT)


def test_a_graph_that_is_replaced_while_it_is_opened(
    live: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from litebert.backends import onnx

    opened = onnx.open_session

    def replaced(path: Path, options: object) -> object:
        if live.exists():
            _rename_over(live, other)
        return opened(path, options)

    monkeypatch.setattr(onnx, "open_session", replaced)
    with pytest.raises(ArtifactError, match=REPLACED):
        litebert.load(live, "onnxruntime")


def test_golden_cases_are_those_that_were_checked(live: Path, other: Path) -> None:
    artifact = open_artifact(live)
    _rename_over(live, other)
    with pytest.raises(ArtifactError, match=rf"golden\.json: {REPLACED}"):
        read_golden(artifact)


def test_a_calibration_is_not_written_into_another_artifact(live: Path, other: Path) -> None:
    answered: list[int] = []

    def replace_at_last(done: int, of: int) -> None:
        answered.append(done)
        if len(answered) == of * len(BACKENDS):
            _force(live, other)

    with pytest.raises(ArtifactError, match=r"manifest\.json: was replaced"):
        calibrate(live, [TEXT] * 3, progress=replace_at_last)
    assert open_artifact(live).targets["onnx"].calibration is None


def test_a_calibration_of_an_open_model_is_no_replacement(live: Path) -> None:
    """Only the manifest changes, which is read once."""
    model = litebert.load(live)
    calibrate(live, [TEXT] * 3)
    assert model(TEXT) == litebert.load(live)(TEXT)


def test_a_relative_path_after_a_change_of_folder(live: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(live.parent)
    old = litebert.load(live.name)(TEXT)
    model = litebert.load(live.name)
    monkeypatch.chdir("/")
    assert model(TEXT) == old


def test_a_link_that_is_set_anew(live: Path, other: Path) -> None:
    """How services change versions: the old one is still there."""
    link = live.with_name("current")
    link.symlink_to(live)
    model = litebert.load(link)
    link.unlink()
    link.symlink_to(other)
    assert model(TEXT) == litebert.load(live)(TEXT) != litebert.load(link)(TEXT)


def test_a_current_folder_that_is_gone(live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for path in ("../live.litebert", "live.litebert", "."):
        with pytest.raises(InputError, match="expected an artifact"):
            litebert.load(path)
    assert litebert.load(live)(TEXT)


def test_a_path_that_the_system_refuses() -> None:
    with pytest.raises(InputError, match="File name too long; expected an artifact that can be read"):
        litebert.load("x" * 5000)
