"""Where a student is cut and where it may be left: a plan made before any graph exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from litebert import CheckpointError, InputError
from litebert.arguments import argument, argument_is
from litebert.exit_rules import RULES
from litebert.outputs import LOGITS
from litebert.targets import EXIT_LAYER, THRESHOLDS, UNCERTAINTY
from litebert_exporter.spec import Head, Student
from litebert_exporter.targets.ops import Ops

V = TypeVar("V")

PADDING = "padding"  # what the embeddings make of attention_mask


@dataclass(frozen=True)
class SegmentPlan:
    """A run of a student's layers that becomes one graph.

    Attributes:
        name: its name in the artifact.
        inputs: the graph's inputs; without hidden states among them it begins with the embeddings.
        outputs: the graph's outputs.
        layers: which layers it runs.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    layers: range


@dataclass(frozen=True)
class Plan:
    """A student cut into graphs.

    Attributes:
        layout: whole, split or branched.
        segments: the graphs, in running order.
        exits: the layer behind which each exit stands → what its logits are called; the last one last.
        pieces: what is run between two exits: the segments, or the branches of a branched graph.
        lengths: the fixed numbers of tokens that its graphs take, rising; empty for any.
    """

    layout: str
    segments: tuple[SegmentPlan, ...]
    exits: Mapping[int, str]
    pieces: tuple[SegmentPlan, ...]
    lengths: tuple[int, ...] = ()


def plan_layout(student: Student, layout: str | None, layers_per_segment: int) -> Plan:
    """The plan of the named layout; by default split for students with exits, whole for others.

    Raises:
        CheckpointError: the student's exit rule does not suit the layout.
        InputError: `layers_per_segment` would say nothing.
    """
    rule = student.exit_rule
    if layout == "branched":
        if rule is None or RULES[rule].entropy is None:
            possible = ", ".join(name for name, each in RULES.items() if each.entropy is not None)
            raise CheckpointError(
                f"the layout branched needs early exits with one of the rules {possible}, "
                f"this student has {rule or 'no early exits'}; use {argument_is('layout', 'split')}"
            )
        return plan_branched(student, layers_per_segment)
    if layout is None and not student.exits and layers_per_segment > 1:
        raise InputError(
            f"{argument('layers_per_segment')} is {layers_per_segment}, but a student without exits is "
            f"written as one segment; leave it out or use {argument_is('layout', 'split')}"
        )
    if layout == "whole" or (layout is None and not student.exits):
        return plan_whole(student)
    return plan_split(student, layers_per_segment)


def plan_whole(student: Student) -> Plan:
    """One segment from ids to the logits of every exit."""
    layers = range(len(student.layers))
    exits = {layer: _logits(student, layer) for layer in _heads(student)}
    whole = SegmentPlan("whole", _id_inputs(student), tuple(exits.values()), layers)
    return Plan("whole", (whole,), exits, (whole,))


def plan_split(student: Student, layers_per_segment: int = 1) -> Plan:
    """A segment for the embeddings, then one for every few layers, with the exit behind the last of them.

    Exits inside a segment are left out: nothing could be saved by leaving there.
    """
    count = len(student.layers)
    segments = [SegmentPlan("embed", _id_inputs(student), (_hidden(0), PADDING), range(0))]
    exits = {}
    for start in range(0, count, layers_per_segment):
        layers = range(start, min(start + layers_per_segment, count))
        outputs: tuple[str, ...] = () if layers.stop == count else (_hidden(layers.stop),)
        if layers[-1] in _heads(student):
            exits[layers[-1]] = _logits(student, layers[-1])
            outputs = (*outputs, exits[layers[-1]])
        segments.append(SegmentPlan(_name(layers), (_hidden(start), PADDING), outputs, layers))
    return Plan("split", tuple(segments), exits, tuple(segments))


def plan_branched(student: Student, layers_per_segment: int = 1) -> Plan:
    """One graph that runs the pieces of the layout split as nested branches, and leaves by itself."""
    split = plan_split(student, layers_per_segment)
    outputs = (LOGITS, EXIT_LAYER, UNCERTAINTY)
    segment = SegmentPlan("branched", (*_id_inputs(student), THRESHOLDS), outputs, range(len(student.layers)))
    return Plan("branched", (segment,), split.exits, split.pieces)


def build_segment(ops: Ops[V], student: Student, segment: SegmentPlan) -> None:
    """Carries a segment out over `ops`, from its inputs to its outputs."""
    width = student.embeddings.width
    if PADDING in segment.inputs:
        hidden = ops.float_input(_hidden(segment.layers.start), ("batch", "tokens", width))
        padding = ops.float_input(PADDING, ("batch", 1, 1, "tokens"))
    else:
        ids = {name: ops.input(name) for name in segment.inputs}
        hidden = student.embeddings.build(ops, ids)
        padding = ops.padding_bias(ids["attention_mask"])
    hidden, logits = build_layers(ops, student, segment, hidden, padding)
    if _hidden(segment.layers.stop) in segment.outputs:
        ops.output(_hidden(segment.layers.stop), hidden, ("batch", "tokens", width))
    if PADDING in segment.outputs:
        ops.output(PADDING, padding, ("batch", 1, 1, "tokens"))
    for name, value in logits.items():
        ops.output(name, value, ("batch", student.head.outputs))


def build_layers(
    ops: Ops[V], student: Student, segment: SegmentPlan, hidden: V, padding: V
) -> tuple[V, Mapping[str, V]]:
    """The hidden states behind a segment's layers, and the logits of its exits by name of output."""
    heads = _heads(student)
    logits = {}
    for layer in segment.layers:
        hidden = student.layers[layer].build(ops, hidden, padding)
        if layer in heads and _logits(student, layer) in segment.outputs:
            logits[_logits(student, layer)] = heads[layer].build(ops, hidden, padding)
    return hidden, logits


def _heads(student: Student) -> dict[int, Head]:
    """The head behind each layer that has one, the last layer's last."""
    return {each.layer: each.head for each in student.exits} | {len(student.layers) - 1: student.head}


def _logits(student: Student, layer: int) -> str:
    """What the logits behind a layer are called."""
    return LOGITS if layer == len(student.layers) - 1 else f"{LOGITS}_{layer:02}"


def _hidden(layer: int) -> str:
    """What the hidden states before a layer are called."""
    return f"hidden_{layer:02}"


def _id_inputs(student: Student) -> tuple[str, ...]:
    types = ("token_type_ids",) if student.embeddings.uses_token_types else ()
    return ("input_ids", "attention_mask", *types)


def _name(layers: range) -> str:
    """layer_02, or layers_02_03 for several."""
    return f"layer_{layers[0]:02}" if len(layers) == 1 else f"layers_{layers[0]:02}_{layers[-1]:02}"
