"""A target's opened graphs, run in turn; a row leaves at the exit that is sure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

import numpy as np

from litebert.backends import OpenSegment, Session
from litebert.errors import ArtifactError, InputError
from litebert.exit_rules import Belief
from litebert.exit_settings import Setting, leave_at
from litebert.graph_formats import BRANCHED
from litebert.outputs import Output, Outputs
from litebert.targets import EXIT_LAYER, THRESHOLDS, Target

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from litebert.tasks.protocol import Task

Feeds: TypeAlias = "dict[str, NDArray[np.int32]]"
Leaves: TypeAlias = "Callable[[int, int, Outputs], bool]"  # of a row, by the number of an exit
Tensors: TypeAlias = "Sequence[tuple[Output, str]]"  # an exit's outputs, each with its tensor's name

_FLOAT32 = np.dtype(np.float32)
_CURE = "export the model again"


class ExitOutputs(NamedTuple):
    """The outputs of one row at the exit that answered, and the number of that exit, from 0."""

    exit: int
    outputs: Outputs


class Network(Protocol):
    """A target's opened graphs; safe to share between threads."""

    def run(self, feeds: Feeds, setting: Setting | None) -> list[ExitOutputs]:
        """Each row's answer for ids, mask and types [rows, tokens] by name, rows unpadded.

        Without a setting the last layer answers.

        Raises:
            ArtifactError: an output of a graph differs from the manifest's.
        """

    def all_exits(self, feeds: Feeds) -> list[list[Outputs]]:
        """The outputs of every exit, for each row."""


class Chain:
    """The layouts whole and split: segments run in turn; rows that have left are taken out between them."""

    def __init__(self, target: Target, task: Task[Any], open_segment: OpenSegment, preload: bool) -> None:
        """Opens the first segment, with `preload` all of them; else the others when they are first needed."""
        self._segments = target.segments
        self._belief = task.belief
        exits = [
            (number, [(output, tensors[output.name]) for output in task.outputs])
            for number, tensors in enumerate(target.exit_tensors(task.outputs))
        ]
        self._last = len(exits) - 1
        # The exits, by number, whose outputs each segment gives.
        self._exits = [
            [each for each in exits if {*segment.outputs} >= {tensor for _, tensor in each[1]}]
            for segment in self._segments
        ]
        self._open_segment = open_segment
        self._sessions: list[Session | None] = [None] * len(self._segments)
        # The inputs of all segments behind each one.
        self._needed = [
            {name for later in self._segments[number:] for name in later.inputs}
            for number in range(1, len(self._segments) + 1)
        ]
        self._lock = Lock()
        for number in range(len(self._segments) if preload else 1):
            self._session(number)

    def run(self, feeds: Feeds, setting: Setting | None, tokens: int | None = None) -> list[ExitOutputs]:
        """Each row's answer; see Network. Rows of padded feeds have `tokens` tokens without padding."""
        rows = range(len(feeds["input_ids"]))
        answers: dict[int, ExitOutputs] = {}
        beliefs: list[list[Belief]] = [[] for _ in rows]

        def leaves(row: int, number: int, outputs: Outputs) -> bool:
            if setting is not None and number < self._last:
                beliefs[row].append(self._belief(outputs))
                if not setting.leaves(beliefs[row]):
                    return False
            answers[row] = ExitOutputs(number, outputs)
            return True

        self._visit(feeds, tokens, self._last if setting is None else 0, leaves)
        return [answers[row] for row in rows]

    def all_exits(self, feeds: Feeds, tokens: int | None = None) -> list[list[Outputs]]:
        """The outputs of every exit; see Network, and `run`."""
        histories: list[list[Outputs]] = [[] for _ in range(len(feeds["input_ids"]))]

        def leaves(row: int, number: int, outputs: Outputs) -> bool:
            histories[row].append(outputs)
            return False

        self._visit(feeds, tokens, 0, leaves)
        return histories

    def _visit(self, feeds: Feeds, tokens: int | None, first: int, leaves: Leaves) -> None:
        """Asks each row that has not left, at each exit from the `first` on, whether it leaves there."""
        rows, padded = feeds["input_ids"].shape
        tokens = padded if tokens is None else tokens
        values: dict[str, NDArray[Any]] = dict(feeds)
        live = list(range(rows))  # the row of the batch that each row of `values` is
        for number, exits in enumerate(self._exits):
            outputs = _of_rows(self._session(number).run(values), len(live))
            staying = list(range(len(live)))
            for exit_number, tensors in exits:
                if exit_number >= first:
                    found = _rows(outputs, tensors, len(live), padded, tokens)
                    staying = [each for each in staying if not leaves(live[each], exit_number, found[each])]
            if not staying or number == len(self._exits) - 1:
                break
            kept = self._needed[number]
            values = {name: array for name, array in (values | outputs).items() if name in kept}
            if len(staying) < len(live):
                values = {name: array[staying] for name, array in values.items()}
                live = [live[position] for position in staying]

    def _session(self, number: int) -> Session:
        session = self._sessions[number]
        if session is None:
            with self._lock:
                session = self._sessions[number] or self._open_segment(self._segments[number])
                self._sessions[number] = session
        return session


