"""The formats that a student can be written in. Each has a module with a writer, and an entry here.

Ops has three implementations: numpy values (the reference), ONNX nodes and TFLite operators.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from litebert.graph_formats import INDEPENDENT, MIXED, ONE, ONNX, TFLITE, GraphFormat
from litebert_exporter.quantize.recipe import FLOAT, PER_ROW, PER_TENSOR, RECIPES, Recipe
from litebert_exporter.quantize.schemes import (
    FLOAT_PRODUCTS,
    PER_TOKEN,
    PER_TOKEN_ASYMMETRIC,
    WHOLE_TENSOR,
    Scheme,
)

if TYPE_CHECKING:
    from litebert_exporter.binding import Weights
    from litebert_exporter.segments import Plan
    from litebert_exporter.spec import Student

# A function that writes a student's graphs into a new folder, and gives the file of each segment.
Write: TypeAlias = "Callable[[Student, Weights, Recipe, Plan, Path], dict[str, str]]"


@dataclass(frozen=True)
class TargetKind:
    """A format that the exporter writes.

    Attributes:
        graphs: the facts that readers have, too, such as its name and layouts.
        runtime: the engine that it is meant for, by its name for people.
        write: the function that writes a student's graphs.
        schemes: its engines' schemes, by a recipe's scaling of activations. A recipe whose scaling is absent
            cannot be written.
    """

    graphs: GraphFormat
    runtime: str
    write: Write
    schemes: Mapping[str, Scheme]

    @property
    def name(self) -> str:
        """Its name in manifests and in `--target`."""
        return self.graphs.name

    def scheme(self, recipe: Recipe) -> Scheme:
        """The scheme by which its engines run a recipe."""
        return self.schemes[recipe.activations]

    def rows(self, recipe: Recipe) -> str:
        """The manifest's `rows`: the rows that a call takes, and what they may depend on."""
        if self.graphs.rows == (ONE,):
            return ONE
        return MIXED if self.scheme(recipe).mixes_rows else INDEPENDENT


def _write_onnx(
    student: Student, weights: Weights, recipe: Recipe, plan: Plan, folder: Path
) -> dict[str, str]:
    from litebert_exporter.targets.onnx_writer import write_onnx  # the extra [export], which --help lacks

    return write_onnx(student, weights, recipe, plan, folder)


def _write_tflite(
    student: Student, weights: Weights, recipe: Recipe, plan: Plan, folder: Path
) -> dict[str, str]:
    from litebert_exporter.targets.tflite_writer import write_tflite

    return write_tflite(student, weights, recipe, plan, folder)


TARGETS: Mapping[str, TargetKind] = {  # all are written unless a user names some
    target.name: target
    for target in (
        TargetKind(
            ONNX,
            "ONNX Runtime",
            _write_onnx,
            {FLOAT: FLOAT_PRODUCTS, PER_ROW: PER_TOKEN, PER_TENSOR: WHOLE_TENSOR},
        ),
        TargetKind(TFLITE, "LiteRT", _write_tflite, {FLOAT: FLOAT_PRODUCTS, PER_ROW: PER_TOKEN_ASYMMETRIC}),
    )
}


def targets_for(
    layout: str | None = None, quantize: str | None = None, lengths: bool = False
) -> dict[str, TargetKind]:
    """The targets, by name, that can be written with some choices of a user."""
    return {
        name: target
        for name, target in TARGETS.items()
        if (layout is None or layout in target.graphs.layouts)
        and (quantize is None or RECIPES[quantize].activations in target.schemes)
        and (target.graphs.has_entries or not lengths)
    }
