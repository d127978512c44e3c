"""From the JSON of a manifest's targets to facts that fit together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

from litebert.errors import ArtifactError
from litebert.fields import MANIFEST, choice, flag, is_text, number, strings, typed
from litebert.graph_formats import BRANCHED, FORMATS, SPLIT
from litebert.outputs import Output
from litebert.targets import (
    ARITHMETICS,
    EXIT_LAYER,
    GRAPH_INPUTS,
    THRESHOLDS,
    UNCERTAINTY,
    Exit,
    Segment,
    Target,
)

_EXIT_FIELDS = ("layer", "outputs", "compute_share")


def parse_segment(body: Any) -> Segment:
    """A segment from its JSON.

    Raises:
        ArtifactError: a field is missing or of a wrong type.
    """
    if not isinstance(body, dict):
        raise ArtifactError(
            f"{MANIFEST}: a segment is {body!r:.80}, expected an object; export the model again"
        )
    entry = body.get("entry")
    if entry is not None and not isinstance(entry, str):
        raise ArtifactError(f"{MANIFEST}: entry is {entry!r:.80}, expected a string; export the model again")
    return Segment(
        name=typed(body, "name", str),
        file=typed(body, "file", str),
        entry=entry,
        inputs=strings(body, "inputs"),
        outputs=strings(body, "outputs"),
    )


def parse_exits(body: Any) -> tuple[Exit, ...]:
    """The exits of a target from their JSON.

    Raises:
        ArtifactError: a field is missing or of a wrong type, or they are not in the order of their layers.
    """
    if not body or not isinstance(body, list) or not all(isinstance(part, dict) for part in body):
        raise ArtifactError(
            f"{MANIFEST}: exits is {body!r:.80}, expected a list of objects; export the model again"
        )
    unknown = next((key for part in body for key in part if key not in _EXIT_FIELDS), None)
    if unknown is not None:  # room for exits of other kinds, which a reader has to know
        raise ArtifactError(
            f"{MANIFEST}: an exit has the field {unknown!r:.80}, expected {', '.join(_EXIT_FIELDS)}; "
            "export the model again"
        )
    exits = tuple(
        Exit(typed(part, "layer", int), _tensors(part), number(part, "compute_share")) for part in body
    )
    layers, shares = [each.layer for each in exits], [each.compute_share for each in exits]
    rising = layers == sorted({*layers}) and shares == sorted(shares)
    if not rising or min(layers, default=0) < 0 or not all(0 < share <= 1 for share in shares):
        raise ArtifactError(f"{MANIFEST}: its exits are not in running order; export the model again")
    return exits


def _tensors(body: Mapping[str, Any]) -> Mapping[str, str]:
    """The tensors of an exit's outputs, by output."""
    outputs = typed(body, "outputs", dict)
    if not all(isinstance(each, str) and is_text(each) for pair in outputs.items() for each in pair):
        raise ArtifactError(
            f"{MANIFEST}: outputs is {outputs!r:.80}, expected the name of a tensor for each; "
            "export the model again"
        )
    return outputs


def parse_lengths(body: Any) -> tuple[int, ...]:
    """The fixed lengths of a target from their JSON.

    Raises:
        ArtifactError: they are not rising whole numbers from 1.
    """
    numbers = isinstance(body, list) and all(type(each) is int and each >= 1 for each in body)
    if not body or not numbers or body != sorted({*body}):
        raise ArtifactError(
            f"{MANIFEST}: lengths is {body!r:.80}, expected rising whole numbers; export the model again"
        )
    return tuple(body)


