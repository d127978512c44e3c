"""The torch module against transformers, and the folders it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import students
import torch
from encoders import write_encoder
from safetensors.torch import load_file, save_file

from litebert.errors import CheckpointError, InputError, UnsupportedModelError
from litebert_exporter.blocks.embeddings import BertEmbeddings
from litebert_exporter.blocks.transformer import TransformerLayer
from litebert_exporter.facts import Facts
from litebert_exporter.slots import Slot
from litebert_exporter.subject import Subject
from litebert_students.bert_teacher import build_model
from litebert_students.student_folder import TENSORS, TrainedStudent, write_student
from litebert_students.teachers import labels_of, read_classifier


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Applies a change to a JSON file."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def read(path: Path, **facts: Any) -> Subject:
    """A classifier that a recipe can use."""
    teacher = read_classifier(path, Facts(**facts))
    build_model(teacher)
    return teacher


def tensors_of(teacher: Subject) -> dict[str, torch.Tensor]:
    return dict(build_model(teacher).state_dict())


def write(teacher: Subject, out: Path, *, force: bool = False) -> None:
    """Writes a student that is its teacher."""
    student = TrainedStudent(teacher.checkpoint.config, tensors_of(teacher))
    write_student(student, teacher, Facts(), out, force=force)


def tokens(teacher: Subject) -> list[str]:
    ids: dict[str, int] = teacher.tokenizer.tokenizer.get_vocab()
    return sorted(ids, key=ids.__getitem__)


@pytest.fixture
def padded() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Returns ids, mask and types of three rows, two of them padded, one a pair."""
    lengths, tokens = torch.tensor([[9], [5], [3]]), torch.arange(9)
    ids = torch.randint(5, 60, (3, 9), generator=torch.Generator().manual_seed(0))
    mask = tokens < lengths
    types = ((tokens > 5) & mask).long()
    return ids * mask, mask, types


@pytest.mark.parametrize("activation", ["gelu", "gelu_new", "relu"])
def test_logits_equal_transformers(folder: Path, padded: tuple[torch.Tensor, ...], activation: str) -> None:
    from transformers import BertForSequenceClassification

    edit(folder / "config.json", lambda config: config.update(hidden_act=activation))
    ids, mask, types = padded
    reference = BertForSequenceClassification.from_pretrained(folder).eval()
    model = build_model(read(folder)).eval()
    with torch.inference_mode():
        expected = reference(input_ids=ids, attention_mask=mask.long(), token_type_ids=types).logits
        logits = model(ids, mask, types)
    assert expected.std() > 0.1
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=0)  # the order of float32 sums differs


def test_padding_changes_nothing(folder: Path, padded: tuple[torch.Tensor, ...]) -> None:
    ids, mask, types = padded
    model = build_model(read(folder)).eval()
    with torch.inference_mode():
        together = model(ids, mask, types)
        alone = torch.cat([model(*(x[i : i + 1, : mask[i].sum()] for x in padded)) for i in range(3)])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_written_folder_is_read_back_by_transformers(folder: Path, tmp_path: Path) -> None:
    from transformers import BertForSequenceClassification

    teacher = read(folder)
    write(teacher, tmp_path / "copy")
    loaded, report = BertForSequenceClassification.from_pretrained(
        tmp_path / "copy", output_loading_info=True
    )
    assert not any(report.values())
    assert loaded.config.id2label == {0: "negative", 1: "positive"}
    again = read(tmp_path / "copy")
    assert (again.checkpoint.config, tokens(again)) == (teacher.checkpoint.config, tokens(teacher))
    halves = {name: tensor.half().float() for name, tensor in tensors_of(teacher).items()}
    assert all(torch.equal(tensor, halves[name]) for name, tensor in tensors_of(again).items())
    assert load_file(tmp_path / "copy" / "model.safetensors")["classifier.bias"].dtype == torch.float16


