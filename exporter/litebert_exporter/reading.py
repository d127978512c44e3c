"""The changes that a reader made to a checkpoint's tensor names, and the line that reports them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile

from litebert.errors import listed

_SHOWN, _MANY, _CHARACTERS = 8, 3, 80
_NUMBER = re.compile(r"\.\d+\.")


@dataclass(frozen=True)
class Reading:
    """The changes between the tensors of a file and those of a network.

    Attributes:
        taken_off: each prefix taken off names, and the number of those names, such as `model.`: 41.
        encoder: the encoder's attribute in the file and in its family, such as `backbone.` and `distilbert.`;
            None where they are the same.
        beside: names of tensors without the prefix that was taken off the encoder's.
        left_out: names of tensors that no slot reads.
    """

    taken_off: Mapping[str, int] = field(default_factory=dict)
    encoder: tuple[str, str] | None = None
    beside: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def without(self, left_out: Iterable[str]) -> Reading:
        """The same reading with further names left out."""
        return replace(self, left_out=tuple(sorted({*self.left_out, *left_out})))

    @property
    def notes(self) -> tuple[str, ...]:
        """All changes in one line; no line where nothing was taken off or left out."""
        taken = [f'"{part:.{_CHARACTERS}}" from {_count(number)}' for part, number in self.taken_off.items()]
        parts = [f"took off {listed(taken, _SHOWN)}"] if taken else []
        if self.encoder is not None:
            parts.append('read "{}" as "{}"'.format(*self.encoder))
        if self.left_out:
            parts.append(f"left out {listed(_grouped(self.left_out), _SHOWN)}")
        return ("; ".join(parts),) if parts else ()


def _count(number: int) -> str:
    return "1 name" if number == 1 else f"{number} names"


def _grouped(names: Iterable[str]) -> list[str]:
    """Names in groups of a layer or of a whole network, such as `bert.encoder.layer.* (16)`."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_group(name), []).append(name)
    networks: dict[str, list[str]] = {}
    for group in groups:
        networks.setdefault(group.partition(".")[0], []).append(group)
    return [line for several in networks.values() for line in _lines(several, groups)]


def _lines(several: list[str], groups: Mapping[str, list[str]]) -> list[str]:
    """A line for each of the groups that begin alike, or one line for all of them if they are many."""
    if len(several) > _MANY:
        first, last = (group.split(".") for group in (min(several), max(several)))
        start = [
            one for one, other in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
        ]
        number = sum(len(groups[group]) for group in several)
        return [f"{'.'.join(start):.{_CHARACTERS}}.* ({number})"]
    return [
        f"{group:.{_CHARACTERS}}.* ({len(groups[group])})"
        if len(groups[group]) > 1
        else f"{groups[group][0]:.{_CHARACTERS}}"
        for group in several
    ]


def _group(name: str) -> str:
    """The start that a name shares with its layer's other tensors, or with those of the same module."""
    numbered = _NUMBER.split(name, maxsplit=1)
    return numbered[0] if len(numbered) > 1 else name.rpartition(".")[0] or name