def parse_target(name: str, body: Any, files: Collection[str], outputs: Sequence[Output]) -> Target:
    """A target from its JSON.

    Args:
        name: the target's name.
        body: its JSON.
        files: the files that the manifest lists.
        outputs: the network's outputs.

    Raises:
        ArtifactError: a field is wrong, or the segments cannot be run one after another.
    """
    if not isinstance(body, dict) or name not in FORMATS:
        raise ArtifactError(
            f"{MANIFEST}: target {name!r:.80} is {body!r:.80}, expected facts about {' or '.join(FORMATS)}; "
            "export the model again"
        )
    calibration = None if body.get("calibration") is None else typed(body, "calibration", dict)
    target = Target(
        name=name,
        layout=choice(body, "layout", FORMATS[name].layouts),
        recipe=typed(body, "recipe", str),
        arithmetic=choice(body, "arithmetic", ARITHMETICS),
        rows=choice(body, "rows", FORMATS[name].rows),
        moved_by_padding=flag(body, "moved_by_padding"),
        segments=tuple(parse_segment(part) for part in typed(body, "segments", list)),
        exits=() if body.get("exits") is None else parse_exits(body["exits"]),
        calibration=calibration,
        lengths=() if body.get("lengths") is None else parse_lengths(body["lengths"]),
    )
    problem = _misplaced(target, files) or _contradiction(target, outputs)
    if problem is not None:
        raise ArtifactError(f"{MANIFEST}: target {name} has {problem}; export the model again")
    return target


def _contradiction(target: Target, outputs: Sequence[Output]) -> str | None:
    """The fact that keeps the segments from being run one after another; None if they can be."""
    if not target.segments or (target.layout != SPLIT and len(target.segments) > 1):
        return f"{len(target.segments)} segments in the layout {target.layout}, expected one"
    if target.lengths and (target.layout == BRANCHED or not FORMATS[target.name].has_entries):
        return "fixed lengths, which only signatures have"
    known = {*GRAPH_INPUTS, THRESHOLDS} if target.layout == BRANCHED else {*GRAPH_INPUTS}
    for segment in target.segments:
        if not known >= {*segment.inputs}:
            return f"inputs in {segment.name!r:.80} other than {', '.join(sorted(known)):.200}"
        known |= {*segment.outputs}
    return _wrong_outputs(target, outputs)


def _wrong_outputs(target: Target, outputs: Sequence[Output]) -> str | None:
    """An exit that lacks an output of the network, or an output of no exit; None where all fit."""
    names = [each.name for each in outputs]
    odd = next((each for each in target.exits if each.outputs.keys() != {*names}), None)
    if odd is not None:
        return f"an exit with the outputs {', '.join(odd.outputs)!r:.80}, expected {', '.join(names)}"
    named = target.exits if target.layout == BRANCHED else target.exits[-1:]
    if any(name != tensor for each in named for name, tensor in each.outputs.items()):
        return "tensors of an exit that are not called as the outputs are"
    exits = [[each[name] for name in names] for each in target.exit_tensors(outputs)]
    wanted = [*names, EXIT_LAYER, UNCERTAINTY] if target.layout == BRANCHED else [*chain(*exits)]
    given = [(name, number) for number, each in enumerate(target.segments) for name in each.outputs]
    found = [name for name, _ in given if name in wanted]
    if sorted(found) != sorted(wanted):
        return f"the outputs {', '.join(found)!r:.80}, expected {', '.join(wanted):.200}"
    sources = [{dict(given)[tensor] for tensor in tensors} for tensors in exits]
    if any(len(each) > 1 for each in sources):
        return f"an exit whose outputs {', '.join(names)!r:.80} come from two segments"
    if sources != sorted(sources, key=min):
        return "exits that are not in the order of its segments"
    return None


def _places() -> str:
    """The entries and files that graphs of each format have, for an error."""
    entries = {True: "a name", False: "null"}
    return ", or ".join(
        f"{entries[each.has_entries]} in a file {each.name}/*{each.suffix}" for each in FORMATS.values()
    )


def _misplaced(target: Target, files: Collection[str]) -> str | None:
    """The first segment whose graph is none of this target's; None where all are its own."""
    for segment in target.segments:
        if segment.file not in files:
            return f"the file {segment.file!r:.80}, which is not listed"
        # ONNX Runtime takes a file of another ending for another format.
        form = FORMATS[target.name]
        named = segment.file.startswith(f"{form.name}/") and segment.file.endswith(form.suffix)
        if not named or (segment.entry is None) == form.has_entries:
            return f"the entry {segment.entry!r:.80} in the file {segment.file!r:.80}, expected {_places()}"
    return None
