"""The TFLite target: one file with a signature per segment and length, which share their weights."""

from __future__ import annotations

from pathlib import Path

from litebert.targets import entry_at
from litebert_exporter.binding import Weights
from litebert_exporter.quantize.recipe import Recipe
from litebert_exporter.segments import Plan, build_segment
from litebert_exporter.spec import Student
from litebert_exporter.targets.tflite_file import Subgraph, TfLiteFile
from litebert_exporter.targets.tflite_ops import ANY_LENGTH, TfLiteOps

GRAPH_FILE = "model.tflite"


def write_tflite(
    student: Student, weights: Weights, recipe: Recipe, plan: Plan, folder: Path
) -> dict[str, str]:
    """Writes one file with a signature per segment, at each of the plan's lengths, into a new folder.

    Returns:
        The name of the file for each segment.
    """
    folder.mkdir()
    file = TfLiteFile()
    for tokens in plan.lengths or (ANY_LENGTH,):
        for segment in plan.segments:
            name = segment.name if tokens == ANY_LENGTH else entry_at(segment.name, tokens)
            graph = Subgraph(name, file)
            build_segment(TfLiteOps(weights, recipe, graph, tokens), student, segment)
            graph.finish()
    (folder / GRAPH_FILE).write_bytes(file.serialize().data)
    return {segment.name: GRAPH_FILE for segment in plan.segments}
