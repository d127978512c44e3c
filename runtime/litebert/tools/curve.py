"""A calibration for the eye: a table for a terminal, and the curve of accuracy against latency."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from litebert.artifact import Artifact
from litebert.calibration import Calibration, Row, read_calibrations, setting_name
from litebert.errors import InputError, MissingExtraError
from litebert.exit_rules import Rule
from litebert.targets import Target
from litebert.tools.whole_file import write_whole
from litebert.visible import visible


def calibration_lines(calibration: Calibration, target: Target, rule: Rule) -> list[str]:
    """The table, a line per setting; repeated settings, which change nothing, are left out."""
    header = (rule.parameters[0].name, "accuracy", "agreement", "layers", "compute", "ms", "answers by layer")
    cells = [header]
    for number, row in enumerate(calibration.rows):
        if number == 0 or row.exits != calibration.rows[number - 1].exits:
            exits = " ".join(
                f"{each.layer}:{count}" for each, count in zip(target.exits, row.exits, strict=True)
            )
            cells.append(
                (
                    setting_name(row),
                    "" if row.accuracy is None else f"{row.accuracy:.2%}",
                    f"{row.agreement:.2%}",
                    f"{row.mean_layers:.2f}",
                    f"{row.compute_share:.3f}",
                    f"{row.latency_ms:.2f}",
                    exits,
                )
            )
    return [
        *(f"  {line}" for line in columns(cells)),
        "  agreement: the share of answers equal to full depth's; layers, ms: means of a text;",
        "  compute: the share of full depth's; answers by layer: LAYER:TEXTS, layers count from 0",
    ]


def columns(cells: Sequence[Sequence[str]]) -> list[str]:
    """Lines of cells, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]


def plot_calibrations(artifact: Artifact, path: Path) -> None:
    """Draws accuracy, or agreement without labels, against mean latency, a curve per calibrated target.

    Raises:
        InputError: no target was calibrated, or the file cannot be written.
        MissingExtraError: matplotlib is not installed.
    """
    tables = read_calibrations(artifact)
    if not tables:
        raise InputError(f"{artifact.path}: no calibration to plot; first run litebert calibrate")
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            'plotting needs matplotlib; install it with pip install "litebert[plot]"'
        ) from error
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    for name, table in tables.items():
        uniform = [row for row in table.rows if len({*row.values}) == 1]
        searched = [row for row in table.rows if len({*row.values}) > 1]
        (line,) = axes.plot(*_points(uniform), marker=".", label=f"{name}, one threshold")
        if searched:
            axes.plot(*_points(searched), "*", color=line.get_color(), label=f"{name}, one per exit")
        for row in uniform[::4]:
            place = (row.latency_ms, _quality(row))
            axes.annotate(setting_name(row), place, xytext=(3, -10), textcoords="offset points", fontsize=7)
    labelled = all(table.rows[0].accuracy is not None for table in tables.values())
    axes.set_xlabel("mean time of an answer, ms (one thread, the machine of the calibration)")
    axes.set_ylabel("accuracy, %" if labelled else "agreement with full depth, %")
    axes.set_title(f"{visible(artifact.name)}: numbers on the curve are the setting", parse_math=False)
    axes.grid(alpha=0.3)
    axes.legend()
    picture = BytesIO()
    try:
        figure.savefig(picture, dpi=150, format=path.suffix.removeprefix(".") or "png")
    except ValueError as error:
        raise InputError(f"{path}: the picture cannot be written ({error}); name a .png file") from error
    write_whole(path, picture.getvalue())


def _points(rows: list[Row]) -> tuple[list[float], list[float]]:
    return [row.latency_ms for row in rows], [_quality(row) for row in rows]


def _quality(row: Row) -> float:
    return 100 * (row.agreement if row.accuracy is None else row.accuracy)
