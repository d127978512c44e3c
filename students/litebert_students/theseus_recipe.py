"""BERT-of-Theseus: a student grows inside its teacher, whose layers it replaces at random, ever more often.

Source: Xu et al. 2020, EMNLP, https://arxiv.org/abs/2002.02925, section 3; details from the authors' code,
github.com/JetRunner/BERT-of-Theseus at 09de324. In the paper's words the teacher is the predecessor, with R
layers for every layer of the student, the successor: module i is either predecessor layers [i·R, i·R + R) or
successor layer i.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn import functional

from litebert.tools.progress import Progress, silent
from litebert_exporter.subject import Subject
from litebert_exporter.tasks.own_head import KEY as OWN_HEAD
from litebert_students.bert_teacher import build_model, read_shape
from litebert_students.compression import Method
from litebert_students.recipe_numbers import StudentRecipe, at_most, check_numbers, divisor
from litebert_students.student_folder import TrainedStudent
from litebert_students.torch_bert import CLASS_NAME, BertClassifier, Layer
from litebert_students.training import EpochReport, Stage, accuracy, seeded, train
from litebert_students.training_texts import EncodedTexts, pad, read_examples


@dataclass(frozen=True, kw_only=True)
class TheseusRecipe(StudentRecipe):
    """The numbers of BERT-of-Theseus.

    Attributes:
        layers: the number of the successor's layers; divides that of the predecessor's.
        replace_epochs: the epochs in which the replacing rate rises to 1.
        tune_epochs: the epochs after these, in which the successor is trained alone. Warm-up and decay run
            over all epochs together, as in the authors' code.
        base_rate: the replacing rate at the first step.
    """

    layers: int
    replace_epochs: int = 5
    tune_epochs: int = 3
    base_rate: float = 0.3


def replace_modules(
    teacher: Subject,
    rows: EncodedTexts,
    dev: EncodedTexts | None,
    recipe: TheseusRecipe,
    state: Path,
    on_epoch: Callable[[EpochReport], None],
    progress: Progress = silent,
) -> TrainedStudent:
    """The successor, trained inside the predecessor and then alone.

    The successor's layers start as copies of the predecessor's first ones, and only they learn. Embeddings,
    pooler and classifier are the predecessor's and do not change.
    """
    with seeded(recipe.seed):  # for the first weights, which the teacher's replace
        predecessor = build_model(teacher)  # in training mode, with dropout, as in the authors' code
    predecessor.requires_grad_(requires_grad=False)
    successor = start_successor(predecessor, recipe.layers)

    def loss_of(numbers: Sequence[int], passed: float) -> torch.Tensor:
        rate = replacing_rate(passed, recipe.replace_epochs, recipe.base_rate)
        replaced = torch.rand(recipe.layers) < rate
        layers = mix_layers(predecessor.layers, successor.layers, replaced.tolist())
        batch = pad(rows, numbers)
        logits = successor(batch.ids, batch.mask, batch.types, layers)
        return functional.cross_entropy(logits, batch.golds)

    def measure() -> Mapping[str, Sequence[float]]:
        return {"accuracy": [accuracy(successor, dev)]} if dev else {}

    epochs = recipe.replace_epochs + recipe.tune_epochs
    stage = Stage(epochs, recipe.learning_rate, [*successor.layers.parameters()], loss_of)
    train(successor, [stage], len(rows), recipe, state, measure, on_epoch, progress)
    config = {
        **teacher.checkpoint.config,
        "model_type": "bert",
        "num_attention_heads": read_shape(teacher).num_attention_heads,
        "num_hidden_layers": recipe.layers,
        "architectures": [CLASS_NAME],
        "dtype": "float16",
    }
    for key in ("torch_dtype", OWN_HEAD):  # the older name of dtype; the classifier has the usual name now
        config.pop(key, None)
    return TrainedStudent(config, successor.state_dict())


def start_successor(predecessor: BertClassifier, layers: int) -> BertClassifier:
    """A copy of the predecessor, cut to its first layers."""
    successor = deepcopy(predecessor)
    successor.bert["encoder"]["layer"] = successor.layers[:layers]
    return successor


def replacing_rate(passed: float, replace_epochs: int, base_rate: float) -> float:
    """min(1, k·t + b), the probability that a module is the successor's (section 3.3).

    Args:
        passed: t, in epochs.
        replace_epochs: the epochs after which the rate is 1, so that k = (1 − b) / replace_epochs.
        base_rate: b, the rate at the start.
    """
    if passed >= replace_epochs:
        return 1.0
    return base_rate + (1.0 - base_rate) * passed / replace_epochs


def mix_layers(
    predecessor: Sequence[Layer], successor: Sequence[Layer], replaced: Sequence[bool]
) -> list[Layer]:
    """The layers to run: module i is the successor's where `replaced[i]`, else the predecessor's."""
    ratio = len(predecessor) // len(successor)
    layers: list[Layer] = []
    for i, new in enumerate(replaced):
        layers += [successor[i]] if new else predecessor[i * ratio : (i + 1) * ratio]
    return layers


def _check_recipe(recipe: TheseusRecipe, predecessor: Subject) -> None:
    shape = read_shape(predecessor)
    own = {
        "layers": divisor(recipe.layers, shape.num_hidden_layers),
        "replace_epochs": (recipe.replace_epochs, "not negative", recipe.replace_epochs >= 0),
        "tune_epochs": (
            recipe.tune_epochs,
            "not negative, and an epoch in all",
            recipe.tune_epochs >= 0 and recipe.replace_epochs + recipe.tune_epochs != 0,
        ),
        "base_rate": (recipe.base_rate, "0 to 1", 0 <= recipe.base_rate <= 1),
        "max_tokens": at_most(recipe.max_tokens, predecessor.tokenizer.limits.own),
    }
    check_numbers(recipe, own)


METHOD = Method("theseus", TheseusRecipe, read_examples, _check_recipe, replace_modules)
