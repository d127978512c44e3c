"""The time of answers at each length and of each graph, inside an opened artifact."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from litebert.artifact import Artifact
from litebert.backends import Engine, Session
from litebert.batches import feeds
from litebert.network import open_network
from litebert.packages import package_version
from litebert.runner import Runner
from litebert.targets import FLOAT32, Segment
from litebert.tokenizer import Encoding
from litebert_bench.measure.records import BenchSubject, Length, Segments, milliseconds

LENGTHS = (8, 16, 32, 64, 128)
_CALLS = 10  # per length, segment and round


def describe_subject(run: str, artifact: Artifact, engine: Engine) -> BenchSubject:
    """The record of an artifact as an engine runs it."""
    target = artifact.targets[engine.target]
    shared = {name: size for name, size in artifact.files.items() if "/" not in name}
    return BenchSubject(
        run=run,
        subject=f"{engine.name} {target.recipe} {target.layout}",
        model=artifact.name,
        peer="litebert",
        engine=f"{engine.name} {package_version(engine.name, engine.module)}",
        recipe=target.recipe,
        layout=target.layout,
        arithmetic="float" if target.arithmetic == FLOAT32 else "exact",
        files=artifact.target_files(engine.target) | shared,
    )


def ids_of_lengths(texts: Sequence[Sequence[int]], lengths: Sequence[int]) -> list[list[int]]:
    """Token ids of each length: between the first and the last id of the first text, ids of all texts."""
    inner = [token for text in texts for token in text[1:-1]] or [0]
    first, last = texts[0][0], texts[0][-1]
    return [[first, *(inner * length)[: length - 2], last] for length in lengths]


def measure_lengths(
    run: str, subject: str, runner: Runner, threads: int, encodings: Sequence[Encoding]
) -> Iterator[Length]:
    """The time of answers at each length."""
    lengths = [length for length in LENGTHS if length <= runner.max_tokens]
    tokens, times = [], []
    for ids in ids_of_lengths([encoding.input_ids for encoding in encodings], lengths):
        one = Encoding(tuple(ids), (0,) * len(ids))
        runner.answers([one], None)
        for _ in range(_CALLS):
            start = time.perf_counter()
            runner.answers([one], None)
            times.append(milliseconds(time.perf_counter() - start))
            tokens.append(len(ids))
    yield Length(run, subject, threads, 0, tokens, times)


class _Timed:
    """A session that notes the time of each of its calls."""

    def __init__(self, session: Session) -> None:
        """Args: the session that does the work."""
        self._session = session
        self.model_ms: list[float] = []

    def run(self, inputs: Any) -> Any:
        """The outputs of the session."""
        start = time.perf_counter()
        outputs = self._session.run(inputs)
        self.model_ms.append(milliseconds(time.perf_counter() - start))
        return outputs


def measure_segments(
    run: str,
    subject: str,
    artifact: Artifact,
    engine: Engine,
    threads: int,
    encodings: Sequence[Encoding],
) -> Iterator[Segments]:
    """The time of each graph of a chain, at full depth, for a text of the median length; else nothing."""
    target = artifact.targets[engine.target]
    if len(target.segments) == 1 or target.lengths:
        return
    open_segment = engine.opener(artifact.path, threads, artifact.opening)
    timed: dict[str, _Timed] = {}

    def open_timed(segment: Segment) -> _Timed:
        timed[segment.name] = _Timed(open_segment(segment))
        return timed[segment.name]

    network = open_network(target, artifact.task, open_timed, preload=True)
    one = sorted(encodings, key=lambda each: len(each.input_ids))[len(encodings) // 2]
    for _ in range(1 + _CALLS):
        network.run(feeds([one]), None)
    samples = [each.model_ms[1:] for each in timed.values()]
    yield Segments(run, subject, threads, len(one.input_ids), list(timed), samples)
