"""Checks of the choices that a user makes for an export, alone and together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from litebert import InputError
from litebert.arguments import argument, argument_is, on_command_line, several, whole
from litebert.graph_formats import LAYOUTS, WHOLE
from litebert.inputs import INPUTS
from litebert.tasks.sequence_classification import OUTPUT_ACTIVATIONS
from litebert.tokenizer import Text
from litebert.tools.data import Columns, read_texts
from litebert_exporter.families import FAMILIES
from litebert_exporter.quantize.recipe import RECIPES
from litebert_exporter.targets import TARGETS, targets_for
from litebert_exporter.text.limits import MIN_TOKENS


def check_choices(
    targets: Sequence[str],
    quantize: str,
    layout: str | None,
    layers_per_segment: int,
    family: str | None,
    problem_type: str | None,
    inputs: str | None,
) -> None:
    """Raises InputError for names that do not exist or do not go together."""
    for name, given, choices in (
        ("quantize", quantize, tuple(RECIPES)),
        ("layout", layout, (None, *LAYOUTS)),
        ("family", family, (None, *FAMILIES)),
        ("problem_type", problem_type, (None, *OUTPUT_ACTIVATIONS)),
        ("inputs", inputs, (None, *INPUTS)),
        *(("targets", target, TARGETS) for target in targets or ("",)),
    ):
        if given not in choices:
            raise InputError(
                f"{argument(name)} {given!r} is unknown; expected one of {', '.join(filter(None, choices))}"
            )
    given = f"{argument('layers_per_segment')} is {layers_per_segment!r:.60}"
    if (whole(layers_per_segment) or 0) < 1:
        raise InputError(f"{given}, expected a whole number from 1")
    if layout == WHOLE and layers_per_segment > 1:
        raise InputError(f"{given}, but the layout whole has one segment; leave one out")
    able = targets_for(layout=layout)
    if not able.keys() >= {*targets}:
        others = [each for each in LAYOUTS if targets_for(layout=each).keys() >= {*targets}]
        raise InputError(
            f"the layout {layout} can be written for {' and '.join(able)} only; use {_targets(*able)}"
            + "".join(f" or {argument_is('layout', other)}" for other in others[-1:])
        )
    able = targets_for(quantize=quantize)
    lacking = [target for target in targets if target not in able]
    if lacking:
        raise InputError(
            f"recipe {quantize} cannot be written for {', '.join(lacking)}; "
            f"use {_targets(*able)} or another recipe"
        )


def whole_choice(name: str, given: Any) -> int | None:
    """A number that may be given, as a plain one.

    Raises:
        InputError: it is no whole number.
    """
    number = None if given is None else whole(given)
    if number is None and given is not None:
        raise InputError(f"{argument(name)} is {given!r:.60}, expected a whole number; correct it")
    return number


def label_choice(given: Any) -> list[str] | None:
    """Labels that may be given, as a list of plain strings.

    Raises:
        InputError: they are no list of names; one string with all of them is none either.
    """
    names = None if given is None else several(given)
    if given is not None and not (names and all(isinstance(name, str) for name in names)):
        raise InputError(
            f"{argument('labels')} is {given!r:.60}, expected a list of names, one per output; correct it"
        )
    return None if names is None else [str(name) for name in names]


def fixed_lengths(
    lengths: Iterable[int] | None, targets: Sequence[str], max_tokens: int | None
) -> tuple[int, ...]:
    """The lengths as plain numbers; none for None.

    Raises:
        InputError: they are no rising whole numbers, no target can have them, or they contradict another
            limit.
    """
    try:
        numbers = tuple(whole(each) or 0 for each in (() if lengths is None else lengths))
    except TypeError:  # nothing to iterate over
        numbers = (0,)
    if not numbers:
        return ()
    if numbers[0] < MIN_TOKENS or list(numbers) != sorted({*numbers}):
        raise InputError(
            f"{argument('lengths')} are {lengths!r:.80}, expected whole numbers from {MIN_TOKENS} that rise, "
            "such as (32, 128); correct them"
        )
    able = targets_for(lengths=True)
    if able.keys().isdisjoint(targets):
        raise InputError(
            f"{argument('lengths')} {numbers} are for {' and '.join(able)}, not for "
            f"{', '.join(targets)}; leave them out"
        )
    if max_tokens not in (None, numbers[-1]):
        raise InputError(
            f"{argument_is('max_tokens', max_tokens)} contradicts {argument('lengths')}, whose longest, "
            f"{numbers[-1]}, is the limit; leave one of them out"
        )
    return numbers


def trim_choice(given: str | Path | int | None, columns: Columns) -> list[Text] | int | None:
    """The choice of tokens to keep: the texts of a file, a number, or nothing.

    Raises:
        InputError: the file cannot be read, or it is neither a path nor a whole number.
    """
    if given is None:
        return None
    if isinstance(given, str | Path):
        return read_texts(Path(given), replace(columns, label=None))
    number = whole(given)
    if number is None:
        raise InputError(
            f"{argument('trim_vocab')} is {given!r:.40}, expected a file of texts or a number of tokens; "
            "correct it"
        )
    return number


def _targets(*targets: str) -> str:
    """The arguments that ask for targets: one flag each on the command line."""
    if on_command_line():
        return " ".join(argument_is("target", target) for target in targets)
    return argument_is("targets", list(targets))
