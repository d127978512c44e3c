"""The heads' training: Adam on cached states, continued where a killed run stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from tqdm import tqdm

from litebert_students.exit_heads import HeadShape, build_head
from litebert_students.hidden_cache import HiddenCache
from litebert_students.training import learning_rate_share

_BATCHES_PER_BUCKET = 50  # so many batches are sorted by length together: little padding, yet well mixed
_WARMUP_SHARE = 0.05
_WEIGHT_DECAY = 0.01
_MEASURE_BATCH = 64


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train, and the seed of first weights and order."""

    epochs: int
    batch_size: int
    learning_rate: float
    seed: int


@dataclass(frozen=True)
class Lesson:
    """The states of texts, the shortest first, and the class of each, or no labels at all."""

    cache: HiddenCache
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Measure:
    """How good the exits are, the first one first, as shares of the texts.

    Attributes:
        accuracy: of each exit, and of the last layer behind them.
        agreement: how often each exit's class is the last layer's.
    """

    accuracy: tuple[float, ...]
    agreement: tuple[float, ...]


@dataclass(frozen=True)
class EpochReport:
    """Epoch `epoch` of `epochs`, counted from 1: its mean loss, and how good the exits are, if known."""

    epoch: int
    epochs: int
    loss: float
    measure: Measure | None


def train_heads(
    shape: HeadShape,
    lesson: Lesson,
    measured: Lesson | None,
    schedule: Schedule,
    state: Path,
    on_epoch: Callable[[EpochReport], None],
) -> nn.ModuleList:
    """Returns a head for every exit, trained to give the last layer's distribution.

    Args:
        shape: what the heads are.
        lesson: what to learn from; its labels are not used.
        measured: labelled texts to measure on after every epoch.
        schedule: epochs, batch size, learning rate, seed.
        state: the file that holds what the last finished epoch left, if there was one.
        on_epoch: called after every epoch.
    """
    cache, layout = lesson.cache, lesson.cache.layout
    with _one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(schedule.seed)
        heads = nn.ModuleList(build_head(shape, layout.width, layout.classes) for _ in range(layout.exits))
        optimizer = torch.optim.AdamW(heads.parameters(), weight_decay=_WEIGHT_DECAY)
        for epoch in range(_restore(state, heads, optimizer), schedule.epochs):
            loss = _train_epoch(heads, optimizer, cache, schedule, epoch)
            _store(state, heads, optimizer, epoch + 1)
            measure = measure_heads(heads, measured) if measured else None
            on_epoch(EpochReport(epoch + 1, schedule.epochs, loss, measure))
    return heads


def distillation_loss(logits: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """Returns the sum over exits of KL(teacher ‖ student), averaged over the batch (section 3.3.2).

    Args:
        logits: [exits, batch, classes] float32.
        teacher: [batch, classes] float32, logits of the last layer.
    """
    target = teacher.log_softmax(dim=1).expand_as(logits)
    divergence = functional.kl_div(logits.log_softmax(dim=2), target, reduction="sum", log_target=True)
    return divergence / len(teacher)


def measure_heads(heads: nn.ModuleList, measured: Lesson) -> Measure:
    """Returns how good the heads are on labelled texts."""
    cache, labels = measured.cache, torch.tensor(measured.labels)
    last = cache.logits.argmax(dim=1)
    texts = range(len(labels))
    with torch.inference_mode():
        classes = torch.cat(
            [
                _logits(heads, cache, texts[i : i + _MEASURE_BATCH]).argmax(dim=2)
                for i in range(0, len(labels), _MEASURE_BATCH)
            ],
            dim=1,
        )
    return Measure(
        accuracy=tuple((torch.cat([classes, last[None]]) == labels).double().mean(dim=1).tolist()),
        agreement=tuple((classes == last).double().mean(dim=1).tolist()),
    )


def _train_epoch(
    heads: nn.ModuleList,
    optimizer: torch.optim.Optimizer,
    cache: HiddenCache,
    schedule: Schedule,
    epoch: int,
) -> float:
    """Returns the mean loss of one epoch, counted from 0; the order depends on seed and epoch alone."""
    batches = _shuffled(len(cache), schedule.batch_size, np.random.default_rng((schedule.seed, epoch)))
    steps = len(batches) * schedule.epochs
    total = 0.0
    bar = tqdm(batches, f"epoch {epoch + 1}/{schedule.epochs}", leave=False)
    for step, batch in enumerate(bar, start=len(batches) * epoch):
        share = learning_rate_share(step, steps, int(steps * _WARMUP_SHARE))
        for group in optimizer.param_groups:
            group["lr"] = schedule.learning_rate * share
        loss = distillation_loss(_logits(heads, cache, batch), cache.logits[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(batches)


def _logits(heads: nn.ModuleList, cache: HiddenCache, batch: Sequence[int]) -> torch.Tensor:
    """Returns [exits, batch, classes]."""
    hidden, mask = cache.batch(batch)
    return torch.stack([head(states, mask) for head, states in zip(heads, hidden, strict=True)])


def _shuffled(texts: int, batch_size: int, random: np.random.Generator) -> list[list[int]]:
    """Every text once in random order, texts of similar length together; the shortest have small numbers."""
    order = random.permutation(texts)
    bucket = batch_size * _BATCHES_PER_BUCKET
    batches = []
    for start in range(0, texts, bucket):
        near = np.sort(order[start : start + bucket]).tolist()
        batches += [near[i : i + batch_size] for i in range(0, len(near), batch_size)]
    return [batches[i] for i in random.permutation(len(batches))]


def _store(state: Path, heads: nn.ModuleList, optimizer: torch.optim.Optimizer, epochs: int) -> None:
    """Keeps what the next epoch needs; the file is there as a whole or as it was before."""
    new = state.with_name(f"{state.name}.new")
    torch.save({"epochs": epochs, "heads": heads.state_dict(), "optimizer": optimizer.state_dict()}, new)
    new.replace(state)


def _restore(state: Path, heads: nn.ModuleList, optimizer: torch.optim.Optimizer) -> int:
    """Returns how many epochs are done, with heads and optimizer as they were then."""
    if not state.is_file():
        return 0
    kept = torch.load(state, weights_only=True)
    heads.load_state_dict(kept["heads"])
    optimizer.load_state_dict(kept["optimizer"])
    return int(kept["epochs"])


@contextmanager
def _one_thread() -> Iterator[None]:
    """The products are too small to share: on two busy cores two threads took twenty times as long as one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
