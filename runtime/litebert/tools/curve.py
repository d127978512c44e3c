"""A calibration's curve of accuracy against time, as a picture in SVG."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from litebert.artifact import Artifact
from litebert.calibration import Calibration, SettingRow, read_calibrations, setting_name
from litebert.errors import InputError
from litebert.tools import svg
from litebert.tools.svg_style import HUES
from litebert.tools.whole_file import write_whole

_UP = (250.0, 26.0)  # the ends of the axis of accuracy
_ACROSS = (42.0, svg.WIDTH - 24.0)
_LEGEND_TOP, _LEGEND_STEP = 296.0, 14.0
_NAMED_EVERY = 4  # dots of a curve: more names would cover it


def plot_calibrations(artifact: Artifact, path: Path) -> None:
    """Draws accuracy, or agreement without labels, against mean latency, a curve per calibrated target.

    Raises:
        InputError: no target was calibrated, the file is no .svg, or it cannot be written.
    """
    calibrations = read_calibrations(artifact)
    if not calibrations:
        raise InputError(f"{artifact.path}: no calibration to plot; first run litebert calibrate")
    if path.suffix.lower() != ".svg":
        raise InputError(f"{path}: pictures are written as SVG, which browsers show; name a .svg file")
    write_whole(path, picture(artifact.name, calibrations))


def picture(name: str, calibrations: Mapping[str, Calibration]) -> str:
    """The picture of an artifact's calibrations, by target, as an SVG file's content."""
    rows = [row for calibration in calibrations.values() for row in calibration.rows]
    labelled = all(row.accuracy is not None for row in rows)
    across = svg.axis_from_zero(max(row.latency_ms for row in rows), *_ACROSS)
    up = svg.narrow_axis([_percent(row, labelled) for row in rows], 1, *_UP)
    quality = "accuracy, %" if labelled else "agreement with full depth, %"
    body = svg.grid(across, up, "mean ms of an answer, one thread, where it was calibrated", quality)
    body.append(svg.text(across.end, up.end - 12, svg.shortened(name), "label", "end"))
    labels: list[tuple[float, float, str, str]] = []
    dots: list[tuple[float, float]] = []
    keys: list[tuple[str, str, str]] = []
    for number, (target, calibration) in enumerate(calibrations.items()):
        kind = f"hue{number % HUES} ours"
        curve: list[tuple[float, float]] = []
        for row in calibration.rows:
            place = across.at(row.latency_ms), up.at(_percent(row, labelled))
            tip = f"{target}, {setting_name(row)}: {row.latency_ms:.2f} ms, {_percent(row, labelled):.2f} %"
            if _is_uniform(row):
                body.append(svg.mark(*place, "circle", kind, tip, 2))
                labels += [] if len(curve) % _NAMED_EVERY else [(*place, setting_name(row), kind)]
                curve.append(place)
            else:
                body.append(svg.mark(*place, "triangle", kind, tip))
            dots.append(place)
        body.append(svg.path(curve, f"{kind} curve"))
        keys.append(("circle", kind, f"{target}, one value for all exits: the numbers"))
        if not all(map(_is_uniform, calibration.rows)):
            keys.append(("triangle", kind, f"{target}, one value per exit"))
    body += svg.number_labels(labels, dots)
    for number, (shape, kind, said) in enumerate(keys):
        top = _LEGEND_TOP + _LEGEND_STEP * number
        body += [
            svg.mark(across.start, top, shape, kind, said, 3),
            svg.text(across.start + 8, top + 3.5, said),
        ]
    height = _LEGEND_TOP + _LEGEND_STEP * len(keys)
    return svg.file(f"{name}: {quality} against time", height, body)


def _is_uniform(row: SettingRow) -> bool:
    """Whether every exit has the same value."""
    return len({*row.values}) == 1


def _percent(row: SettingRow, labelled: bool) -> float:
    return 100 * (row.accuracy if labelled and row.accuracy is not None else row.agreement)
