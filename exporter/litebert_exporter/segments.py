"""The plan of a student's graphs, made before any graph exists: its cuts, and the exits that stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from litebert import CheckpointError, InputError
from litebert.arguments import argument, argument_is
from litebert.exit_rules import RULES
from litebert.graph_formats import BRANCHED, SPLIT, WHOLE
from litebert.targets import EXIT_LAYER, THRESHOLDS, UNCERTAINTY
from litebert.tasks.sequence_classification import LOGITS
from litebert_exporter.heads.logits import described, gives_logits
from litebert_exporter.mask import PADDING, Mask, input_mask, mask_of
from litebert_exporter.ops import Ops
from litebert_exporter.spec import Head, Student

V = TypeVar("V")
States: TypeAlias = "Mapping[int, V]"  # hidden states by number: 0 of the embeddings, n behind layer n - 1


@dataclass(frozen=True)
class SegmentPlan:
    """A run of a student's layers that becomes one graph.

    Attributes:
        name: its name in the artifact.
        inputs: the graph's inputs; without hidden states among them it begins with the embeddings.
        outputs: the graph's outputs.
        layers: the numbers of the layers that it runs.
        exits: the number of each of these layers that has a head → the names of the head's outputs → their
            names in the graph.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    layers: range
    exits: Mapping[int, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """A student cut into graphs.

    Attributes:
        layout: whole, split or branched.
        segments: the graphs, in running order.
        pieces: the graphs between two exits: the segments, or the branches of a branched graph.
        lengths: the fixed numbers of tokens that its graphs take, rising; empty for any number.
    """

    layout: str
    segments: tuple[SegmentPlan, ...]
    pieces: tuple[SegmentPlan, ...]
    lengths: tuple[int, ...] = ()

    @property
    def exits(self) -> Mapping[int, Mapping[str, str]]:
        """Each exit's layer → the names of its outputs → their names in the graph; the last layer last."""
        return {layer: names for piece in self.pieces for layer, names in piece.exits.items()}


def plan_layout(student: Student, layout: str | None, layers_per_segment: int) -> Plan:
    """The plan of the named layout; by default split for students with exits, whole for others.

    Raises:
        CheckpointError: the student's exit rule does not suit the layout.
        InputError: `layers_per_segment` has no effect in the layout.
    """
    rule = student.exit_rule
    if layout == BRANCHED:
        if rule is None or RULES[rule].entropy is None:
            possible = ", ".join(name for name, each in RULES.items() if each.entropy is not None)
            raise CheckpointError(
                f"the layout branched needs early exits with one of the rules {possible}, "
                f"this student has {rule or 'no early exits'}; use {argument_is('layout', SPLIT)}"
            )
        _check_branched(student)
        plan = plan_branched(student, layers_per_segment)
        if len(plan.exits) == 1:
            raise InputError(
                f"{argument('layers_per_segment')} is {layers_per_segment}, which leaves no exit before the "
                f"last of {len(student.layers)} layers to the layout branched; give a smaller number"
            )
        return plan
    if layout is None and not student.exits and layers_per_segment > 1:
        raise InputError(
            f"{argument('layers_per_segment')} is {layers_per_segment}, but a student without exits is "
            f"written as one segment; leave it out or use {argument_is('layout', SPLIT)}"
        )
    if layout == WHOLE or (layout is None and not student.exits):
        return plan_whole(student)
    return plan_split(student, layers_per_segment)


def _check_branched(student: Student) -> None:
    """Raises CheckpointError unless every head gives logits [batch, classes], which say how sure it is."""
    for head in _heads(student).values():
        if not gives_logits(head):
            raise CheckpointError(
                f"the layout branched needs heads that give logits [batch, classes] and nothing else, this "
                f"student has one that gives {described(head)}; use {argument_is('layout', SPLIT)}"
            )


def plan_whole(student: Student) -> Plan:
    """One segment from ids to the outputs of every exit."""
    layers = range(len(student.layers))
    exits = _exits(student, layers)
    whole = SegmentPlan(WHOLE, _id_inputs(student), _names(exits), layers, exits)
    return Plan(WHOLE, (whole,), (whole,))


def plan_split(student: Student, layers_per_segment: int = 1) -> Plan:
    """A segment for the embeddings, then one for every few layers, with the exit behind the last of them.

    Exits inside a segment are left out: leaving there would save nothing.
    """
    count = len(student.layers)
    segments = [SegmentPlan("embed", _id_inputs(student), (hidden_name(0), PADDING), range(0))]
    for start in range(0, count, layers_per_segment):
        layers = range(start, min(start + layers_per_segment, count))
        read = sorted(number for number in _read(student, layers) if number <= start)
        given = sorted(_read(student, range(layers.stop, count)) & {*range(start + 1, layers.stop + 1)})
        exits = _exits(student, layers[-1:])
        inputs = (*map(hidden_name, read), PADDING)
        outputs = (*map(hidden_name, given), *_names(exits))
        segments.append(SegmentPlan(_name(layers), inputs, outputs, layers, exits))
    return Plan(SPLIT, tuple(segments), tuple(segments))


def plan_branched(student: Student, layers_per_segment: int = 1) -> Plan:
    """One graph that runs the pieces of the layout split as nested branches, and leaves by itself."""
    split = plan_split(student, layers_per_segment)
    outputs = (LOGITS, EXIT_LAYER, UNCERTAINTY)
    segment = SegmentPlan(BRANCHED, (*_id_inputs(student), THRESHOLDS), outputs, range(len(student.layers)))
    return Plan(BRANCHED, (segment,), split.pieces)


def hidden_name(number: int) -> str:
    """The name of the hidden states before the layer of that number."""
    return f"hidden_{number:02}"


def build_segment(ops: Ops[V], student: Student, segment: SegmentPlan) -> None:
    """Runs a segment over `ops`, from its inputs to its outputs."""
    axes = ("batch", "tokens", student.embeddings.width)
    if PADDING in segment.inputs:
        numbers = range(segment.layers.start + 1)
        states = {
            number: ops.float_input(hidden_name(number), axes)
            for number in numbers
            if hidden_name(number) in segment.inputs
        }
        mask = input_mask(ops)
    else:
        ids = {name: ops.input(name) for name in segment.inputs}
        states = {0: student.embeddings.build(ops, ids)}
        mask = mask_of(ops, ids["attention_mask"])
    known, found = build_layers(ops, student, segment, states, mask)
    for number, hidden in known.items():
        if hidden_name(number) in segment.outputs:
            ops.output(hidden_name(number), hidden, axes)
    if PADDING in segment.outputs:
        mask.output(ops)
    for layer, values in found.items():
        for output in _heads(student)[layer].outputs:
            ops.output(segment.exits[layer][output.name], values[output.name], output.axes)


def build_layers(
    ops: Ops[V], student: Student, segment: SegmentPlan, states: States[V], mask: Mask[V]
) -> tuple[States[V], Mapping[int, Mapping[str, V]]]:
    """The hidden states that the layers read and give, by number, and each exit's outputs, by layer."""
    heads, known, found = _heads(student), {**states}, {}
    for layer in segment.layers:
        known[layer + 1] = build_layer(ops, student, layer, known, mask)
        if layer in segment.exits:
            found[layer] = heads[layer].build(ops, known[layer + 1], mask)
    return known, found


def build_layer(ops: Ops[V], student: Student, layer: int, states: States[V], mask: Mask[V]) -> V:
    """The hidden states behind a layer. Those of the last layer are normalized if there is a final norm."""
    read = tuple(states[number] for number in _read_by(student, layer))
    hidden = student.layers[layer].build(ops, read, mask)
    if student.final_norm is None or layer < len(student.layers) - 1:
        return hidden
    return ops.layer_norm(hidden, student.final_norm)


def _heads(student: Student) -> dict[int, Head]:
    """The head behind each layer that has one; the last layer's comes last."""
    return {each.layer: each.head for each in student.exits} | {len(student.layers) - 1: student.head}


def _exits(student: Student, layers: range) -> Mapping[int, Mapping[str, str]]:
    """The number of each of some layers that has a head → the names of its outputs → their names in a graph.

    The outputs of the last head keep their names. Those of early heads get the layer's number.
    """
    last, heads = len(student.layers) - 1, _heads(student)
    return {
        layer: {
            output.name: output.name if layer == last else f"{output.name}_{layer:02}"
            for output in heads[layer].outputs
        }
        for layer in layers
        if layer in heads
    }


def _names(exits: Mapping[int, Mapping[str, str]]) -> tuple[str, ...]:
    """The names in the graph of all outputs of exits."""
    return tuple(name for names in exits.values() for name in names.values())


def _read(student: Student, layers: range) -> set[int]:
    """The numbers of the hidden states that some layers read; state n is before layer n."""
    return {number for layer in layers for number in _read_by(student, layer)}


def _read_by(student: Student, layer: int) -> list[int]:
    """The numbers of the hidden states that a layer reads, in order; 0, the embeddings', may repeat."""
    return [max(number, 0) for number in range(layer + 1 - student.layers[layer].reads, layer + 1)]


def _id_inputs(student: Student) -> tuple[str, ...]:
    types = ("token_type_ids",) if student.embeddings.uses_token_types else ()
    return ("input_ids", "attention_mask", *types)


def _name(layers: range) -> str:
    """layer_02, or layers_02_03 for several."""
    return f"layer_{layers[0]:02}" if len(layers) == 1 else f"layers_{layers[0]:02}_{layers[-1]:02}"