def test_old_names_and_position_ids_are_understood(folder: Path) -> None:
    expected = tensors_of(read(folder))
    old = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
            "LayerNorm.bias", "LayerNorm.beta"
        ): tensor
        for name, tensor in expected.items()
    }
    save_file({**old, "bert.embeddings.position_ids": torch.arange(128)}, folder / "model.safetensors")
    found = tensors_of(read(folder))
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


def test_an_encoder_under_no_attribute_is_read(folder: Path) -> None:
    expected = tensors_of(read(folder))
    bare = {name.removeprefix("bert."): tensor for name, tensor in expected.items()}
    save_file(bare, folder / "model.safetensors")
    found = tensors_of(read(folder))
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


@pytest.mark.parametrize("as_file", [True, False])
def test_what_a_training_framework_saves_is_read(folder: Path, as_file: bool) -> None:
    expected = tensors_of(read(folder))
    state = {f"net._orig_mod.{name}": tensor for name, tensor in expected.items()}
    weights = folder / ("last.ckpt" if as_file else "pytorch_model.bin")
    others = {"loss_fct.weight": torch.ones(2), "cls.predictions.bias": torch.ones(9)}
    torch.save({"state_dict": {**state, **others}, "epoch": 3}, weights)
    (folder / "model.safetensors").unlink()
    teacher = read(weights if as_file else folder)
    note = 'took off "net._orig_mod." from 73 names; left out cls.predictions.bias, loss_fct.weight'
    assert teacher.notes == (note,)
    found = tensors_of(teacher)
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


def test_a_part_of_a_file_is_read(folder: Path) -> None:
    tensors = tensors_of(read(folder))
    other = {f"ema.{name}": tensor + 1 for name, tensor in tensors.items()}
    save_file({**other, **{f"model.{name}": tensor for name, tensor in tensors.items()}}, folder / TENSORS)
    with pytest.raises(CheckpointError, match="2 networks, whose names begin with ema, model, expected one"):
        read(folder)
    found = tensors_of(read(folder, part="model"))
    assert all(torch.equal(found[name], tensor) for name, tensor in tensors.items())


def test_a_head_of_ones_own_code_needs_a_word(folder: Path) -> None:
    tensors = tensors_of(read(folder))
    moved = {name.replace("bert.", "encoder.", 1): tensor for name, tensor in tensors.items()}
    save_file(moved, folder / TENSORS)
    with pytest.raises(CheckpointError, match="likely heads of your own code"):
        read(folder)
    found = tensors_of(read(folder, classifier="classifier:pooler"))
    assert all(torch.equal(found[name], tensor) for name, tensor in tensors.items())
    with pytest.raises(UnsupportedModelError, match="reads no pooler with tanh"):
        read(folder, classifier="classifier:first")


def test_every_unfitting_tensor_is_named(folder: Path) -> None:
    tensors = tensors_of(read(folder))
    tensors["bert.encoder.other.0.output.dense.bias"] = tensors.pop("bert.encoder.layer.3.output.dense.bias")
    tensors["classifier.weight"] = torch.zeros(2, 31)
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(CheckpointError, match="1 missing") as caught:
        read(folder)
    for name in ("other.0.output.dense.bias", "layer.3.output.dense.bias", "classifier.weight"):
        assert name in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"problem_type": "multi_label_classification"},
        {"position_embedding_type": "relative_key"},
        {"hidden_act": "silu"},
    ],
)
def test_other_models_are_refused(folder: Path, change: dict[str, object]) -> None:
    edit(folder / "config.json", lambda config: config.update(change))
    told = {"problem_type": "expected a single-label classifier"}
    key = next(iter(change))
    with pytest.raises(UnsupportedModelError, match=told.get(key, key)):
        read(folder)