class Branched:
    """The layout branched: one graph that leaves by itself. It holds the rule; thresholds are an input."""

    def __init__(self, target: Target, task: Task[Any], open_segment: OpenSegment) -> None:
        """Opens the graph."""
        (segment,) = target.segments
        self._session = open_segment(segment)
        self._tensors = [(output, output.name) for output in task.outputs]
        self._number = {each.layer: number for number, each in enumerate(target.exits)}

    def run(self, feeds: Feeds, setting: Setting | None) -> list[ExitOutputs]:
        """Each row's answer; see Network."""
        early = len(self._number) - 1
        return self._run(feeds, setting or leave_at(early, early))

    def all_exits(self, feeds: Feeds) -> list[list[Outputs]]:
        """The outputs of every exit, one run each; see Network."""
        exits = len(self._number)
        runs = [self._run(feeds, leave_at(number, exits - 1)) for number in range(exits)]
        return [[answer.outputs for answer in row] for row in zip(*runs, strict=True)]

    def _run(self, feeds: Feeds, setting: Setting) -> list[ExitOutputs]:
        rows, tokens = feeds["input_ids"].shape
        thresholds = np.array(setting.values, np.float32)
        outputs = _of_rows(self._session.run({**feeds, THRESHOLDS: thresholds}), rows)
        found = _rows(outputs, self._tensors, rows, tokens, tokens)
        layers = outputs[EXIT_LAYER].tolist()
        if outputs[EXIT_LAYER].ndim != 1 or not self._number.keys() >= {*layers}:
            raise ArtifactError(f"the graph left behind the layers {layers!r:.80}; {_CURE}")
        return [ExitOutputs(self._number[layer], row) for layer, row in zip(layers, found, strict=True)]


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

    def run(self, feeds: Feeds, setting: Setting | None) -> list[ExitOutputs]:
        """Each row's answer; see Network."""
        tokens = feeds["input_ids"].shape[1]
        fitting = self._fitting(tokens)
        return self._chain(fitting).run(_padded(feeds, fitting), setting, tokens)

    def all_exits(self, feeds: Feeds) -> list[list[Outputs]]:
        """The outputs of every exit; see Network."""
        tokens = feeds["input_ids"].shape[1]
        fitting = self._fitting(tokens)
        return self._chain(fitting).all_exits(_padded(feeds, fitting), tokens)

    def _fitting(self, tokens: int) -> int:
        for length in self._target.lengths:
            if length >= tokens:
                return length
        raise InputError(f"an input has {tokens} tokens, expected at most {self._target.lengths[-1]}")

    def _chain(self, tokens: int, preload: bool = False) -> Chain:
        with self._lock:
            if tokens not in self._chains:
                target = self._target.at_length(tokens)
                self._chains[tokens] = Chain(target, self._task, self._open_segment, preload)
            return self._chains[tokens]


def open_network(target: Target, task: Task[Any], open_segment: OpenSegment, preload: bool) -> Network:
    """The network of a target in any layout; the task gives its outputs and its beliefs."""
    if target.layout == BRANCHED:
        return Branched(target, task, open_segment)
    if target.lengths:
        return FixedLengths(target, task, open_segment, preload)
    return Chain(target, task, open_segment, preload)


def _padded(feeds: Feeds, tokens: int) -> Feeds:
    """Feeds [rows, tokens] with zeros behind each row; the mask keeps these out."""
    return {name: np.pad(array, ((0, 0), (0, tokens - array.shape[1]))) for name, array in feeds.items()}


def _of_rows(outputs: dict[str, NDArray[Any]], rows: int) -> dict[str, NDArray[Any]]:
    """A graph's outputs by name, unchanged; each is an array with so many rows.

    Raises:
        ArtifactError: an output is not.
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
        arrays: the graph's outputs, by tensor.
        tensors: the exit's outputs with their tensors.
        rows: the number of rows that were run.
        padded: their length, in tokens.
        tokens: their length without padding.

    Raises:
        ArtifactError: an array has another shape or type than the manifest states.
    """
    found = {}
    for output, tensor in tensors:
        array = arrays[tensor]
        if array.shape[1:] != output.row_shape(padded) or array.dtype != _FLOAT32:
            raise ArtifactError(
                f"the graph gives {output.name} {list(array.shape)} of {array.dtype}, expected "
                f"{[rows, *output.row_shape(padded)]} of float32; {_CURE}"
            )
        found[output.name] = array if tokens == padded else output.cut(array, tokens)
    return [{name: array[row] for name, array in found.items()} for row in range(rows)]
