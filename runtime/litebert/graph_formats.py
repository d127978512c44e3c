"""The formats of graphs in an artifact. Each has a target of the same name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WHOLE, SPLIT, BRANCHED = "whole", "split", "branched"
LAYOUTS = (WHOLE, SPLIT, BRANCHED)
# The rows that a call takes: one; several, independent of each other; several that may change each other.
ONE, INDEPENDENT, MIXED = "one", "independent", "mixed"


@dataclass(frozen=True, eq=False)
class GraphFormat:
    """The facts about a format that a reader of artifacts needs.

    Attributes:
        name: the name of the target and of its folder, and the ending of its graph files.
        title: the format as people write it.
        layouts: the ways to cut a student into its graphs, of `LAYOUTS`.
        rows: the rows that a call may take, of `ONE`, `INDEPENDENT` and `MIXED`.
        has_entries: whether a file holds several graphs, each with an entry (a signature's key). Only such a
            file can have graphs of fixed lengths.
        names_files: whether a graph names other files, with weights, which engines then open.
        stays_mapped: whether engines keep the graph's own file mapped into memory.
    """

    name: str
    title: str
    layouts: tuple[str, ...]
    rows: tuple[str, ...]
    has_entries: bool
    names_files: bool
    stays_mapped: bool

    @property
    def suffix(self) -> str:
        """The ending of its graph files."""
        return f".{self.name}"


ONNX = GraphFormat(
    "onnx",
    "ONNX",
    LAYOUTS,
    (ONE, INDEPENDENT, MIXED),
    has_entries=False,
    names_files=True,
    stays_mapped=False,
)
TFLITE = GraphFormat(
    "tflite",
    "TFLite",
    (WHOLE, SPLIT),
    (ONE,),
    has_entries=True,
    names_files=False,
    stays_mapped=True,
)
FORMATS: Mapping[str, GraphFormat] = {each.name: each for each in (ONNX, TFLITE)}