def test_students_that_are_no_bert_are_refused(tmp_path: Path) -> None:
    distilbert, mobilebert = students.distilbert_config(), students.mobilebert_config()
    for name, config, tensors in (
        ("distilbert", distilbert, students.distilbert_tensors(distilbert)),
        ("mobilebert", mobilebert, students.mobilebert_tensors(mobilebert)),
    ):
        students.write_checkpoint(tmp_path / name, config, tensors)
        with pytest.raises(UnsupportedModelError, match=f"the family {name} with other tables .* a BERT"):
            read(tmp_path / name)


def test_an_encoder_of_embeddings_is_no_classifier(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError, match="a model for embeddings, expected a single-label"):
        read(write_encoder(tmp_path / "model"))


def test_a_tinybert_is_no_bert(folder: Path) -> None:
    with pytest.raises(UnsupportedModelError, match="the family tinybert with a classifier that reads no"):
        read(folder, family="tinybert")


def test_the_successor_of_a_theseus_is_a_teacher(folder: Path) -> None:
    """The exporter reads a training checkpoint of BERT-of-Theseus, so a recipe does."""
    tensors = tensors_of(read(folder))
    layers = {name: tensor for name, tensor in tensors.items() if ".layer.0." in name or ".layer.1." in name}
    successor = {name.replace(".layer.", ".scc_layer."): tensor + 1 for name, tensor in layers.items()}
    save_file({**tensors, **successor}, folder / TENSORS)
    found = tensors_of(read(folder))
    assert len(found) == len(tensors) - len(layers)
    assert all(torch.equal(found[name], tensor + 1) for name, tensor in layers.items())


@pytest.mark.parametrize("fact", ["hidden_size", "num_attention_heads"])
def test_missing_facts_are_named(folder: Path, fact: str) -> None:
    edit(folder / "config.json", lambda config: config.pop(fact))
    with pytest.raises(CheckpointError, match=f"no {fact} in it"):
        read(folder)


def test_heads_must_share_the_hidden_states(folder: Path) -> None:
    edit(folder / "config.json", lambda config: config.update(num_attention_heads=5))
    with pytest.raises(CheckpointError, match="5 heads"):
        read(folder)


def test_labels_may_be_unnamed(folder: Path) -> None:
    edit(folder / "config.json", lambda config: config.pop("id2label"))
    assert labels_of(read(folder)) == ("LABEL_0", "LABEL_1")


def test_vocabulary_may_come_from_tokenizer_json(folder: Path) -> None:
    from transformers import AutoTokenizer

    vocab = tokens(read(folder))
    AutoTokenizer.from_pretrained(folder).save_pretrained(folder)
    (folder / "vocab.txt").unlink()
    assert tokens(read(folder)) == vocab


@pytest.mark.parametrize(("token", "uncased"), [("<S>", True), ("Film", False)])
def test_cased_or_not_is_not_guessed(folder: Path, token: str, uncased: bool) -> None:
    lines = (folder / "vocab.txt").read_text().split("\n")
    (folder / "vocab.txt").write_text("\n".join([*lines[:-2], token, ""]))
    edit(folder / "tokenizer_config.json", lambda config: config.pop("do_lower_case"))
    if uncased:
        tokenizer = read(folder).tokenizer.text_tokenizer(folder)
        assert tokenizer.encode("THE").input_ids == tokenizer.encode("the").input_ids
    else:
        with pytest.raises(CheckpointError, match=r"holds 'Film', .* expected do_lower_case in"):
            read(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "vocab.txt"])
def test_missing_and_damaged_files_are_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"[\xff")
    with pytest.raises(CheckpointError):
        read(folder)
    (folder / name).unlink()
    told = {"vocab.txt": "no vocabulary in it", "config.json": "there is none", "model.safetensors": name}
    with pytest.raises(CheckpointError, match=told[name]):
        read(folder)


