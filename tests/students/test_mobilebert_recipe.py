"""The MobileBERT recipe: losses, first weights, frozen layers, determinism."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from litebert_exporter.facts import Facts
from litebert_exporter.subject import Subject
from litebert_students.bert_teacher import build_model
from litebert_students.mobilebert_first_weights import choose_heads, start_student
from litebert_students.mobilebert_recipe import (
    MobileBertRecipe,
    attention_loss,
    distillation_loss,
    feature_loss,
    layer_loss,
    run_both,
    student_shape,
    transfer,
)
from litebert_students.student_folder import TrainedStudent
from litebert_students.teachers import cut, labels_of, read_classifier
from litebert_students.torch_bert import BertClassifier
from litebert_students.torch_mobilebert import MobileBertClassifier
from litebert_students.training import EpochReport
from litebert_students.training_texts import Batch, EncodedTexts, encode, pad, read_examples

RECIPE = MobileBertRecipe(
    layers=2, heads=2, embedding_size=16, feed_forwards=2, transfer_share=0.5, epochs=1, batch_size=5
)


def test_a_teacher_may_be_smaller_than_the_usual_student(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_attention_heads": 2}))
    shape = student_shape(MobileBertRecipe(layers=2), read_classifier(folder, Facts()))
    assert (shape.num_attention_heads, shape.embedding_size, shape.intra_bottleneck_size) == (2, 32, 32)


@pytest.fixture
def source(folder: Path) -> Subject:
    return read_classifier(folder, Facts())


@pytest.fixture
def teacher(source: Subject) -> BertClassifier:
    return build_model(source).eval().requires_grad_(requires_grad=False)


@pytest.fixture
def rows(source: Subject, tsv: Path) -> EncodedTexts:
    tokenizer = cut(source, 32).tokenizer.text_tokenizer(tsv)
    return encode(read_examples(tsv, labels_of(source)), tokenizer)


@pytest.fixture
def batch(rows: EncodedTexts) -> Batch:
    """Returns all texts, most of them padded."""
    return pad(rows, range(len(rows)))


def start(
    source: Subject, teacher: BertClassifier, batch: Batch, recipe: MobileBertRecipe
) -> tuple[MobileBertClassifier, list[list[int]]]:
    counts = torch.bincount(batch.ids[batch.mask], minlength=source.student.embeddings.rows).float()
    return start_student(teacher, student_shape(recipe, source), counts, [batch])


def test_losses_leave_padding_out() -> None:
    mask = torch.tensor([[True, True, False]])
    new = torch.tensor([[[1.0, 2.0], [0.0, 0.0], [9.0, 9.0]]])
    old = torch.tensor([[[0.0, 0.0], [3.0, 0.0], [0.0, 0.0]]])
    assert feature_loss(new, old, mask) == (1 + 4 + 9 + 0) / 4

    # One head: the first token's rows are equal; the second's are (1/2, 1/2) against (1/4, 3/4).
    never = -1e4
    even = [math.log(0.5), math.log(0.5), never]
    padding = [0.0, never, never]
    tried = torch.tensor([[[even, [math.log(0.25), math.log(0.75), never], padding]]])
    seen = torch.tensor([[[even, even, [never, never, 0.0]]]])
    divergence = 0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75)
    assert attention_loss(tried, seen, mask).item() == pytest.approx(divergence / 2)


def test_the_heads_that_matter_are_kept(teacher: BertClassifier) -> None:
    layer = teacher.layers[0]
    output = layer.attention["output"]["dense"].weight  # heads of 8
    output[:, 8:16] *= 10
    output[:, 24:32] *= 20
    output[:, :8] = 0
    hidden = torch.randn(3, 7, 32, generator=torch.Generator().manual_seed(0))
    mask = torch.ones(3, 7, dtype=torch.bool)
    assert choose_heads(layer, [hidden], [mask], 2) == [1, 3]
    assert choose_heads(layer, [hidden], [mask], 3) == [1, 2, 3]


def test_a_student_with_every_head_begins_with_the_teachers_attention(
    source: Subject, teacher: BertClassifier, batch: Batch
) -> None:
    recipe = replace(RECIPE, layers=4, heads=4, embedding_size=32)
    student, kept = start(source, teacher, batch, recipe)
    assert kept == [[0, 1, 2, 3]] * 4
    hidden = teacher.bert["embeddings"](batch.ids, batch.types)
    attention = student.layers[0].log_attention(hidden, batch.mask)
    projections = teacher.layers[0].attention["self"]
    query, key = (projections[name](hidden).unflatten(2, (4, 8)).transpose(1, 2) for name in ("query", "key"))
    scores = (query @ key.transpose(2, 3) / math.sqrt(8)).masked_fill(~batch.mask[:, None, None], -1e4)
    assert attention_loss(attention, torch.log_softmax(scores, -1), batch.mask) < 1e-4


def test_the_start_is_nearer_than_the_mean(source: Subject, teacher: BertClassifier, batch: Batch) -> None:
    student, kept = start(source, teacher, batch, RECIPE)
    assert [len(heads) for heads in kept] == [2, 2]
    new, old = run_both(student, teacher, batch, 2)
    assert [states.shape for states in new] == [states.shape for states in old]
    for mine, its in zip(new, old, strict=True):
        assert feature_loss(mine, its, batch.mask) < 0.8 * its[batch.mask].var(dim=0).mean()
    # Its second layer replaces the teacher's third and fourth.
    hidden = teacher.layers[2](old[1], batch.mask[:, None, None])
    assert torch.equal(old[2], teacher.layers[3](hidden, batch.mask[:, None, None]))


def test_padding_does_not_change_a_loss(
    source: Subject, teacher: BertClassifier, rows: EncodedTexts, batch: Batch
) -> None:
    student, kept = start(source, teacher, batch, RECIPE)
    long, short = pad(rows, [len(rows) - 1]), pad(rows, [0])
    wider = pad(rows, [0, len(rows) - 1])
    padded = Batch(wider.ids[:1], wider.mask[:1], wider.types[:1], wider.golds[:1])
    assert padded.ids.shape[1] == long.ids.shape[1] > short.ids.shape[1]
    for part in range(3):
        losses = [layer_loss(student, teacher, kept, each, part) for each in (short, padded)]
        torch.testing.assert_close(*losses, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(
        distillation_loss(student, teacher, short, 1.0),
        distillation_loss(student, teacher, padded, 1.0),
        rtol=1e-4,
        atol=1e-6,
    )


def test_layers_above_have_no_part(source: Subject, teacher: BertClassifier, batch: Batch) -> None:
    student, kept = start(source, teacher, batch, RECIPE)
    layer_loss(student, teacher, kept, batch, 1).backward()
    assert all(parameter.grad is not None for parameter in student.layers[0].parameters())
    assert all(parameter.grad is None for parameter in student.layers[1].parameters())


def test_a_killed_run_ends_as_one_that_was_not(source: Subject, rows: EncodedTexts, tmp_path: Path) -> None:
    class KillError(Exception):
        pass

    def run(state: str, killed_after: int) -> TrainedStudent:
        def stop(report: EpochReport) -> None:
            if report.epoch == killed_after:
                raise KillError

        return transfer(source, rows, rows, RECIPE, tmp_path / state, stop)

    before = {name: values.copy() for name, values in source.weights.items()}
    reports: list[EpochReport] = []
    caller = torch.random.get_rng_state()
    whole = transfer(source, rows, rows, RECIPE, tmp_path / "whole", reports.append)
    assert torch.equal(torch.random.get_rng_state(), caller)
    assert all(np.array_equal(values, before[name]) for name, values in source.weights.items())
    assert [(report.epoch, report.epochs) for report in reports] == [(i, 4) for i in range(1, 5)]
    for epoch in (1, 3):
        with pytest.raises(KillError):
            run("killed", epoch)
    continued = run("killed", 0)
    assert continued.config == whole.config
    assert all(torch.equal(tensor, continued.tensors[name]) for name, tensor in whole.tensors.items())


def test_a_student_learns_the_answers(
    source: Subject, teacher: BertClassifier, rows: EncodedTexts, batch: Batch, tmp_path: Path
) -> None:
    recipe = replace(RECIPE, transfer_share=1.0, transfer_rate=1e-2, epochs=8, learning_rate=3e-3)
    student, _ = start(source, teacher, batch, recipe)
    first = distillation_loss(student, teacher, batch, 1.0)
    reports: list[EpochReport] = []
    transfer(source, rows, rows, recipe, tmp_path / "state", reports.append)
    assert reports[-1].loss < 0.7 * first
