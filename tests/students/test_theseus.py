"""The recipe: rate, draws, frozen weights, determinism."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from litebert_exporter.facts import Facts
from litebert_exporter.subject import Subject
from litebert_students.bert_teacher import build_model, read_shape
from litebert_students.student_folder import TrainedStudent
from litebert_students.teachers import cut, labels_of, read_classifier
from litebert_students.theseus_recipe import (
    TheseusRecipe,
    mix_layers,
    replace_modules,
    replacing_rate,
    start_successor,
)
from litebert_students.torch_bert import BertClassifier
from litebert_students.training import EpochReport, accuracy
from litebert_students.training_texts import EncodedTexts, encode, read_examples

RECIPE = TheseusRecipe(layers=2, replace_epochs=1, tune_epochs=1, batch_size=5, learning_rate=1e-2)


@pytest.fixture
def teacher(folder: Path) -> Subject:
    return read_classifier(folder, Facts())


@pytest.fixture
def rows(teacher: Subject, tsv: Path) -> EncodedTexts:
    tokenizer = cut(teacher, 32).tokenizer.text_tokenizer(tsv)
    return encode(read_examples(tsv, labels_of(teacher)), tokenizer)


def run(teacher: Subject, rows: EncodedTexts, state: Path, recipe: TheseusRecipe = RECIPE) -> TrainedStudent:
    return replace_modules(teacher, rows, None, recipe, state, lambda report: None)


def test_replacing_rate_rises_linearly_to_one() -> None:
    assert [
        replacing_rate(t, replace_epochs=4, base_rate=0.2) for t in (0, 1, 2, 2.5, 4, 5)
    ] == pytest.approx([0.2, 0.4, 0.6, 0.7, 1, 1])
    assert replacing_rate(0, replace_epochs=0, base_rate=0.2) == 1


def test_each_draw_picks_its_own_module() -> None:
    predecessor, successor = list("abcdef"), list("XYZ")
    assert mix_layers(predecessor, successor, [False, False, False]) == list("abcdef")
    assert mix_layers(predecessor, successor, [True, True, True]) == list("XYZ")
    assert mix_layers(predecessor, successor, [False, True, False]) == list("abYef")
    assert mix_layers(predecessor, list("XY"), [True, False]) == list("Xdef")


def test_unreplaced_is_the_predecessor_and_replaced_the_successor(teacher: Subject) -> None:
    predecessor = build_model(teacher).eval()
    successor = start_successor(predecessor, 2).eval()
    ids = torch.arange(5, 17).reshape(2, 6)
    inputs = (ids, torch.ones_like(ids, dtype=torch.bool), torch.zeros_like(ids))
    with torch.inference_mode():
        none = successor(*inputs, mix_layers(predecessor.layers, successor.layers, [False, False]))
        every = successor(*inputs, mix_layers(predecessor.layers, successor.layers, [True, True]))
        assert torch.equal(none, predecessor(*inputs))
        assert torch.equal(every, successor(*inputs))
        assert torch.equal(every, predecessor(*inputs, predecessor.layers[:2]))
        assert not torch.allclose(none, every, atol=1e-3)


def test_only_successor_layers_are_trained(teacher: Subject, rows: EncodedTexts, tmp_path: Path) -> None:
    before = {name: tensor.clone() for name, tensor in build_model(teacher).state_dict().items()}
    student = run(teacher, rows, tmp_path / "state")
    assert all(
        torch.equal(tensor, before[name]) for name, tensor in build_model(teacher).state_dict().items()
    )
    for name, tensor in student.tensors.items():
        is_layer = name.startswith("bert.encoder.layer.")
        assert torch.equal(tensor, before[name]) != is_layer, name
    assert student.config["num_hidden_layers"] == 2
    assert {name for name in before if ".layer.2." not in name and ".layer.3." not in name} == set(
        student.tensors
    )


def test_predecessor_and_successor_share_no_weights(teacher: Subject) -> None:
    predecessor = build_model(teacher)
    own = {value.data_ptr() for value in start_successor(predecessor, 2).parameters()}
    assert not own & {value.data_ptr() for value in predecessor.parameters()}


def test_same_seed_same_student(teacher: Subject, rows: EncodedTexts, tmp_path: Path) -> None:
    torch.manual_seed(5)
    first = run(teacher, rows, tmp_path / "first").tensors
    torch.manual_seed(6)
    caller = torch.random.get_rng_state()
    second = run(teacher, rows, tmp_path / "second").tensors
    assert torch.equal(torch.random.get_rng_state(), caller)
    other = run(teacher, rows, tmp_path / "other", replace(RECIPE, seed=1)).tensors
    name = "bert.encoder.layer.1.output.dense.weight"
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert not torch.equal(first[name], other[name])


def test_a_student_learns_and_is_measured(teacher: Subject, rows: EncodedTexts, tmp_path: Path) -> None:
    checkpoint = teacher.checkpoint
    steady = {**checkpoint.config, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    recipe = TheseusRecipe(
        layers=2, replace_epochs=4, tune_epochs=4, batch_size=6, learning_rate=3e-3, seed=1
    )
    reports: list[EpochReport] = []
    changed = replace(teacher, checkpoint=replace(checkpoint, config=steady))
    student = replace_modules(changed, rows, rows, recipe, tmp_path / "state", reports.append)
    assert [(report.epoch, report.epochs) for report in reports] == [(i, 8) for i in range(1, 9)]
    assert reports[-1].loss < 0.6 * reports[0].loss
    (share,) = reports[-1].measures["accuracy"]
    model = BertClassifier(replace(read_shape(teacher), num_hidden_layers=2), 2)
    model.load_state_dict(student.tensors)
    assert share == accuracy(model, rows) >= 0.8
