"""Where a student is cut: a plan made before any graph exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from litebert_exporter.spec import Student
from litebert_exporter.targets.ops import Ops

V = TypeVar("V")


@dataclass(frozen=True)
class SegmentPlan:
    """A run of a student's layers that becomes one graph.

    Attributes:
        name: its name in the artifact.
        inputs: the graph's inputs.
        outputs: the graph's outputs.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def plan_whole(student: Student) -> tuple[SegmentPlan, ...]:
    """One segment from ids to logits: the layout `whole`."""
    types = ("token_type_ids",) if student.embeddings.uses_token_types else ()
    return (SegmentPlan("whole", ("input_ids", "attention_mask", *types), ("logits",)),)


def build_segment(ops: Ops[V], student: Student, segment: SegmentPlan) -> None:
    """Carries a segment out over `ops`, from its inputs to its outputs."""
    inputs = {name: ops.input(name) for name in segment.inputs}
    padding = ops.padding_bias(inputs["attention_mask"])
    hidden = student.embeddings.build(ops, inputs["input_ids"], inputs.get("token_type_ids"))
    for layer in student.layers:
        hidden = layer.build(ops, hidden, padding)
    ops.output("logits", student.head.build(ops, hidden, padding))
