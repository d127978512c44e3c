"""Pieces of pictures in SVG: axes with ticks, marks, labels that keep clear of each other.

A picture is WIDTH units wide, about a phone's width in CSS pixels, so that a phone shows its text readably.
Colours are CSS classes: svg_style.py has the rules, for a page and for a file.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from litebert.tools.svg_style import COLOURS, file_style
from litebert.visible import visible

WIDTH = 360
_LETTER, _LINE = 5.6, 10.0  # about the width of a digit and the height of a line of text

_LETTERS = 52  # of mixed letters on a line

_Area: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True)
class Axis:
    """The places of values along a picture.

    Attributes:
        low: the value at `start`.
        high: the value at `end`.
        start: one end, in units of the picture.
        end: the other end.
        log: whether equal steps are equal ratios.
        ticks: the values that get a line.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """The place of a value."""
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def axis(values: Sequence[float], start: float, end: float) -> Axis:
    """An axis around some values; logarithmic where they span more than a factor of 10."""
    low, high = min(values), max(values)
    return _log_axis(low, high, start, end) if 0 < low * 10 < high else _linear(low, high, start, end)


def axis_from_zero(high: float, start: float, end: float) -> Axis:
    """An axis for bars: it begins at 0, so that their lengths compare, and ends with the longest."""
    high = high if high > 0 else 1.0
    whole = _linear(0.0, high, start, end)
    return Axis(0.0, high, start, end, False, tuple(tick for tick in whole.ticks if tick <= high))


def narrow_axis(values: Sequence[float], span: float, start: float, end: float) -> Axis:
    """A linear axis around some values, of at least a given span: noise then looks like no difference."""
    low, high = min(values), max(values)
    more = max(0.0, span - (high - low)) / 2
    return _linear(low - more, high + more, start, end)


def _linear(low: float, high: float, start: float, end: float) -> Axis:
    if high - low <= 1e-6 * max(abs(low), abs(high)):
        low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(float(f"{number * step:.10g}") for number in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], start, end, False, ticks)


def _log_axis(low: float, high: float, start: float, end: float) -> Axis:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]
    inner = [tick for tick in fine if low < tick < high]
    below, above = max(tick for tick in fine if tick <= low), min(tick for tick in fine if tick >= high)
    ticks = [below, *inner, above]
    if len(ticks) > 9:
        ticks = [tick for tick in ticks if f"{tick:e}".startswith("1")]
    return Axis(below, above, start, end, True, tuple(ticks))


def escaped(content: str) -> str:
    """Text with the escapes that show it in a page."""
    return html.escape(visible(content))


def picture(title: str, height: float, body: Sequence[str]) -> str:
    """A picture of WIDTH × height; `title` is its name for those who do not see it."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escaped(title)}">'
        f"{''.join(body)}</svg>"
    )


def file(title: str, height: float, body: Sequence[str]) -> str:
    """The same picture as the content of a file of its own, on white, twice as large."""
    size = f'width="{2 * WIDTH}" height="{2 * height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}"'
    paper = f'<rect width="{WIDTH}" height="{height:.0f}" fill="{COLOURS["paper"][0]}"/>'
    parts = "\n".join((f"<title>{escaped(title)}</title>", f"<style>{file_style()}</style>", paper, *body))
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{parts}\n</svg>\n'


def text(x: float, y: float, content: str, kind: str = "", anchor: str = "start") -> str:
    """A line of text; `kind` is a CSS class."""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escaped(content)}</text>'


def shortened(content: str) -> str:
    """The beginning of a text, as much as fits on a line of a picture."""
    return content if len(content) <= _LETTERS else f"{content[: _LETTERS - 1]}…"


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def path(points: Sequence[tuple[float, float]], kind: str) -> str:
    """Lines from point to point."""
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{joined}" class="{kind}"/>'


def box(x: float, y: float, width: float, height: float, kind: str, tip: str, opacity: float = 1) -> str:
    """A filled rectangle; `tip` is shown where it is pointed at."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" class="{kind}" '
        f'fill-opacity="{opacity:.2f}"><title>{escaped(tip)}</title></rect>'
    )


