"""Graphs behind one another, left at the exit that is sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from litebert.backends import OpenSegment, Session
from litebert.errors import ArtifactError, InputError
from litebert.exit_settings import Setting, leave_at
from litebert.graph_formats import BRANCHED
from litebert.outputs import Output, Outputs
from litebert.targets import EXIT_LAYER, THRESHOLDS, Target
from litebert.tasks.protocol import Belief, Task

Feeds: TypeAlias = "dict[str, NDArray[np.int32]]"
Tensors: TypeAlias = "Sequence[tuple[Output, str]]"  # of an exit: its outputs, each with its tensor's name

_CURE = "export the model again"


@dataclass(frozen=True, eq=False)
class Answer:
    """What one row got: the number of the exit that answered, from 0, and its outputs."""

    exit: int
    outputs: Outputs


class Network(Protocol):
    """A target's opened graphs; safe to share between threads."""

    def run(self, feeds: Feeds, setting: Setting | None) -> list[Answer]:
        """Each row's answer for ids, mask and types [rows, tokens] by name, rows unpadded.

        Without a setting the last layer answers.

        Raises:
            ArtifactError: a graph gives anything but what the manifest says.
        """

    def all_exits(self, feeds: Feeds) -> list[list[Outputs]]:
        """Of each row the outputs of every exit."""


class Chain:
    """The layouts whole and split: segments run in turn, rows that have left are taken out between them."""

    def __init__(self, target: Target, task: Task[Any], open_segment: OpenSegment, preload: bool) -> None:
        """Opens the first segment, or with `preload` all of them; the others when they are first needed."""
        self._segments = target.segments
        self._belief = task.belief
        exits = [
            [(output, tensors[output.name]) for output in task.outputs]
            for tensors in target.exit_tensors(task.outputs)
        ]
        self._last = exits[-1]
        # The exits whose outputs each segment gives.
        self._exits = [
            [each for each in exits if {*segment.outputs} >= {tensor for _, tensor in each}]
            for segment in self._segments
        ]
        self._open_segment = open_segment
        self._sessions: list[Session | None] = [None] * len(self._segments)
        # What the segments behind each one still take.
        self._needed = [
            {name for later in self._segments[number:] for name in later.inputs}
            for number in range(1, len(self._segments) + 1)
        ]
        self._lock = Lock()
        for number in range(len(self._segments) if preload else 1):
            self._session(number)

    def run(self, feeds: Feeds, setting: Setting | None) -> list[Answer]:
        """Each row's answer; see Network."""
        return _last(self.histories(feeds, setting, feeds["input_ids"].shape[1]))

    def all_exits(self, feeds: Feeds) -> list[list[Outputs]]:
        """The outputs of every exit; see Network."""
        return self.histories(feeds, None, feeds["input_ids"].shape[1])

    def histories(self, feeds: Feeds, setting: Setting | None, tokens: int) -> list[list[Outputs]]:
        """For each row the outputs of every exit until it left.

        Args:
            feeds: as in `run`, but rows may be padded.
            setting: when to leave; None: never.
            tokens: how long the rows are without padding.
        """
        rows, padded = feeds["input_ids"].shape
        histories: list[list[Outputs]] = [[] for _ in range(rows)]
        beliefs: list[list[Belief]] = [[] for _ in range(rows)]
        values: dict[str, NDArray[Any]] = dict(feeds)
        live = list(range(rows))  # the row of the batch that each row of `values` is
        for number in range(len(self._segments)):
            outputs = _of_rows(self._session(number).run(values), len(live))
            staying = list(range(len(live)))
            for tensors in self._exits[number]:
                found = _rows(outputs, tensors, len(live), padded, tokens)
                for position in staying:
                    histories[live[position]].append(found[position])
                if setting is not None and tensors is not self._last:
                    for position in staying:
                        beliefs[live[position]].append(self._belief(found[position]))
                    staying = [each for each in staying if not setting.leaves(beliefs[live[each]])]
            if not staying:
                break
            kept = self._needed[number]
            values = {name: array for name, array in (values | outputs).items() if name in kept}
            if len(staying) < len(live):
                values = {name: array[staying] for name, array in values.items()}
                live = [live[position] for position in staying]
        return histories

    def _session(self, number: int) -> Session:
        session = self._sessions[number]
        if session is None:
            with self._lock:
                session = self._sessions[number] or self._open_segment(self._segments[number])
                self._sessions[number] = session
        return session


