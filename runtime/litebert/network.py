"""Graphs behind one another, left at the exit that is sure."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from litebert.backends import OpenSegment, Session
from litebert.errors import ArtifactError, InputError
from litebert.exit_settings import Setting, leave_at
from litebert.targets import EXIT_LAYER, LOGITS, THRESHOLDS, Target

Feeds: TypeAlias = "dict[str, NDArray[np.int32]]"

_CURE = "export the model again"


@dataclass(frozen=True)
class Answer:
    """What one row got: the number of the exit that answered, from 0, and its logits, one per label."""

    exit: int
    logits: tuple[float, ...]


class Network(Protocol):
    """A target's opened graphs; safe to share between threads."""

    def run(self, feeds: Feeds, setting: Setting | None) -> list[Answer]:
        """Each row's answer for ids, mask and types [rows, tokens] by name, rows unpadded.

        Without a setting the last layer answers.
        """

    def all_exits(self, feeds: Feeds) -> NDArray[np.float32]:
        """The logits of every exit [rows, exits, labels]."""


class Chain:
    """The layouts whole and split: segments run in turn, rows that have left are taken out between them."""

    def __init__(self, target: Target, labels: int, open_segment: OpenSegment, preload: bool) -> None:
        """Opens the first segment, or with `preload` all of them; the others when they are first needed."""
        self._segments = target.segments
        self._outputs = target.logits_outputs
        self._labels = labels
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
        return [Answer(len(history) - 1, history[-1]) for history in self._histories(feeds, setting)]

    def all_exits(self, feeds: Feeds) -> NDArray[np.float32]:
        """The logits of every exit; see Network."""
        return np.array(self._histories(feeds, None), np.float32)

    def _histories(self, feeds: Feeds, setting: Setting | None) -> list[list[tuple[float, ...]]]:
        """For each row the logits of every exit until it left."""
        rows = len(feeds["input_ids"])
        histories: list[list[tuple[float, ...]]] = [[] for _ in range(rows)]
        values: dict[str, NDArray[Any]] = dict(feeds)
        live = list(range(rows))  # which row of the batch stands in each row of `values`
        for number, segment in enumerate(self._segments):
            outputs = _of_rows(self._session(number).run(values), len(live))
            staying = list(range(len(live)))
            for name in segment.outputs:
                if name in self._outputs:
                    found = _rows(outputs[name], len(live), self._labels)
                    for position in staying:
                        histories[live[position]].append(found[position])
                    if setting is not None and name != self._outputs[-1]:
                        staying = [
                            each
                            for each in staying
                            if not setting.leaves([(logits,) for logits in histories[live[each]]])
                        ]
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

    def __init__(self, target: Target, labels: int, open_segment: OpenSegment) -> None:
        """Opens the graph."""
        (segment,) = target.segments
        self._session = open_segment(segment)
        self._labels = labels
        self._number = {each.layer: number for number, each in enumerate(target.exits)}

    def run(self, feeds: Feeds, setting: Setting | None) -> list[Answer]:
        """Each row's answer; see Network."""
        early = len(self._number) - 1
        return self._run(feeds, setting or leave_at(early, early))

    def all_exits(self, feeds: Feeds) -> NDArray[np.float32]:
        """The logits of every exit, one run each; see Network."""
        exits = len(self._number)
        runs = [self._run(feeds, leave_at(number, exits - 1)) for number in range(exits)]
        return np.array([[answer.logits for answer in run] for run in runs], np.float32).swapaxes(0, 1)

    def _run(self, feeds: Feeds, setting: Setting) -> list[Answer]:
        rows = len(feeds["input_ids"])
        thresholds = np.array(setting.values, np.float32)
        outputs = _of_rows(self._session.run({**feeds, THRESHOLDS: thresholds}), rows)
        logits = _rows(outputs[LOGITS], rows, self._labels)
        layers = outputs[EXIT_LAYER].tolist()
        if outputs[EXIT_LAYER].ndim != 1 or not self._number.keys() >= {*layers}:
            raise ArtifactError(f"the graph left behind the layers {layers!r:.80}; {_CURE}")
        return [Answer(self._number[layer], row) for layer, row in zip(layers, logits, strict=True)]


class FixedLengths:
    """A chain for each length that a target's graphs take; rows are padded to the shortest that fits."""

    def __init__(self, target: Target, labels: int, open_segment: OpenSegment, preload: bool) -> None:
        """Opens all lengths with `preload`, else each when it is first needed."""
        self._target = target
        self._labels = labels
        self._open_segment = open_segment
        self._chains: dict[int, Chain] = {}
        self._lock = Lock()
        for tokens in target.lengths if preload else ():
            self._chain(tokens, preload)

    def run(self, feeds: Feeds, setting: Setting | None) -> list[Answer]:
        """Each row's answer; see Network."""
        tokens = self._fitting(feeds)
        return self._chain(tokens).run(_padded(feeds, tokens), setting)

    def all_exits(self, feeds: Feeds) -> NDArray[np.float32]:
        """The logits of every exit; see Network."""
        tokens = self._fitting(feeds)
        return self._chain(tokens).all_exits(_padded(feeds, tokens))

    def _fitting(self, feeds: Feeds) -> int:
        tokens = feeds["input_ids"].shape[1]
        for length in self._target.lengths:
            if length >= tokens:
                return length
        raise InputError(f"an input has {tokens} tokens, expected at most {self._target.lengths[-1]}")

    def _chain(self, tokens: int, preload: bool = False) -> Chain:
        with self._lock:
            if tokens not in self._chains:
                target = self._target.at_length(tokens)
                self._chains[tokens] = Chain(target, self._labels, self._open_segment, preload)
            return self._chains[tokens]


def open_network(target: Target, labels: int, open_segment: OpenSegment, preload: bool) -> Network:
    """The network of a target, whatever its layout."""
    if target.layout == "branched":
        return Branched(target, labels, open_segment)
    if target.lengths:
        return FixedLengths(target, labels, open_segment, preload)
    return Chain(target, labels, open_segment, preload)


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


def _rows(logits: NDArray[Any], rows: int, labels: int) -> list[tuple[float, ...]]:
    """Logits [rows, labels] as tuples.

    Raises:
        ArtifactError: they have another shape or type.
    """
    if logits.shape != (rows, labels) or logits.dtype != np.float32:
        raise ArtifactError(
            f"the graph gives logits {list(logits.shape)} of {logits.dtype} for {rows} texts and {labels} "
            f"labels, expected float32; {_CURE}"
        )
    return [tuple(row) for row in logits.tolist()]
