"""Hidden states of many texts, computed once and kept on disk: they take some 100 kB a sentence.

A file holds a record for each text, the shortest text first: its states, then the last layer's logits. A file
only grows, so a run after a kill cuts it back to whole batches and goes on from there. The states are
standardized. So heads train alike on any scale, and float16, which ends at 65,504, can hold MobileBERT's.
"""

from __future__ import annotations

import itertools
import shutil
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from litebert.errors import InputError, UnsupportedModelError
from litebert.tokenizer import Encoding
from litebert.tools.progress import Progress, silent
from litebert_exporter.cures import out_flag
from litebert_exporter.heads.logits import class_count_of
from litebert_exporter.subject import Subject
from litebert_students.hidden_states import run_layers

_BATCH_TOKENS = 256  # the fastest number: a layer's results on them fit the processor's caches
_LARGEST = float(np.finfo(np.float16).max)
SAMPLE_TEXTS = 256  # enough for a mean and a deviation
_LEAST_DEVIATION = 2.0**-16  # of a channel's mean: a smaller deviation may be rounding
_HALVES_PER_LOGIT = 2  # logits are float32 in a file of float16


@dataclass(frozen=True)
class RecordLayout:
    """The shape of each record.

    Attributes:
        tokens: [texts] the number of tokens kept of each text.
        exits: the number of layers but the last.
        width: the size of a hidden state.
        classes: the number of the last layer's logits.
    """

    tokens: NDArray[np.int64]
    exits: int
    width: int
    classes: int

    @property
    def stops(self) -> NDArray[np.int64]:
        """[texts] the end of each record, counted in float16 numbers."""
        return np.cumsum(self.tokens * self.exits * self.width + _HALVES_PER_LOGIT * self.classes)


@dataclass(frozen=True)
class Moments:
    """The moments that standardize states: (states − mean) / deviation.

    Attributes:
        mean: [exits, width] float32, for every channel of every layer.
        deviation: [exits, width] float32, above 0.
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]


class HiddenCache:
    """The standardized states of texts on disk; each batch is read when it is needed.

    Attributes:
        layout: the shape of the records.
        logits: [texts, classes] float32, the last layer's answers.
    """

    def __init__(self, path: Path, layout: RecordLayout) -> None:
        """Args: a complete file, and its layout."""
        self.layout = layout
        self._numbers = np.memmap(path, np.float16, mode="r")
        halves = _HALVES_PER_LOGIT * layout.classes
        stops = layout.stops
        self._starts = [0, *stops[:-1].tolist()]
        self.logits = torch.from_numpy(
            np.stack([self._numbers[stop - halves : stop].view(np.float32) for stop in stops.tolist()])
        )

    def __len__(self) -> int:
        return len(self._starts)

    def batch(self, texts: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Padded states [exits, texts, tokens, width] float32 and a mask [texts, tokens].

        The mask is false for padding, and the states there are 0.
        """
        exits, width = self.layout.exits, self.layout.width
        kept = self.layout.tokens[texts].tolist()
        hidden = torch.zeros(exits, len(texts), max(kept), width)
        mask = torch.zeros(len(texts), max(kept), dtype=torch.bool)
        for place, (text, tokens) in enumerate(zip(texts, kept, strict=True)):
            start = self._starts[text]
            numbers = np.array(self._numbers[start : start + exits * tokens * width])
            hidden[:, place, :tokens] = torch.from_numpy(numbers).view(exits, tokens, width)
            mask[place, :tokens] = True
        return hidden, mask


