"""Progress on stderr: a bar on a terminal, lines elsewhere, and nothing that disturbs."""

from __future__ import annotations

import io
import sys
import time

import pytest

from litebert.tools import progress
from litebert.tools.progress import Bar, bar, part_of, terminal_columns

MARKS = ("█", "·")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, in its only element."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("columns", [1, 2, 10, 20, 40, 80, 300])
def test_a_bar_fits_its_terminal(columns: int) -> None:
    shown = bar(0.5, 30, "verify onnx", columns, MARKS)
    assert len(shown) < columns
    assert columns < 80 or shown.endswith(" 50%, 30 s left  verify onnx")
    assert columns < 80 or shown.count("█") == shown.count("·")


@pytest.mark.parametrize(
    ("share", "seconds", "left"),
    [(0.5, 0.5, ""), (0.5, 5, ", 5 s left"), (0.01, 60, ", 99 min left"), (1, 9, ", 0 s left")],
)
def test_a_bar_says_what_is_left_once_it_can_know(share: float, seconds: float, left: str) -> None:
    assert bar(share, seconds, "it", 80, MARKS).endswith(f"{share:.0%}{left}  it")


def test_what_nobody_knows_the_share_of_has_no_bar() -> None:
    assert bar(0, 5, "opening x", 80, MARKS) == "opening x ..."
    assert bar(0, 5, "opening x", 8, MARKS) == "opening"


def test_a_terminal_sees_a_bar_that_vanishes(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    monkeypatch.setattr(sys, "stderr", screen := io.StringIO())
    monkeypatch.setattr(progress, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    with Bar(10) as shown:
        shown.add(5, "reading")
        assert not screen.getvalue()  # nothing flashes up
        clock[0] = 2
        shown.add(0, "writing")
        assert screen.getvalue() == "\r#####-----  50%, 2 s left  writing\033[K"
        shown.add(1, "writing")
        assert screen.getvalue().count("\r") == 1  # too soon after it
        shown.clear()
        shown.add(1, "writing")
        assert screen.getvalue().endswith("\r\033[K\r#######---  70%, 1 s left  writing\033[K")
    assert screen.getvalue().endswith("\r\033[K")


def test_elsewhere_a_line_is_printed_for_each_phase_of_long_work(
    capsys: pytest.CaptureFixture[str], clock: list[float]
) -> None:
    with Bar() as shown:
        shown.add(0, "reading")
        clock[0] = 3
        for phase in ("writing", "writing", "a\nb", "reading"):
            shown.add(0.1, phase)
    assert capsys.readouterr().err == "writing ...\na\\nb ...\nreading ...\n"


def test_a_phase_that_says_nothing_more_is_shown_once_it_lasts(capsys: pytest.CaptureFixture[str]) -> None:
    with Bar(lines_after_seconds=0.01) as shown:
        shown.add(0, "opening")
        shown._timer.join()
    assert capsys.readouterr().err == "opening ...\n"


@pytest.mark.parametrize("stream", [None, "closed"])
def test_without_anybody_to_see_it_work_goes_on(stream: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed if stream else None)
    with Bar(lines_after_seconds=0) as shown:
        shown.add(1, "reading")
    assert terminal_columns() > 0


def test_a_part_is_a_share_of_the_whole() -> None:
    told: list[tuple[float, str]] = []
    part_of(lambda done, phase: told.append((done, phase)), 0.25)(0.5, "it")
    assert told == [(0.125, "it")]
