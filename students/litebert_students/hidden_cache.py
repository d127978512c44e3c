"""Hidden states of many texts, computed once and kept on disk: they take some 100 kB a sentence.

A file holds a record for each text, the shortest text first: its states, then the last layer's logits. It
only ever grows, so what a killed run left is cut back to whole batches and continued.
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
from tqdm import tqdm

from litebert.errors import InputError, UnsupportedModelError
from litebert.tokenizer import Encoding
from litebert_students.exit_source import Source
from litebert_students.hidden_states import run_layers

_BATCH_TOKENS = 256  # so many are fastest: what a layer makes of them stays in the processor's caches
_LARGEST = float(np.finfo(np.float16).max)
_HALVES_PER_LOGIT = 2  # logits are float32 in a file of float16


@dataclass(frozen=True)
class Layout:
    """The shape of each record.

    Attributes:
        tokens: [texts] how many tokens of each text are kept.
        exits: layers but the last.
        width: of a hidden state.
        classes: of the last layer's answer.
    """

    tokens: NDArray[np.int64]
    exits: int
    width: int
    classes: int

    @property
    def stops(self) -> NDArray[np.int64]:
        """[texts] where each record ends, in float16 numbers."""
        return np.cumsum(self.tokens * self.exits * self.width + _HALVES_PER_LOGIT * self.classes)


class HiddenCache:
    """The states of texts on disk, read as they are asked for.

    Attributes:
        layout: the shape of the records.
        logits: [texts, classes] float32, the last layer's answers.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        """Args: a whole file, and its layout."""
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
        """Returns padded states [exits, texts, tokens, width] float32, and a mask [texts, tokens].

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


def cache_states(
    path: Path, source: Source, encodings: Sequence[Encoding], first_only: bool, title: str
) -> HiddenCache:
    """Returns the states of texts, computing what a former run to the same file has not.

    Args:
        path: the file of this source, these texts and this `first_only` alone.
        source: the classifier.
        encodings: the texts, the shortest first.
        first_only: keep the first token only.
        title: what the progress bar calls it.

    Raises:
        InputError: the disk has no room for them.
        UnsupportedModelError: a state is not finite, or too large for float16.
    """
    lengths = np.array([len(encoding.input_ids) for encoding in encodings])
    layout = Layout(
        tokens=np.ones_like(lengths) if first_only else lengths,
        exits=len(source.student.layers) - 1,
        width=source.student.embeddings.width,
        classes=source.student.head.outputs,
    )
    batches = _batches(lengths)
    stops = 2 * layout.stops[[batch.stop - 1 for batch in batches]]  # bytes
    with path.open("ab") as file:
        done = int(np.searchsorted(stops, file.tell(), "right"))
        before, size_bytes = (batches[done - 1].stop, int(stops[done - 1])) if done else (0, 0)
        file.truncate(size_bytes)
        _check_room(path, int(stops[-1]) - size_bytes)
        with tqdm(total=len(encodings), initial=before, desc=title, leave=False) as bar:
            for batch, records in _compute(source, encodings, batches[done:], layout):
                file.write(records)
                bar.update(len(batch))
    return HiddenCache(path, layout)


def _batches(lengths: NDArray[np.int64]) -> list[range]:
    """Texts of equal length, so that none is padded."""
    batches = []
    start = 0
    for length, group in itertools.groupby(lengths.tolist()):
        end = start + len(list(group))
        size = max(1, _BATCH_TOKENS // length)
        batches += [range(i, min(i + size, end)) for i in range(start, end, size)]
        start = end
    return batches


def _compute(
    source: Source, encodings: Sequence[Encoding], batches: Sequence[range], layout: Layout
) -> Iterator[tuple[range, bytes]]:
    """Yields the records of each batch in order; every core works on batches of its own, with one thread."""

    def records(batch: range) -> bytes:
        states = run_layers(source.student, source.weights, *_arrays(encodings[batch.start : batch.stop]))
        kept = np.stack(states.hidden, axis=1)[:, :, : layout.tokens[batch.start]]
        _check_size(kept, states.logits)
        numbers = kept.astype(np.float16).reshape(len(batch), -1)
        return np.concatenate([numbers, states.logits.view(np.float16)], axis=1).tobytes()

    workers = torch.get_num_threads()
    waiting: deque[tuple[range, Future[bytes]]] = deque()
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(workers) as pool:
        for batch in batches:
            waiting.append((batch, pool.submit(records, batch)))
            if len(waiting) > 2 * workers:
                first, future = waiting.popleft()
                yield first, future.result()
        for first, future in waiting:
            yield first, future.result()


def _arrays(encodings: Sequence[Encoding]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Ids and token types [texts, tokens]."""
    return (
        np.array([encoding.input_ids for encoding in encodings], np.int32),
        np.array([encoding.type_ids for encoding in encodings], np.int32),
    )


def _check_size(states: NDArray[np.float32], logits: NDArray[np.float32]) -> None:
    """Raises UnsupportedModelError unless the states fit float16 and the logits are finite."""
    largest = float(np.abs(states).max())
    if not (largest <= _LARGEST and np.isfinite(logits).all()):
        raise UnsupportedModelError(
            f"the student's hidden states reach {largest:g}, expected finite answers and states of at most "
            f"{_LARGEST:g}, the limit of float16; exits cannot be trained on such a student"
        )


def _check_room(path: Path, size_bytes: int) -> None:
    free_bytes = shutil.disk_usage(path.parent).free
    if size_bytes > free_bytes:
        raise InputError(
            f"{path}: the hidden states take {size_bytes / 1e9:.1f} GB, expected as much room, but "
            f"{free_bytes / 1e9:.1f} GB are free; make room, choose another disk with -o or give fewer texts"
        )
