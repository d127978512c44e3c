"""What a user may ask of an export, and what does not go together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import index
from pathlib import Path

from litebert import InputError
from litebert.data import read_texts
from litebert.data_columns import Columns
from litebert.targets import LAYOUTS
from litebert.tokenizer import Text
from litebert_exporter.families import FAMILIES
from litebert_exporter.quantize.recipe import RECIPES
from litebert_exporter.task import PROBLEM_TYPES
from litebert_exporter.text.tokenizer import MIN_TOKENS

TARGETS = tuple(RECIPES["none"].activations)  # float suits all of them


def check_choices(
    targets: Sequence[str],
    quantize: str,
    layout: str | None,
    layers_per_segment: int,
    family: str | None,
    problem_type: str | None,
) -> None:
    """Raises InputError for names that do not exist or do not go together."""
    for name, choices in (
        (quantize, tuple(RECIPES)),
        (layout, (None, *LAYOUTS)),
        (family, (None, *FAMILIES)),
        (problem_type, (None, *PROBLEM_TYPES.values())),
        *((target, TARGETS) for target in targets or ("",)),
    ):
        if name not in choices:
            raise InputError(f"{name!r} is unknown; expected one of {', '.join(filter(None, choices))}")
    if layers_per_segment < 1:
        raise InputError(f"layers_per_segment is {layers_per_segment}, expected 1 or more")
    if layout == "whole" and layers_per_segment > 1:
        raise InputError(
            f"layers_per_segment is {layers_per_segment}, but the layout whole has one segment; leave one out"
        )
    if layout == "branched" and tuple(targets) != ("onnx",):
        raise InputError(
            "the layout branched can be written for onnx only; use --target onnx or --layout split"
        )
    lacking = [target for target in targets if target not in RECIPES[quantize].activations]
    if lacking:
        raise InputError(
            f"recipe {quantize} cannot be written for {', '.join(lacking)}; "
            f"use --target {' '.join(RECIPES[quantize].activations)} or another recipe"
        )


def fixed_lengths(
    lengths: Iterable[int] | None, targets: Sequence[str], max_tokens: int | None
) -> tuple[int, ...]:
    """The lengths as plain numbers; none for None.

    Raises:
        InputError: they are no rising whole numbers, cannot be written, or contradict another limit.
    """
    try:
        numbers = tuple(index(each) for each in (() if lengths is None else lengths))
    except TypeError:
        numbers = (0,)
    if not numbers:
        return ()
    if numbers[0] < MIN_TOKENS or list(numbers) != sorted({*numbers}):
        raise InputError(
            f"lengths are {lengths!r:.80}, expected whole numbers from {MIN_TOKENS} that rise, such as "
            "(32, 128); correct them"
        )
    if "tflite" not in targets:
        raise InputError(f"lengths {numbers} are for tflite, not for {', '.join(targets)}; leave them out")
    if max_tokens not in (None, numbers[-1]):
        raise InputError(
            f"a limit of {max_tokens} tokens contradicts the longest of the lengths, {numbers[-1]}, "
            "which is the limit; leave one of them out"
        )
    return numbers


def trim_choice(given: str | Path | int | None, columns: Columns) -> list[Text] | int | None:
    """What says which tokens to keep: the texts of a file, a number, or nothing.

    Raises:
        InputError: the file cannot be read, or it is neither a path nor a whole number.
    """
    if given is None:
        return None
    if isinstance(given, str | Path):
        return read_texts(Path(given), replace(columns, label=None))
    try:
        return index(given)
    except TypeError:
        raise InputError(
            f"trim_vocab is {given!r:.40}, expected a file of texts or a number of tokens; correct it"
        ) from None
