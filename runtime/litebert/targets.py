"""The targets of an artifact: the layout, segments and exits of each graph format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from litebert.outputs import Output

INT8, FLOAT32 = "int8", "float32"
ARITHMETICS = (INT8, FLOAT32)
UNQUANTIZED_NAME = "none"  # the name of the recipe that quantizes nothing; other names are for people alone
GRAPH_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
THRESHOLDS, EXIT_LAYER, UNCERTAINTY = "thresholds", "exit_layer", "uncertainty"  # of the layout branched


def precision(recipe: str) -> str:
    """A recipe's name beside other words: "float32" for "none", which would say little there."""
    return FLOAT32 if recipe == UNQUANTIZED_NAME else recipe


@dataclass(frozen=True)
class Segment:
    """A graph that runs in one call.

    Attributes:
        name: its name in the plan, such as `whole`.
        file: path of the graph, relative to the artifact.
        entry: signature key for TFLite, None for ONNX.
        inputs: names of the graph's inputs.
        outputs: names of its outputs.
    """

    name: str
    file: str
    entry: str | None
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Exit:
    """A classifier or another head that may answer.

    Attributes:
        layer: the layer whose hidden states it reads, counted from 0.
        outputs: the tensor that holds each of its outputs, by the output's name.
        compute_share: multiply-adds up to its answer as a share of those up to the last exit's.
    """

    layer: int
    outputs: Mapping[str, str]
    compute_share: float


@dataclass(frozen=True)
class Target:
    """The graphs of one format in an artifact.

    Attributes:
        name: its format's name, one of `litebert.graph_formats.FORMATS`.
        layout: the way the student is cut into graphs, one of the format's layouts.
        recipe: the name of the recipe that quantized it, for people.
        arithmetic: `INT8` or `FLOAT32`, of its linears.
        rows: `ONE`: a call takes one row; `INDEPENDENT`: several; `MIXED`: several, but an answer may depend
            on the other rows.
        moved_by_padding: whether padding may move an answer by more than float32's last digits, within the
            golden tolerance.
        segments: the graphs in running order.
        exits: in the order of their layers, the last layer's last; empty for a student without early ones.
        calibration: the settings with their figures, read by `calibration.py`; None before a calibration.
        lengths: the numbers of tokens that its graphs take, rising, with entries by `entry_at`; empty: any.
    """

    name: str
    layout: str
    recipe: str
    arithmetic: str
    rows: str
    moved_by_padding: bool
    segments: tuple[Segment, ...]
    exits: tuple[Exit, ...] = ()
    calibration: Mapping[str, Any] | None = None
    lengths: tuple[int, ...] = ()

    def exit_tensors(self, outputs: Sequence[Output]) -> tuple[Mapping[str, str], ...]:
        """The tensor of each output at each exit; a student without exits counts as one."""
        return tuple(each.outputs for each in self.exits) or ({each.name: each.name for each in outputs},)

    def at_length(self, tokens: int) -> Target:
        """The target with the graphs of one of its lengths alone."""
        segments = tuple(
            replace(segment, entry=entry_at(str(segment.entry), tokens)) for segment in self.segments
        )
        return replace(self, segments=segments, lengths=())


def entry_at(entry: str, tokens: int) -> str:
    """The signature key of a segment for a fixed number of tokens."""
    return f"{entry}_{tokens}"