@pytest.mark.parametrize("shape", [(), (2, 1), (1,) * 60])
def test_a_classifier_that_is_no_vector(folder: Path, shape: tuple[int, ...]) -> None:
    tensors = load_file(folder / "model.safetensors")
    bias = torch.zeros(shape)
    save_file({**tensors, "classifier.bias": bias}, folder / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"1 wrongly shaped \(classifier\.bias is"):
        read(folder)


def test_a_header_of_102_axes(folder: Path) -> None:
    header = json.dumps({"a": {"dtype": "F32", "shape": [1] * 102, "data_offsets": [0, 4]}}).encode()
    content = len(header).to_bytes(8, "little") + header + b"\0" * 4
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match="a has 102 axes of up to 1, more than an array can have"):
        read(folder)


@pytest.mark.parametrize("names", [["a", "b"], {"0": "a"}, {"0": "a", "1": 2.5}, {"0": "a", "1": "b\u202e"}])
def test_labels_that_no_artifact_could_have(folder: Path, names: object) -> None:
    edit(folder / "config.json", lambda config: config.update(id2label=names))
    with pytest.raises(CheckpointError, match="id2label"):
        read(folder)


def test_half_a_character_in_a_config_is_copied(folder: Path, tmp_path: Path) -> None:
    edit(folder / "config.json", lambda config: config.update(note="half \ud800, 重要"))
    write(read(folder), tmp_path / "copy")
    written = (tmp_path / "copy" / "config.json").read_text(encoding="utf-8")
    assert json.loads(written)["note"] == "half \ud800, 重要" and "重要" in written


def test_added_tokens_need_rows(folder: Path) -> None:
    table = {"99": {"content": "<user>"}}
    edit(folder / "tokenizer_config.json", lambda config: config.update(added_tokens_decoder=table))
    with pytest.raises(CheckpointError, match="ids up to 99, but the word embedding has 70 rows"):
        read(folder)


def test_weights_beyond_float16_are_not_written(folder: Path, tmp_path: Path) -> None:
    tensors = load_file(folder / TENSORS)
    tensors["classifier.bias"][0] = 1e6
    save_file(tensors, folder / TENSORS)
    with pytest.raises(InputError, match=r"classifier\.bias"):
        write(read(folder), tmp_path / "copy")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model"]


def test_leftovers_of_a_killed_run_are_swept(folder: Path, tmp_path: Path) -> None:
    (tmp_path / ".copy.0123abcd.partial").mkdir()
    (tmp_path / ".copy.0123abcd.partial" / "half").touch()
    write(read(folder), tmp_path / "copy")
    write(read(folder), tmp_path / "copy", force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "model"]
    assert len(list((tmp_path / "copy").iterdir())) == 4


def test_force_deletes_nothing_but_students(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    for name in ("mine", "mine/thesis.txt"):
        with pytest.raises(InputError, match="is no student, or holds other files"):
            write(read(folder), tmp_path / name, force=True)
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_networks_that_a_bert_module_cannot_hold(folder: Path) -> None:
    teacher = read(folder)
    student, tables = teacher.student, teacher.student.embeddings
    assert isinstance(tables, BertEmbeddings)
    first, *others = student.layers
    assert isinstance(first, TransformerLayer)
    narrow = replace(first.query, weight=Slot("narrow", (24, 32)))
    changes: tuple[tuple[dict[str, Any], str], ...] = (
        ({"layers": (replace(first, query=narrow), *others)}, "layers that are not of BERT's shape"),
        ({"final_norm": tables.norm}, "other norms than BERT's"),
        ({"embeddings": replace(tables, norm=replace(tables.norm, beta=None))}, "other norms than BERT's"),
    )
    for change, words in changes:
        with pytest.raises(UnsupportedModelError, match=f"the family bert with {words}; expected a BERT"):
            build_model(replace(teacher, student=replace(student, **change)))


def test_a_teacher_with_exits_is_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="the family deebert with exits; expected a BERT"):
        read(Path(__file__).parents[1] / "cases" / "deebert")
