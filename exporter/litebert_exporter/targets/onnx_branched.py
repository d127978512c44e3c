"""One ONNX graph that leaves by itself: nested If nodes, whose branches hold the weights of their layers.

Only the rows that stay enter a branch; the rows that left are not computed again. Weights are inside the
branches, because ONNX Runtime does not pack constants of an outer graph for an inner one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from onnx import TensorProto

from litebert.exit_rules import NATS, RULES, Entropy
from litebert.targets import EXIT_LAYER, THRESHOLDS, UNCERTAINTY
from litebert.tasks.sequence_classification import LOGITS
from litebert_exporter.heads.logits import class_count_of
from litebert_exporter.mask import Mask, mask_of
from litebert_exporter.segments import Plan, SegmentPlan, States, build_layers, hidden_name
from litebert_exporter.spec import Student
from litebert_exporter.targets.onnx_ops import OnnxOps

_LEAST = 1e-37  # the least entropy, which is negligible beside any threshold but 0
_STEPS = 3e-7  # a few float32 steps, by which a uniform distribution counts as exactly uniform


def build_branched(ops: OnnxOps, student: Student, plan: Plan) -> None:
    """Appends the whole network to an empty graph.

    Its inputs are the ids and thresholds [exits − 1]. Its outputs are logits [batch, classes], exit_layer
    [batch] int64 and uncertainty [batch], all of the exit that answered.
    """
    (segment,) = plan.segments
    inputs = {name: ops.input(name) for name in segment.inputs if name != THRESHOLDS}
    thresholds = ops.thresholds_input(THRESHOLDS, len(plan.exits) - 1, -_nats(student))
    states = {0: student.embeddings.build(ops, inputs)}
    mask = mask_of(ops, inputs["attention_mask"])
    _, *pieces = plan.pieces
    classes = class_count_of(student.head)
    answers = _answers(ops, student, pieces, states, mask, thresholds)
    logits, layer = ops.split(answers, classes, 1)
    per_nat = ops.scalar(-1 / math.log(classes) if classes > 1 else 0.0)
    uncertainty = ops.node("Min", ops.node("Mul", _negative_entropy(ops, logits), per_nat), ops.scalar(1.0))
    ops.output(LOGITS, logits, ("batch", classes))
    ops.output_integers(EXIT_LAYER, ops.node("Squeeze", layer, ops.integers(1)))
    ops.output(UNCERTAINTY, uncertainty, ("batch",))


def _answers(
    ops: OnnxOps,
    student: Student,
    pieces: Sequence[SegmentPlan],
    states: States[str],
    mask: Mask[str],
    thresholds: Sequence[str],
) -> str:
    """The answers of all rows from a piece on, [batch, classes + 1]: logits and the layer's number."""
    piece, *deeper = pieces
    states, found = build_layers(ops, student, piece, states, mask)
    if not found:  # a piece without an exit
        return _answers(ops, student, deeper, states, mask, thresholds)
    (logits,) = (outputs[LOGITS] for outputs in found.values())
    here = ops.node("Pad", logits, ops.integers(0, 0, 0, 1), ops.scalar(float(piece.layers[-1])))
    if not deeper:
        return here
    stays = _stays(ops, student, logits, thresholds[0])
    rows = ops.node("Transpose", ops.node("NonZero", stays))
    some_stay = ops.node("Cast", ops.node("Size", rows), to=TensorProto.BOOL)
    go_on, stop = ops.branch(f"{piece.name}_go_on"), ops.branch(f"{piece.name}_stop")

    def staying(values: str) -> str:
        """The values of the rows that stay."""
        return go_on.node("GatherND", values, rows)

    read = {name for each in deeper for name in each.inputs}
    states = {number: staying(hidden) for number, hidden in states.items() if hidden_name(number) in read}
    there = _answers(go_on, student, deeper, states, mask.each(staying), thresholds[1:])
    return ops.either(
        some_stay,
        (go_on, go_on.node("ScatterND", here, rows, there)),
        (stop, stop.node("Identity", here)),
    )


def _stays(ops: OnnxOps, student: Student, logits: str, threshold: str) -> str:
    """[batch] whether each row stays, from its negative entropy and the negative threshold."""
    negative = _negative_entropy(ops, logits)
    if not _entropy(student).inclusive:
        return ops.node("LessOrEqual", negative, threshold)
    negative = ops.node("Sub", negative, ops.scalar(_LEAST))  # so that a threshold of 0 never leaves
    return ops.node("Less", negative, threshold)


def _negative_entropy(ops: OnnxOps, logits: str) -> str:
    """−H(softmax(logits)) in nats, [batch]."""
    logarithms = ops.node("LogSoftmax", logits, axis=-1)
    terms = ops.node("Mul", ops.node("Exp", logarithms), logarithms)
    return ops.node("ReduceSum", terms, ops.integers(-1), keepdims=0)


def _nats(student: Student) -> float:
    """The entropy in nats that a threshold of 1 means."""
    entropy = _entropy(student)
    if entropy.unit == NATS:
        return 1.0
    share = 1 + _STEPS if entropy.inclusive else 1 - _STEPS
    return share * (math.log(class_count_of(student.head)) or 1.0)  # a single class is always sure


def _entropy(student: Student) -> Entropy:
    entropy = RULES[str(student.exit_rule)].entropy
    if entropy is None:
        raise ValueError(f"{student.exit_rule}: no rule of entropies, which the layout branched needs")
    return entropy
