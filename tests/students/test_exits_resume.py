"""Exits after a kill: what is kept, continued, swept or left alone."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import students

from litebert.errors import InputError
from litebert_students.exit_heads import HeadShape
from litebert_students.exit_recipe import ExitsRecipe, make_exits
from litebert_students.training import EpochReport

RECIPE = ExitsRecipe(head=HeadShape(size=8), epochs=3, batch_size=4)
OPTIONS = ["--head-size", "8", "--epochs", "3", "--batch-size", "4"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Returns a folder with a tiny BERT of three layers."""
    config = students.bert_config(num_hidden_layers=3)
    return students.write_checkpoint(tmp_path / "model", config, students.bert_tensors(config))


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """Returns a file of 20 texts of nine lengths."""
    path = tmp_path / "texts.txt"
    path.write_text("".join(f"{'good film ' * (1 + i % 9)}{'. ' * (i % 2)}\n" for i in range(20)))
    return path


def read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def interrupt(model: Path, texts: Path, out: Path, recipe: ExitsRecipe) -> None:
    """Stops a run after its first epoch."""

    def stop(report: EpochReport) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_exits(model, texts, out, recipe, on_epoch=stop)


def test_a_killed_run_is_continued_to_the_same_bytes(
    kill_at: Callable[..., None], model: Path, texts: Path, tmp_path: Path
) -> None:
    out, work = tmp_path / "out", tmp_path / "out.exits.partial"
    arguments = [str(model), "--texts", str(texts), *OPTIONS, "-o", str(out)]
    sizes = []
    for module, function, calls in (
        ("hidden_cache", "run_layers", 23),  # 18 were for mean and deviation
        ("exit_recipe", "distillation_loss", 7),  # in the second epoch of five steps
        ("exit_checkpoint", "_copy_tokenizer", 1),
    ):
        kill_at("exits_cli", module, function, calls, arguments)
        assert not out.exists()
        sizes.append({path.name.partition("-")[0]: path.stat().st_size for path in work.iterdir()})
    assert sizes[0]["texts"] < sizes[1]["texts"] == sizes[2]["texts"]
    assert sizes[0].keys() < sizes[1].keys()

    reports: list[EpochReport] = []
    again: list[tuple[float, str]] = []
    make_exits(model, texts, out, RECIPE, on_epoch=reports.append, on_share=lambda *each: again.append(each))
    assert reports == []  # all epochs were done
    told: list[tuple[float, str]] = []
    make_exits(model, texts, tmp_path / "whole", RECIPE, on_share=lambda *each: told.append(each))
    for shares in (again, told):
        assert sum(share for share, _ in shares) == pytest.approx(1)
    phases = [*dict.fromkeys(phase for _, phase in told if phase)]
    assert [phases[0], phases[2], *phases[4:6], phases[-1]] == [
        "reading",
        "measuring the range of the hidden states",
        "epoch 1/3",
        "epoch 1/3, measuring",
        "writing",
    ]
    assert read(out) == read(tmp_path / "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "out", "texts.txt", "whole"]


def test_epochs_are_not_repeated(model: Path, texts: Path, tmp_path: Path) -> None:
    reports: list[EpochReport] = []
    interrupt(model, texts, tmp_path / "out", RECIPE)
    make_exits(model, texts, tmp_path / "out", RECIPE, on_epoch=reports.append)
    assert [report.epoch for report in reports] == [2, 3]


@pytest.mark.parametrize("change", ["recipe", "texts", "model", "head"])
def test_another_run_begins_anew(change: str, model: Path, texts: Path, tmp_path: Path) -> None:
    interrupt(model, texts, tmp_path / "out", RECIPE)
    recipe = RECIPE
    if change == "recipe":
        recipe = replace(RECIPE, learning_rate=2e-3)
    elif change == "head":
        recipe = replace(RECIPE, head=HeadShape("linear"))
    elif change == "texts":
        texts.write_text(texts.read_text() + "bad\n")
    else:
        config = students.bert_config(num_hidden_layers=3)
        students.write_checkpoint(model, config, students.bert_tensors(config, seed=1))
    reports: list[EpochReport] = []
    make_exits(model, texts, tmp_path / "out", recipe, on_epoch=reports.append)
    make_exits(model, texts, tmp_path / "fresh", recipe)
    assert [report.epoch for report in reports] == [1, 2, 3]
    assert read(tmp_path / "out") == read(tmp_path / "fresh")
    assert not (tmp_path / "out.exits.partial").exists()


def test_a_foreign_file_in_the_work_folder_is_left_alone(model: Path, texts: Path, tmp_path: Path) -> None:
    work = tmp_path / "out.exits.partial"
    work.mkdir()
    (work / "notes.txt").write_text("precious")
    make_exits(model, texts, tmp_path / "out", RECIPE)
    assert read(work) == {"notes.txt": b"precious"}


@pytest.mark.parametrize("pipe", [False, True])
def test_a_link_or_a_pipe_in_the_work_folder_is_not_written_through(
    pipe: bool, model: Path, texts: Path, tmp_path: Path
) -> None:
    interrupt(model, texts, tmp_path / "out", RECIPE)
    (tmp_path / "precious").write_bytes(b"mine")
    for path in [*(tmp_path / "out.exits.partial").iterdir()]:
        path.unlink()
        os.mkfifo(path) if pipe else path.symlink_to("../precious")
    make_exits(model, texts, tmp_path / "out", RECIPE)
    make_exits(model, texts, tmp_path / "fresh", RECIPE)
    assert read(tmp_path / "out") == read(tmp_path / "fresh")
    assert (tmp_path / "precious").read_bytes() == b"mine"
    assert not (tmp_path / "out.exits.partial").exists()


def test_two_runs_do_not_share_a_work_folder(model: Path, texts: Path, tmp_path: Path) -> None:
    interrupt(model, texts, tmp_path / "out", RECIPE)
    work = tmp_path / "out.exits.partial"
    before = read(work)
    lock = os.open(work, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="another run is at work"):
            make_exits(model, texts, tmp_path / "out", RECIPE)
    finally:
        os.close(lock)
    assert read(work) == before


def test_work_that_cannot_be_written_is_an_input_error(model: Path, texts: Path, tmp_path: Path) -> None:
    (tmp_path / "out.exits.partial").write_text("a file")
    with pytest.raises(InputError, match="cannot be used"):
        make_exits(model, texts, tmp_path / "out", RECIPE)
    assert (tmp_path / "out.exits.partial").read_text() == "a file"


def test_a_disk_too_small_is_told_at_once(
    model: Path, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 100}))
    with pytest.raises(InputError, match="make room"):
        make_exits(model, texts, tmp_path / "out", RECIPE)
    assert not (tmp_path / "out.exits.partial").exists()


def test_a_reader_of_the_output_that_leaves_costs_nothing(model: Path, texts: Path, tmp_path: Path) -> None:
    def leave(report: EpochReport) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        make_exits(model, texts, tmp_path / "out", RECIPE, on_epoch=leave)
    assert any((tmp_path / "out.exits.partial").iterdir())
