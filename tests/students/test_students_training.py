"""The loop, its stages and its state, the schedule, the accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from litebert.errors import InputError
from litebert.tokenizer import Encoding
from litebert_students.recipe_numbers import StudentRecipe
from litebert_students.training import EpochReport, Stage, accuracy, learning_rate_share, threads, train
from litebert_students.training_texts import EncodedTexts

ROWS = EncodedTexts(tuple(Encoding((i,), (0,)) for i in range(10)), tuple(i % 2 for i in range(10)))
RECIPE = StudentRecipe(batch_size=4, learning_rate=0.3)


class Lookup(nn.Module):
    """One row of logits per id, and some dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(10, 2)
        self.shift = nn.Parameter(torch.zeros(2))
        self.dropout = nn.Dropout(0.1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Returns logits [batch, 2]."""
        return self.dropout(self.table(ids[:, 0])) + self.shift


def lookup() -> Lookup:
    torch.manual_seed(0)
    return Lookup()


def stages(model: Lookup, *epochs: int) -> list[Stage]:
    """The table learns, then the shift."""

    def loss_of(numbers: Sequence[int], passed: float) -> torch.Tensor:
        ids = torch.tensor(numbers)
        return nn.functional.cross_entropy(model(ids[:, None], ids, ids), ids % 2)

    parameters = ([model.table.weight], [model.shift])
    return [Stage(n, 0.3, own, loss_of) for n, own in zip(epochs, parameters, strict=True)]


def run(model: Lookup, plan: Sequence[Stage], state: Path, stop: int = 0) -> list[EpochReport]:
    """Returns the reports of a run, which is interrupted after epoch `stop`."""
    reports: list[EpochReport] = []

    def on_epoch(report: EpochReport) -> None:
        reports.append(report)
        if report.epoch == stop:
            raise KeyboardInterrupt

    try:
        train(model, plan, len(ROWS), RECIPE, state, lambda: {"accuracy": [accuracy(model, ROWS)]}, on_epoch)
    except KeyboardInterrupt:
        assert stop
    return reports


def test_learning_rate_rises_then_falls_in_straight_lines() -> None:
    shares = [learning_rate_share(step, steps=20) for step in range(20)]
    assert shares[:3] == [0, 0.5, 1]
    assert shares[2:] == pytest.approx([(20 - step) / 18 for step in range(2, 20)])
    assert learning_rate_share(0, steps=4) == 1


def test_an_epoch_of_a_share_takes_other_texts_each_time(tmp_path: Path) -> None:
    model, seen = lookup(), []
    (stage, _) = stages(model, 6, 0)

    def loss_of(numbers: Sequence[int], epochs: float) -> torch.Tensor:
        seen.append((*numbers, epochs))
        return stage.loss_of(numbers, epochs)

    run(model, [replace(stage, loss_of=loss_of, share=0.5)], tmp_path / "state")
    assert [batch[-1] for batch in seen] == [i / 2 for i in range(12)]  # 2 of 3 batches in each of 6 epochs
    assert {number for batch in seen for number in batch[:-1]} == set(range(10))


def test_training_lowers_the_loss_and_says_how_far_it_is(tmp_path: Path) -> None:
    model, passed = lookup(), []
    (stage, _) = stages(model, 20, 0)

    def loss_of(numbers: Sequence[int], epochs: float) -> torch.Tensor:
        passed.append(epochs)
        return stage.loss_of(numbers, epochs)

    reports = run(model, [Stage(20, 0.3, stage.parameters, loss_of)], tmp_path / "state")
    assert [(report.epoch, report.epochs) for report in reports] == [(i, 20) for i in range(1, 21)]
    assert reports[-1].loss < 0.15 < reports[0].loss
    assert reports[-1].measures == {"accuracy": [1.0]}
    assert passed == pytest.approx([i / 3 for i in range(60)])


def test_each_stage_trains_its_own_parameters(tmp_path: Path) -> None:
    model, seen = lookup(), []
    before = model.table.weight.clone()
    first, second = stages(model, 2, 2)

    def loss_of(numbers: Sequence[int], passed: float) -> torch.Tensor:
        seen.append((passed, torch.equal(model.table.weight, table), model.table.weight.requires_grad))
        return second.loss_of(numbers, passed)

    run(model, [first], tmp_path / "first")
    table = model.table.weight.clone()
    assert not torch.equal(table, before)
    assert model.shift.tolist() == [0, 0]
    run(model, [Stage(2, 0.3, second.parameters, loss_of)], tmp_path / "second")
    assert seen == [(pytest.approx(i / 3), True, False) for i in range(6)]
    assert model.shift.tolist() != [0, 0]


@pytest.mark.parametrize("stop", [1, 2, 3, 4, 5])
def test_a_continued_run_ends_as_a_whole_one(stop: int, tmp_path: Path) -> None:
    whole = lookup()
    expected = run(whole, stages(whole, 3, 2), tmp_path / "whole")
    stopped = lookup()
    first = run(stopped, stages(stopped, 3, 2), tmp_path / "state", stop)
    torch.manual_seed(stop)
    continued = Lookup()
    caller = torch.random.get_rng_state()
    rest = run(continued, stages(continued, 3, 2), tmp_path / "state")
    assert first + rest == expected
    assert all(torch.equal(*pair) for pair in zip(whole.parameters(), continued.parameters(), strict=True))
    assert torch.equal(torch.random.get_rng_state(), caller)


def test_a_continued_run_shares_sums_among_as_many_threads(tmp_path: Path) -> None:
    many = torch.randn(10**6, generator=torch.Generator().manual_seed(0))

    def learn(count: int, state: str, stop: int = 0) -> list[float]:
        model = lookup()

        def loss_of(numbers: Sequence[int], passed: float) -> torch.Tensor:
            return (many - model.shift[0]).square().mean() + model.shift[1] * (many * model.shift[0]).mean()

        with threads(count):
            run(model, [Stage(4, 0.3, [model.shift], loss_of)], tmp_path / state, stop)
        return model.shift.tolist()

    three = learn(3, "three")
    assert three != learn(1, "one")  # in the last digits: each thread adds up a part
    learn(3, "stopped", stop=2)
    assert learn(1, "stopped") == three


@pytest.mark.parametrize("size", [0, 1, 4, 400])
def test_a_damaged_state_is_told(size: int, tmp_path: Path) -> None:
    model, state = lookup(), tmp_path / "state"
    run(model, stages(model, 2, 0), state, stop=1)
    state.write_bytes(state.read_bytes()[:size])
    with pytest.raises(InputError, match="is damaged"):
        run(model, stages(model, 2, 0), state)


def test_a_loss_nobody_can_learn_from_changes_nothing(tmp_path: Path) -> None:
    model = lookup()
    before = model.table.weight.clone()
    stage = Stage(1, 0.3, [model.table.weight], lambda numbers, passed: torch.tensor(2.0))
    assert [report.loss for report in run(model, [stage], tmp_path / "state")] == [2]
    assert torch.equal(model.table.weight, before)


def test_accuracy_is_the_share_of_hits() -> None:
    model = lookup()
    with torch.no_grad():
        model.table.weight.copy_(torch.tensor([[1.0, 0.0]]).expand(10, 2))
    assert accuracy(model, EncodedTexts(ROWS.encodings[:3], ROWS.golds[:3])) == pytest.approx(2 / 3)


def test_the_numbers_of_a_recipe_may_be_of_numpy() -> None:
    """They end up as Python's own: a digest of the recipe must not depend on it."""
    recipe = StudentRecipe(batch_size=np.int64(4), learning_rate=np.float64(0.25), seed=np.uint8(0))
    assert repr(recipe) == repr(StudentRecipe(batch_size=4, learning_rate=0.25))
    for wrong in ({"batch_size": True}, {"batch_size": 4.0}, {"learning_rate": "1"}, {"seed": None}):
        with pytest.raises(InputError, match="expected a"):
            StudentRecipe(**wrong)
