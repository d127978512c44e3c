"""The training loop of every recipe: AdamW, linear schedule, clipping, progress, and its state on disk."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from torch import nn

from litebert.errors import InputError
from litebert.tools.progress import Progress, part_of, silent
from litebert.tools.whole_file import arriving_file
from litebert_students.recipe_numbers import StudentRecipe
from litebert_students.training_texts import EncodedTexts, in_order, pad, shuffled

# Those of BERT fine-tuning.
_WARMUP_SHARE = 0.1
_WEIGHT_DECAY = 0.01
_CLIP_NORM = 1.0
_MEASURE_BATCH = 64
_MEASURE_SHARE = 0.1  # of an epoch's time, roughly


@dataclass(frozen=True)
class Stage:
    """Epochs in which some parameters learn from one loss; a recipe is one or more of them in a row.

    Attributes:
        epochs: 0 or more.
        learning_rate: the peak of the learning rate. Each stage has a warm-up, a decay and an optimizer of
            its own.
        parameters: the parameters of the model that learn; the others do not change.
        loss_of: computes the loss, a scalar, from the numbers of texts and the epochs passed since the start
            of the stage (3.5 is the middle of the fourth). A loss without any of the parameters changes none
            of them. Its draws come from torch's own random numbers.
        share: the share of all batches that an epoch takes; each epoch takes others.
    """

    epochs: int
    learning_rate: float
    parameters: Sequence[nn.Parameter]
    loss_of: Callable[[Sequence[int], float], torch.Tensor]
    share: float = 1.0


@dataclass(frozen=True)
class EpochReport:
    """The report of an epoch.

    Attributes:
        epoch: its number, counted from 1 over all stages.
        epochs: the number of epochs of all stages.
        loss: the mean over its steps.
        measures: the measures after it by name, as shares of 1; a share for each classifier.
    """

    epoch: int
    epochs: int
    loss: float
    measures: Mapping[str, Sequence[float]] = field(default_factory=dict)


def train(
    model: nn.Module,
    stages: Sequence[Stage],
    texts: int,
    recipe: StudentRecipe,
    state: Path,
    measure: Callable[[], Mapping[str, Sequence[float]]],
    on_epoch: Callable[[EpochReport], None],
    progress: Progress = silent,
) -> None:
    """Trains a model in place, in training mode during an epoch.

    The result of an epoch depends on the seed, the epoch's number, the state after the epoch before, and the
    number of threads that share a sum. That number is kept with the state. So a run that was killed and
    continued ends with the same weights as one that was not.

    Args:
        model: the module that holds every weight of any stage.
        stages: the stages, in running order.
        texts: the number of texts; the shortest has number 0.
        recipe: the batch size and the seed.
        state: the file for the state after the last finished epoch; absent before the first one ends.
        measure: measures the model after an epoch.
        on_epoch: called after every epoch.
        progress: called with each further share of all epochs, those of a former run included.

    Raises:
        InputError: the state is damaged.
    """
    epochs = sum(stage.epochs for stage in stages)
    work = sum(stage.epochs * stage.share for stage in stages)
    kept = _restore(state)
    if kept["epochs"]:
        model.load_state_dict(kept["model"])
    first = 0
    for stage in stages:
        model.requires_grad_(requires_grad=False)
        for parameter in stage.parameters:
            parameter.requires_grad_()
        optimizer = _build_optimizer(stage.parameters)
        done = max(0, kept["epochs"] - first)
        progress(min(done, stage.epochs) * stage.share / work, "")
        if 0 < done < stage.epochs:
            optimizer.load_state_dict(kept["optimizer"])
        for epoch in range(done, stage.epochs):
            number = first + epoch + 1
            random = np.random.default_rng((recipe.seed, number))
            batches = shuffled(texts, recipe.batch_size, random)
            batches = batches[: math.ceil(stage.share * len(batches))]
            step, name = part_of(progress, stage.share / work), f"epoch {number}/{epochs}"
            step(0, name)
            model.train()
            with threads(kept["threads"]), seeded(int(random.integers(2**63))):
                loss = _train_epoch(stage, optimizer, epoch, len(batches), _reporting(batches, step, name))
            learnt = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
            _store(state, {"epochs": number, "threads": kept["threads"], **learnt})
            step(0, f"{name}, measuring")
            report = EpochReport(number, epochs, loss, measure())
            step(_MEASURE_SHARE, f"{name}, measuring")
            on_epoch(report)
        first += stage.epochs


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """A block in which torch's random numbers are those of a seed; behind it the caller's own go on."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


@contextmanager
def threads(count: int) -> Iterator[None]:
    """A block in which so many threads share each of torch's sums, whose last digits depend on the number."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def learning_rate_share(step: int, steps: int) -> float:
    """The share of the peak rate: it rises from 0 during warm-up, and then falls to 0 at `steps`."""
    warmup_steps = int(steps * _WARMUP_SHARE)
    if step < warmup_steps:
        return step / warmup_steps
    return (steps - step) / (steps - warmup_steps)


def accuracy(model: nn.Module, rows: EncodedTexts) -> float:
    """The share of rows whose largest logit is the gold's. The model is in eval mode afterwards."""
    model.eval()
    hits = 0
    with torch.inference_mode():
        for numbers in in_order(len(rows), _MEASURE_BATCH):
            batch = pad(rows, numbers)
            hits += int((model(batch.ids, batch.mask, batch.types).argmax(dim=1) == batch.golds).sum())
    return hits / len(rows)


def _build_optimizer(parameters: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": _WEIGHT_DECAY},
            {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0.0},  # biases and norms
        ]
    )


def _reporting(batches: Sequence[Sequence[int]], step: Progress, phase: str) -> Iterator[Sequence[int]]:
    """Yields the batches of an epoch, and reports each when it is done."""
    for batch in batches:
        yield batch
        step((1 - _MEASURE_SHARE) / len(batches), phase)


def _train_epoch(
    stage: Stage, optimizer: torch.optim.Optimizer, epoch: int, steps: int, batches: Iterable[Sequence[int]]
) -> float:
    """The mean loss of an epoch, whose number is counted from 0 within its stage."""
    total = 0.0
    for step, batch in enumerate(batches, start=epoch * steps):
        for group in optimizer.param_groups:
            group["lr"] = stage.learning_rate * learning_rate_share(step, stage.epochs * steps)
        loss = stage.loss_of(batch, step / steps)
        if loss.requires_grad:
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(stage.parameters, _CLIP_NORM)
            optimizer.step()
        total += loss.item()
    return total / steps


def _restore(state: Path) -> dict[str, Any]:
    """The content that `_store` kept, or that of a run's beginning."""
    beginning = {"epochs": 0, "threads": torch.get_num_threads()}
    if not state.is_file():
        return beginning
    try:
        return beginning | torch.load(state, weights_only=True)
    except (RuntimeError, ValueError, EOFError, UnpicklingError, struct.error) as error:
        raise InputError(
            f"{state}: is damaged, expected the state of a killed run; it is removed: give the command again"
        ) from error


def _store(state: Path, content: Mapping[str, object]) -> None:
    """Keeps the content for the next epoch: the file changes as a whole or not at all."""
    with arriving_file(state) as file:  # torch's own file would raise no OSError where the disk is full
        torch.save(content, file)
