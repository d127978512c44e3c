"""One ONNX graph that leaves by itself: nested If, each branch with the weights of its layers.

A branch is entered by the rows that stay; the rows that left are not computed again. Weights lie inside the
branches, since ONNX Runtime does not pack constants of an outer graph for an inner one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from onnx import TensorProto

from litebert.artifact import EXIT_LAYER, LOGITS, THRESHOLDS, UNCERTAINTY
from litebert_exporter.segments import Plan, SegmentPlan, build_layers
from litebert_exporter.spec import Student

if TYPE_CHECKING:
    from litebert_exporter.targets.onnx import OnnxOps

# A rule of BRANCHED_RULES → how entropy and threshold are compared, and whether as a share of ln(classes).
_COMPARISONS: Mapping[str, tuple[str, bool]] = {
    "entropy-below": ("Less", True),
    "entropy-at-most": ("LessOrEqual", True),
    "raw-entropy-below": ("Less", False),
}
_FLOAT32_STEP = 3e-7


def build_branched(ops: OnnxOps, student: Student, plan: Plan) -> None:
    """Appends the whole network to an empty graph.

    Inputs are the ids and thresholds [exits − 1]; outputs logits [batch, labels], exit_layer [batch] int64
    and uncertainty [batch] of the exit that answered.
    """
    (segment,) = plan.segments
    inputs = {name: ops.input(name) for name in segment.inputs if name != THRESHOLDS}
    thresholds = ops.thresholds_input(THRESHOLDS, len(plan.exits) - 1)
    hidden = student.embeddings.build(ops, inputs["input_ids"], inputs.get("token_type_ids"))
    padding = ops.padding_bias(inputs["attention_mask"])
    _, *pieces = plan.pieces
    logits, layer, uncertainty = ops.split(
        _answers(ops, student, pieces, hidden, padding, thresholds), student.head.outputs, 1, 1
    )
    ops.output(LOGITS, logits, ("batch", student.head.outputs))
    ops.output_integers(EXIT_LAYER, ops.node("Squeeze", layer, ops.integers(1)))
    ops.output(UNCERTAINTY, ops.node("Squeeze", uncertainty, ops.integers(1)), ("batch",))


def _answers(
    ops: OnnxOps,
    student: Student,
    pieces: Sequence[SegmentPlan],
    hidden: str,
    padding: str,
    thresholds: Sequence[str],
) -> str:
    """What every row gets from here on, [batch, labels + 2]: logits, number of the layer, uncertainty."""
    piece, *deeper = pieces
    hidden, found = build_layers(ops, student, piece, hidden, padding)
    if not found:  # a piece without an exit
        return _answers(ops, student, deeper, hidden, padding, thresholds)
    (logits,) = found.values()
    comparison, normalized = _COMPARISONS[str(student.exit_rule)]
    nats = _entropy(ops, logits)
    share = ops.node(
        "Min", ops.node("Mul", nats, ops.scalar(_per_nat(student.head.outputs))), ops.scalar(1.0)
    )
    layer = ops.node("ConstantOfShape", ops.node("Shape", nats), value=ops.number(piece.layers[-1]))
    here = ops.node("Concat", logits, layer, share, axis=1)
    if not deeper:
        return here
    leaves = ops.node(comparison, share if normalized else nats, thresholds[0])
    rows = ops.node(
        "Transpose", ops.node("NonZero", ops.node("Not", ops.node("Squeeze", leaves, ops.integers(1))))
    )
    some_stay = ops.node("Cast", ops.node("Size", rows), to=TensorProto.BOOL)
    go_on, stop = ops.branch(f"{piece.name}_go_on"), ops.branch(f"{piece.name}_stop")
    hidden, padding = (go_on.node("GatherND", each, rows) for each in (hidden, padding))
    there = _answers(go_on, student, deeper, hidden, padding, thresholds[1:])
    return ops.either(
        some_stay,
        (go_on, go_on.node("ScatterND", here, rows, there)),
        (stop, stop.node("Identity", here)),
    )


def _entropy(ops: OnnxOps, logits: str) -> str:
    """H(softmax(logits)) in nats, [batch, 1]."""
    logarithms = ops.node("LogSoftmax", logits, axis=-1)
    terms = ops.node("Mul", ops.node("Exp", logarithms), logarithms)
    return ops.node("Neg", ops.node("ReduceSum", terms, ops.integers(-1), keepdims=1))


def _per_nat(classes: int) -> float:
    """1 / ln(classes), and a few float32 steps more: a uniform distribution is not to give less than 1."""
    return (1 + _FLOAT32_STEP) / math.log(classes) if classes > 1 else 0.0
