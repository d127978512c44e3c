"""BERT-of-Theseus: a student grown inside its teacher by replacing layers at random, ever more of them.

Source: Xu et al. 2020, EMNLP, https://arxiv.org/abs/2002.02925, section 3; details from the authors' code,
github.com/JetRunner/BERT-of-Theseus at 09de324. In the paper's words the teacher is the predecessor, with R
layers for every layer of the student, the successor: module i is either predecessor layers [i·R, i·R + R) or
successor layer i.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch.nn import functional

from litebert.errors import InputError
from litebert_students.bert import BertClassifier, BertShape, Layer, build_model, read_shape
from litebert_students.checkpoint import (
    CLASS_NAME,
    Checkpoint,
    check_destination,
    read_checkpoint,
    write_checkpoint,
)
from litebert_students.data import Batch, Row, encode, read_examples
from litebert_students.training import EpochReport, Schedule, accuracy, count_batches, train
from litebert_students.trim import trim_vocabulary


@dataclass(frozen=True)
class Recipe:
    """The numbers of the recipe.

    Attributes:
        layers: of the successor; divides the number of predecessor layers.
        replace_epochs: the epochs in which the replacing rate rises to 1.
        tune_epochs: the epochs after them, in which the successor is trained alone.
        base_rate: the replacing rate at the first step.
        batch_size: examples in one step.
        learning_rate: its peak; warm-up and decay run over all epochs together, as in the authors' code.
        max_tokens: longer texts are cut.
        seed: of the order, the draws and the dropout; the same on the same machine gives the same student.
    """

    layers: int
    replace_epochs: int = 5
    tune_epochs: int = 3
    base_rate: float = 0.3
    batch_size: int = 32
    learning_rate: float = 1e-4
    max_tokens: int = 128
    seed: int = 0


def make_student(
    model: Path,
    train_tsv: Path,
    out: Path,
    recipe: Recipe,
    *,
    dev_tsv: Path | None = None,
    trim: bool = False,
    force: bool = False,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
) -> Checkpoint:
    """Reads a fine-tuned BERT folder, trains its successor, writes it to `out` and returns it.

    Args:
        model: the predecessor's folder (see `read_checkpoint`).
        train_tsv: what to train on (see `read_examples`).
        out: the folder to write.
        recipe: the numbers.
        dev_tsv: what to measure the successor on after every epoch.
        trim: drop the tokens the training text does not use (see `trim_vocabulary`).
        force: replace a student that stands at `out`.
        on_epoch: called after every epoch.

    Raises:
        InputError: a TSV file, a number of the recipe or `out` is unfit.
        CheckpointError: the predecessor's folder is incomplete or contradicts itself.
        UnsupportedModelError: it holds no BERT classifier.
    """
    check_destination(out, force=force)
    predecessor = read_checkpoint(model)
    _check_recipe(recipe, read_shape(predecessor))
    examples = read_examples(train_tsv, predecessor.labels)
    dev_examples = read_examples(dev_tsv, predecessor.labels) if dev_tsv else None
    rows = encode(examples, predecessor, recipe.max_tokens)
    if trim:
        predecessor = trim_vocabulary(predecessor, {i for row in rows for i in row.ids})
        rows = encode(examples, predecessor, recipe.max_tokens)
    dev_rows = encode(dev_examples, predecessor, recipe.max_tokens) if dev_examples else None
    student = replace_modules(predecessor, rows, dev_rows, recipe, on_epoch)
    write_checkpoint(student, out, force=force)
    return student


def replace_modules(
    checkpoint: Checkpoint,
    rows: Sequence[Row],
    dev_rows: Sequence[Row] | None,
    recipe: Recipe,
    on_epoch: Callable[[EpochReport], None],
) -> Checkpoint:
    """Returns the successor, trained inside the predecessor and then alone.

    The successor's layers start as copies of the predecessor's first ones, and only they learn: embeddings,
    pooler and classifier are the predecessor's and stay as they are.
    """
    with torch.random.fork_rng(devices=[]):  # the caller's random numbers are not ours to set
        torch.manual_seed(recipe.seed)
        generator = torch.Generator().manual_seed(recipe.seed)
        predecessor = build_model(checkpoint)  # in training mode, with dropout, as in the authors' code
        successor = start_successor(predecessor, recipe.layers)
        replace_steps = recipe.replace_epochs * count_batches(rows, recipe.batch_size)

        def loss_of(batch: Batch, step: int) -> torch.Tensor:
            rate = replacing_rate(step, replace_steps, recipe.base_rate)
            replaced = torch.rand(recipe.layers, generator=generator) < rate
            layers = mix_layers(predecessor.layers, successor.layers, replaced.tolist())
            logits = successor(batch.ids, batch.mask, batch.types, layers)
            return functional.cross_entropy(logits, batch.labels)

        epochs = recipe.replace_epochs + recipe.tune_epochs
        schedule = Schedule(epochs, recipe.batch_size, recipe.learning_rate)
        for epoch, loss in enumerate(train(successor, loss_of, rows, schedule, generator), start=1):
            on_epoch(EpochReport(epoch, epochs, loss, accuracy(successor, dev_rows) if dev_rows else None))
    config = {
        **checkpoint.config,
        "num_hidden_layers": recipe.layers,
        "architectures": [CLASS_NAME],
        "dtype": "float16",
    }
    config.pop("torch_dtype", None)  # the older name of dtype
    return replace(checkpoint, config=config, tensors=successor.state_dict())


def start_successor(predecessor: BertClassifier, layers: int) -> BertClassifier:
    """Returns the predecessor cut to its first layers, nothing but these trainable."""
    successor: BertClassifier = deepcopy(predecessor).requires_grad_(requires_grad=False)
    successor.bert["encoder"]["layer"] = successor.layers[:layers].requires_grad_()
    return successor


def replacing_rate(step: int, replace_steps: int, base_rate: float) -> float:
    """Returns min(1, k·t + b), the probability that a module is the successor's (section 3.3).

    Args:
        step: t, counted from 0.
        replace_steps: the step at which the rate reaches 1; this is what decides k = (1 − b) / replace_steps.
        base_rate: b, the rate at step 0.
    """
    if step >= replace_steps:
        return 1.0
    return base_rate + (1.0 - base_rate) * step / replace_steps


def mix_layers(
    predecessor: Sequence[Layer], successor: Sequence[Layer], replaced: Sequence[bool]
) -> list[Layer]:
    """Returns the layers to run: module i is the successor's where `replaced[i]`, else the predecessor's."""
    ratio = len(predecessor) // len(successor)
    layers: list[Layer] = []
    for i, new in enumerate(replaced):
        layers += [successor[i]] if new else predecessor[i * ratio : (i + 1) * ratio]
    return layers


def _check_recipe(recipe: Recipe, shape: BertShape) -> None:
    """Raises one InputError that lists every number the recipe cannot work with."""
    layers, positions = shape.num_hidden_layers, shape.max_position_embeddings
    fits = {
        f"layers={recipe.layers} (a divisor of {layers})": recipe.layers > 0 and layers % recipe.layers == 0,
        f"replace_epochs={recipe.replace_epochs} (not negative)": recipe.replace_epochs >= 0,
        f"tune_epochs={recipe.tune_epochs} (not negative)": recipe.tune_epochs >= 0,
        "no epoch (at least 1 in all)": recipe.replace_epochs + recipe.tune_epochs != 0,
        f"base_rate={recipe.base_rate} (0 to 1)": 0 <= recipe.base_rate <= 1,
        f"batch_size={recipe.batch_size} (at least 1)": recipe.batch_size >= 1,
        f"learning_rate={recipe.learning_rate} (above 0)": recipe.learning_rate > 0,
        f"seed={recipe.seed} (0 to 2^32 - 1)": 0 <= recipe.seed < 2**32,
        f"max_tokens={recipe.max_tokens} (4 to {positions})": 4 <= recipe.max_tokens <= positions,
    }
    wrong = [fact for fact, fit in fits.items() if not fit]
    if wrong:
        raise InputError(
            f"the recipe has {', '.join(wrong)}; the values in brackets were expected; correct the recipe"
        )