def mark(x: float, y: float, shape: str, kind: str, tip: str, size: float = 4) -> str:
    """A circle, square or triangle around a point; `tip` is shown where it is pointed at."""
    title = f"<title>{escaped(tip)}</title>"
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:g}" class="{kind}">{title}</circle>'
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)] if shape == "square" else [(0, -1.2), (1.2, 1), (-1.2, 1)]
    joined = " ".join(f"{x + dx * size * 0.9:.1f},{y + dy * size * 0.9:.1f}" for dx, dy in corners)
    return f'<polygon points="{joined}" class="{kind}">{title}</polygon>'


def grid(across: Axis, up: Axis, x_label: str, y_label: str) -> list[str]:
    """Lines at the ticks of both axes, their values, and the axes' names."""
    bottom = up.start
    parts = [text(across.start - 30, up.end - 12, y_label, "label")]
    for tick in up.ticks:
        parts.append(line(across.start, up.at(tick), across.end, up.at(tick), "grid"))
        parts.append(text(across.start - 5, up.at(tick) + 3, f"{tick:g}", "tick", "end"))
    for tick in across.ticks:
        parts.append(line(across.at(tick), bottom, across.at(tick), up.end, "grid"))
        parts.append(text(across.at(tick), bottom + 13, f"{tick:g}", "tick", "middle"))
    note = f"{x_label}, log scale" if across.log else x_label
    return [*parts, text((across.start + across.end) / 2, bottom + 27, note, "label", "middle")]


def number_labels(
    points: Sequence[tuple[float, float, str, str]], others: Sequence[tuple[float, float]]
) -> list[str]:
    """Short labels beside points, each where it covers no point and no other label, if there is room.

    Args:
        points: (x, y, label, CSS class) of each.
        others: other points that must stay visible.
    """
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y, *_ in points]
    taken += [(x - 3, y - 3, x + 3, y + 3) for x, y in others]
    parts = []
    for x, y, label, kind in points:
        width = _LETTER * len(label) + 2
        places = [
            (x + reach * math.cos(turn * math.pi / 8), y - reach * math.sin(turn * math.pi / 8), reach)
            for reach in (11, 17, 24, 32, 42)
            for turn in (0, 8, 4, 12, 2, 6, 10, 14, 1, 3, 5, 7, 9, 11, 13, 15)
        ]
        boxes = [(x - width / 2, y - _LINE / 2, x + width / 2, y + _LINE / 2) for x, y, _ in places]
        free = [number for number, each in enumerate(boxes) if _inside(each) and not _hits(each, taken)]
        at_x, at_y, reach = places[free[0] if free else 0]
        taken.append(boxes[free[0] if free else 0])
        if reach > 11:
            near = 1 - 6 / reach
            parts.append(line(x, y, x + (at_x - x) * near, y + (at_y - y) * near, "lead"))
        parts.append(text(at_x, at_y + 3.5, label, f"number {kind}", "middle"))
    return parts


def _inside(area: _Area) -> bool:
    return area[0] > 36 and area[2] < WIDTH and area[1] > 14


def _hits(area: _Area, taken: Sequence[_Area]) -> bool:
    return any(
        area[0] < other[2] and other[0] < area[2] and area[1] < other[3] and other[1] < area[3]
        for other in taken
    )


def spread_out(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """The same places, moved as little as possible so that they are `gap` apart, from low to high."""
    order = sorted(range(len(places)), key=lambda number: places[number])
    found = list(places)
    floor = low
    for number in order:
        found[number] = floor = max(found[number], floor)
        floor += gap
    ceiling = high
    for number in reversed(order):
        found[number] = ceiling = min(found[number], ceiling)
        ceiling -= gap
    return found
