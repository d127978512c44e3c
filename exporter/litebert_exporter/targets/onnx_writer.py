"""The ONNX target: a graph per segment, and one file for the large tensors of all."""

from __future__ import annotations

from pathlib import Path

import onnx

from litebert.graph_formats import BRANCHED
from litebert_exporter.binding import Weights
from litebert_exporter.quantize.recipe import Recipe
from litebert_exporter.segments import Plan, build_segment
from litebert_exporter.spec import Student
from litebert_exporter.targets.onnx_branched import build_branched
from litebert_exporter.targets.onnx_ops import OnnxOps
from litebert_exporter.targets.onnx_weights import WEIGHTS_FILE, WeightsFile


def write_onnx(
    student: Student, weights: Weights, recipe: Recipe, plan: Plan, folder: Path
) -> dict[str, str]:
    """Writes a graph per segment and their common weights file into a new folder.

    Returns:
        The name of each segment's graph file.
    """
    folder.mkdir()
    file = WeightsFile(folder / WEIGHTS_FILE)
    names = {segment.name: f"{segment.name}.onnx" for segment in plan.segments}
    for segment in plan.segments:
        ops = OnnxOps(weights, recipe, file)
        if plan.layout == BRANCHED:
            build_branched(ops, student, plan)
        else:
            build_segment(ops, student, segment)
        onnx.save_model(ops.model(segment.name), folder / names[segment.name])
    file.close()
    return names
