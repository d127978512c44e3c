"""What a user may ask of an export, and what does not go together."""

from __future__ import annotations

from collections.abc import Sequence

from litebert import InputError
from litebert.targets import LAYOUTS
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


def check_lengths(lengths: Sequence[int], targets: Sequence[str], max_tokens: int | None) -> None:
    """Raises InputError unless fixed lengths can be written, and are the only limit."""
    if not lengths:
        return
    if "tflite" not in targets:
        raise InputError(f"lengths {lengths} are for tflite, not for {', '.join(targets)}; leave them out")
    whole = all(type(each) is int and each >= MIN_TOKENS for each in lengths)
    if not whole or list(lengths) != sorted({*lengths}):
        raise InputError(
            f"lengths are {', '.join(map(str, lengths)):.80}, expected whole numbers from {MIN_TOKENS} that "
            "rise; correct them"
        )
    if max_tokens not in (None, lengths[-1]):
        raise InputError(
            f"a limit of {max_tokens} tokens contradicts the longest of the lengths, {lengths[-1]}, "
            "which is the limit; leave one of them out"
        )
