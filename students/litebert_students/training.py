"""The training loop every recipe shares: AdamW, a linear schedule, clipping, progress; and the accuracy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from tqdm import tqdm

from litebert_students.data import Batch, Row, shuffled_batches, sorted_batches


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train; the defaults are those of BERT fine-tuning."""

    epochs: int
    batch_size: int
    learning_rate: float
    warmup_share: float = 0.1
    weight_decay: float = 0.01
    clip_norm: float = 1.0


@dataclass(frozen=True)
class EpochReport:
    """Epoch number `epoch` of `epochs`, counted from 1: its mean loss, and the accuracy on dev, if any."""

    epoch: int
    epochs: int
    loss: float
    accuracy: float | None


def train(
    model: nn.Module,
    loss_of: Callable[[Batch, int], torch.Tensor],
    rows: Sequence[Row],
    schedule: Schedule,
    generator: torch.Generator,
) -> Iterator[float]:
    """Trains the parameters that require a gradient, and yields the mean loss after every epoch.

    Args:
        model: trained in place; in training mode during an epoch.
        loss_of: the loss, a scalar, of a batch at a step counted from 0. Where no trained parameter had a
            part in it, the weights stay as they are.
        rows: the training examples.
        schedule: epochs, batch size, learning rate.
        generator: decides the order of the examples.
    """
    steps_per_epoch = count_batches(rows, schedule.batch_size)
    steps = steps_per_epoch * schedule.epochs
    warmup_steps = int(steps * schedule.warmup_share)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": schedule.weight_decay},
            {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0.0},  # biases and norms
        ]
    )
    step = 0
    for epoch in range(1, schedule.epochs + 1):
        model.train()
        batches = shuffled_batches(rows, schedule.batch_size, generator)
        total_loss = 0.0
        for batch in tqdm(batches, f"epoch {epoch}/{schedule.epochs}", steps_per_epoch, leave=False):
            for group in optimizer.param_groups:
                group["lr"] = schedule.learning_rate * learning_rate_share(step, steps, warmup_steps)
            loss = loss_of(batch, step)
            if loss.requires_grad:
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(parameters, schedule.clip_norm)
                optimizer.step()
            total_loss += loss.item()
            step += 1
        yield total_loss / steps_per_epoch


def learning_rate_share(step: int, steps: int, warmup_steps: int) -> float:
    """Returns the share of the peak rate: up from 0 during warm-up, then down towards 0 at `steps`."""
    if step < warmup_steps:
        return step / warmup_steps
    return (steps - step) / (steps - warmup_steps)


def count_batches(rows: Sequence[Row], batch_size: int) -> int:
    """Returns the number of batches of one epoch."""
    return -(-len(rows) // batch_size)


def accuracy(model: nn.Module, rows: Sequence[Row], batch_size: int = 64) -> float:
    """Returns the share of rows whose largest logit is their label's; leaves the model in eval mode."""
    model.eval()
    with torch.inference_mode():
        hits = sum(_hits(model, batch) for batch in sorted_batches(rows, batch_size))
    return hits / len(rows)


def _hits(model: nn.Module, batch: Batch) -> int:
    logits = model(batch.ids, batch.mask, batch.types)
    return int((logits.argmax(dim=1) == batch.labels).sum())
