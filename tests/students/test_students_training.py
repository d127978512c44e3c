"""The loop, the schedule, the accuracy."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from litebert_students.data import Batch, Row
from litebert_students.training import Schedule, accuracy, learning_rate_share, train

ROWS = [Row(ids=(i,), types=(0,), label=i % 2) for i in range(10)]


class Lookup(nn.Module):
    """One row of logits per id."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(10, 2)
        self.unused = nn.Parameter(torch.ones(3))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Returns logits [batch, 2]."""
        return self.table(ids[:, 0])


@pytest.fixture
def model() -> Lookup:
    torch.manual_seed(0)
    return Lookup()


def test_learning_rate_rises_then_falls_in_straight_lines() -> None:
    shares = [learning_rate_share(step, steps=10, warmup_steps=2) for step in range(10)]
    assert shares == [0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]
    assert learning_rate_share(0, steps=4, warmup_steps=0) == 1


def test_training_lowers_the_loss_and_counts_steps(model: Lookup) -> None:
    steps = []

    def loss_of(batch: Batch, step: int) -> torch.Tensor:
        steps.append(step)
        return nn.functional.cross_entropy(model(batch.ids, batch.mask, batch.types), batch.labels)

    schedule = Schedule(epochs=20, batch_size=4, learning_rate=0.3)
    losses = list(train(model, loss_of, ROWS, schedule, torch.Generator().manual_seed(0)))
    assert len(losses) == 20
    assert losses[-1] < 0.1 < losses[0]
    assert steps == list(range(60))
    assert accuracy(model, ROWS) == 1
    assert model.unused.tolist() == [1, 1, 1]


def test_a_loss_nobody_can_learn_from_changes_nothing(model: Lookup) -> None:
    before = model.table.weight.clone()
    schedule = Schedule(epochs=1, batch_size=4, learning_rate=0.3)
    assert list(train(model, lambda batch, step: torch.tensor(2.0), ROWS, schedule, torch.Generator())) == [2]
    assert torch.equal(model.table.weight, before)


def test_accuracy_is_the_share_of_hits(model: Lookup) -> None:
    with torch.no_grad():
        model.table.weight.copy_(torch.tensor([[1.0, 0.0]]).expand(10, 2))
    assert accuracy(model, ROWS[:3], batch_size=2) == pytest.approx(2 / 3)