class Branched:
    """The layout branched: one graph that leaves by itself; it holds the rule, thresholds are an input."""

    def __init__(self, target: Target, task: Task[Any], open_segment: OpenSegment) -> None:
        """Opens the graph."""
        (segment,) = target.segments
        self._session = open_segment(segment)
        self._tensors = [(output, output.name) for output in task.outputs]
        self._number = {each.layer: number for number, each in enumerate(target.exits)}

    def run(self, feeds: Feeds, setting: Setting | None) -> list[Answer]:
        """Each row's answer; see Network."""
        early = len(self._number) - 1
        return self._run(feeds, setting or leave_at(early, early))

    def all_exits(self, feeds: Feeds) -> list[list[Outputs]]:
        """The outputs of every exit, one run each; see Network."""
        exits = len(self._number)
        runs = [self._run(feeds, leave_at(number, exits - 1)) for number in range(exits)]
        return [[answer.outputs for answer in row] for row in zip(*runs, strict=True)]

    def _run(self, feeds: Feeds, setting: Setting) -> list[Answer]:
        rows, tokens = feeds["input_ids"].shape
        thresholds = np.array(setting.values, np.float32)
        outputs = _of_rows(self._session.run({**feeds, THRESHOLDS: thresholds}), rows)
        found = _rows(outputs, self._tensors, rows, tokens, tokens)
        layers = outputs[EXIT_LAYER].tolist()
        if outputs[EXIT_LAYER].ndim != 1 or not self._number.keys() >= {*layers}:
            raise ArtifactError(f"the graph left behind the layers {layers!r:.80}; {_CURE}")
        return [Answer(self._number[layer], row) for layer, row in zip(layers, found, strict=True)]


class FixedLengths:
    """A chain for each length that a target's graphs take; rows are padded to the shortest that fits."""

    def __init__(self, target: Target, task: Task[Any], open_segment: OpenSegment, preload: bool) -> None:
        """Opens all lengths with `preload`, else each when it is first needed."""
        self._target = target
        self._task = task
        self._open_segment = open_segment
        self._chains: dict[int, Chain] = {}
        self._lock = Lock()
        for tokens in target.lengths if preload else ():
            self._chain(tokens, preload)

    def run(self, feeds: Feeds, setting: Setting | None) -> list[Answer]:
        """Each row's answer; see Network."""
        return _last(self._histories(feeds, setting))

    def all_exits(self, feeds: Feeds) -> list[list[Outputs]]:
        """The outputs of every exit; see Network."""
        return self._histories(feeds, None)

    def _histories(self, feeds: Feeds, setting: Setting | None) -> list[list[Outputs]]:
        tokens = feeds["input_ids"].shape[1]
        fitting = next((length for length in self._target.lengths if length >= tokens), None)
        if fitting is None:
            raise InputError(f"an input has {tokens} tokens, expected at most {self._target.lengths[-1]}")
        return self._chain(fitting).histories(_padded(feeds, fitting), setting, tokens)

    def _chain(self, tokens: int, preload: bool = False) -> Chain:
        with self._lock:
            if tokens not in self._chains:
                target = self._target.at_length(tokens)
                self._chains[tokens] = Chain(target, self._task, self._open_segment, preload)
            return self._chains[tokens]


def open_network(target: Target, task: Task[Any], open_segment: OpenSegment, preload: bool) -> Network:
    """The network of a target in any layout; the task says which outputs it has, and how sure they are."""
    if target.layout == BRANCHED:
        return Branched(target, task, open_segment)
    if target.lengths:
        return FixedLengths(target, task, open_segment, preload)
    return Chain(target, task, open_segment, preload)


def _last(histories: Sequence[Sequence[Outputs]]) -> list[Answer]:
    """The answers of rows that left at the last exit seen."""
    return [Answer(len(history) - 1, history[-1]) for history in histories]


def _padded(feeds: Feeds, tokens: int) -> Feeds:
    """Feeds [rows, tokens] with zeros behind each row: the mask keeps them out."""
    return {name: np.pad(array, ((0, 0), (0, tokens - array.shape[1]))) for name, array in feeds.items()}


def _of_rows(outputs: dict[str, NDArray[Any]], rows: int) -> dict[str, NDArray[Any]]:
    """A graph's outputs by name, once each is an array with so many rows.

    Raises:
        ArtifactError: one is not.
    """
    for name, array in outputs.items():
        if not isinstance(array, np.ndarray) or array.shape[:1] != (rows,):
            raise ArtifactError(f"the graph gives no {name!r:.40} for each of {rows} texts; {_CURE}")
    return outputs


def _rows(
    arrays: Mapping[str, NDArray[Any]], tensors: Tensors, rows: int, padded: int, tokens: int
) -> list[Outputs]:
    """The outputs of an exit for each row.

    Args:
        arrays: what the graph gave, by tensor.
        tensors: the exit's.
        rows: how many rows were run.
        padded: how long they were.
        tokens: how long they are without padding.

    Raises:
        ArtifactError: an array has another shape or type than the manifest says.
    """
    found = {}
    for output, tensor in tensors:
        array = arrays[tensor]
        if array.shape != output.shape(rows, padded) or array.dtype != np.float32:
            raise ArtifactError(
                f"the graph gives {output.name} {list(array.shape)} of {array.dtype}, expected "
                f"{list(output.shape(rows, padded))} of float32; {_CURE}"
            )
        found[output.name] = output.cut(array, tokens)
    return [{name: array[row] for name, array in found.items()} for row in range(rows)]