def estimate_moments(
    subject: Subject, encodings: Sequence[Encoding], first_only: bool, progress: Progress = silent
) -> Moments:
    """Mean and deviation of the states of a sample of texts, the same for the same texts.

    Args:
        subject: the classifier.
        encodings: the texts, the shortest first.
        first_only: take the first tokens' states only.
        progress: called with each further share of this work.

    Raises:
        UnsupportedModelError: a state is not finite.
    """
    sample = encodings[:: -(-len(encodings) // SAMPLE_TEXTS)]
    count, total, squares = 0, np.zeros(()), np.zeros(())
    for states, _ in _compute(subject, sample, _batches(_lengths(sample)), first_only):
        progress(len(states) / len(sample), "measuring the range of the hidden states")
        exact = states.astype(np.float64)
        count += states.shape[0] * states.shape[2]
        total = total + exact.sum(axis=(0, 2))
        squares = squares + np.square(exact).sum(axis=(0, 2))
    mean = total / count
    variance = np.maximum(squares / count - mean**2, (_LEAST_DEVIATION * mean) ** 2)
    deviation = np.sqrt(variance).astype(np.float32)
    return Moments(mean.astype(np.float32), np.where(deviation > 0, deviation, np.float32(1)))


def cache_states(
    path: Path,
    subject: Subject,
    encodings: Sequence[Encoding],
    moments: Moments,
    first_only: bool,
    title: str,
    progress: Progress = silent,
) -> HiddenCache:
    """The standardized states of texts; those that a former run left in the same file are not computed again.

    Args:
        path: a file for this subject, these texts, these moments and this `first_only` alone.
        subject: the classifier.
        encodings: the texts, the shortest first.
        moments: the moments that standardize the states.
        first_only: keep the first token only.
        title: the name of this work for progress.
        progress: called with each further share of this work, that of a former run included.

    Raises:
        InputError: the disk has no room for the states.
        UnsupportedModelError: a state is not finite.
    """
    lengths = _lengths(encodings)
    layout = RecordLayout(
        tokens=np.ones_like(lengths) if first_only else lengths,
        exits=len(subject.student.layers) - 1,
        width=subject.student.embeddings.width,
        classes=class_count_of(subject.student.head),
    )
    batches = _batches(lengths)
    stops = 2 * layout.stops[[batch.stop - 1 for batch in batches]]  # bytes
    mean, deviation = moments.mean[:, None], moments.deviation[:, None]
    with path.open("ab") as file:
        done = int(np.searchsorted(stops, file.tell(), "right"))
        before, size_bytes = (batches[done - 1].stop, int(stops[done - 1])) if done else (0, 0)
        file.truncate(size_bytes)
        _check_room(path, int(stops[-1]) - size_bytes)
        progress(before / len(encodings), title)
        for states, logits in _compute(subject, encodings, batches[done:], first_only):
            standard = np.clip((states - mean) / deviation, -_LARGEST, _LARGEST)
            numbers = standard.astype(np.float16).reshape(len(logits), -1)
            file.write(np.concatenate([numbers, logits.view(np.float16)], axis=1).tobytes())
            progress(len(logits) / len(encodings), title)
    return HiddenCache(path, layout)


def _lengths(encodings: Sequence[Encoding]) -> NDArray[np.int64]:
    return np.array([len(encoding.input_ids) for encoding in encodings])


def _batches(lengths: NDArray[np.int64]) -> list[range]:
    """Batches of texts of equal length, so that none is padded."""
    batches = []
    start = 0
    for length, group in itertools.groupby(lengths.tolist()):
        end = start + len(list(group))
        size = max(1, _BATCH_TOKENS // length)
        batches += [range(i, min(i + size, end)) for i in range(start, end, size)]
        start = end
    return batches


def _compute(
    subject: Subject, encodings: Sequence[Encoding], batches: Sequence[range], first_only: bool
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Yields states [texts, exits, tokens, width] and logits [texts, classes] of each batch, in order.

    Every core computes batches of its own with one thread, so the numbers do not depend on the cores' number.
    """

    def states(batch: range) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        found = run_layers(subject.student, subject.weights, *_arrays(encodings[batch.start : batch.stop]))
        kept = np.stack([layer[:, :1] if first_only else layer for layer in found.hidden], axis=1)
        if not (np.isfinite(kept).all() and np.isfinite(found.logits).all()):
            raise UnsupportedModelError(
                "the student's hidden states or answers are not finite, expected finite numbers; exits "
                "cannot be trained on such a student"
            )
        return kept, found.logits

    workers = torch.get_num_threads()
    waiting: deque[Future[tuple[NDArray[np.float32], NDArray[np.float32]]]] = deque()
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(workers) as pool:
        for batch in batches:
            waiting.append(pool.submit(states, batch))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        for future in waiting:
            yield future.result()


def _arrays(encodings: Sequence[Encoding]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Ids and token types [texts, tokens]."""
    return (
        np.array([encoding.input_ids for encoding in encodings], np.int32),
        np.array([encoding.type_ids for encoding in encodings], np.int32),
    )


def _check_room(path: Path, size_bytes: int) -> None:
    free_bytes = shutil.disk_usage(path.parent).free
    if size_bytes > free_bytes:
        raise InputError(
            f"{path}: the hidden states take {size_bytes / 1e9:.1f} GB, but "
            f"{free_bytes / 1e9:.1f} GB are free; make room, choose another disk with {out_flag()} or give "
            "fewer texts"
        )
