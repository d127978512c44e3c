"""The smaller vocabulary."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from litebert_exporter.facts import Facts
from litebert_exporter.subject import Subject
from litebert_students.bert_teacher import build_model
from litebert_students.student_folder import TrainedStudent, write_student
from litebert_students.teachers import cut, read_classifier, trim
from litebert_students.training_texts import EncodedTexts, Examples, encode, pad

WORDS = "bert.embeddings.word_embeddings.weight"
TEXTS = ("the film very good", "bad plots", "a dull film !")


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Changes a JSON file."""
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def read(folder: Path) -> Subject:
    return read_classifier(folder, Facts())


def tokens(teacher: Subject) -> tuple[str, ...]:
    ids: dict[str, int] = teacher.tokenizer.tokenizer.get_vocab()
    return tuple(sorted(ids, key=ids.__getitem__))


def encode_texts(teacher: Subject, texts: tuple[str, ...]) -> EncodedTexts:
    return encode(Examples(texts, ()), cut(teacher, 32).tokenizer.text_tokenizer(Path("tokenizer.json")))


def logits_of(teacher: Subject, texts: tuple[str, ...]) -> torch.Tensor:
    batch = pad(encode_texts(teacher, texts), range(len(texts)))
    with torch.inference_mode():
        return build_model(teacher).eval()(batch.ids, batch.mask, batch.types)


def trim_to(teacher: Subject, texts: tuple[str, ...]) -> Subject:
    return trim(teacher, Examples(texts, ()))


def test_logits_stay_equal_where_every_token_is_kept(folder: Path) -> None:
    teacher = read(folder)
    trimmed = trim_to(teacher, TEXTS)
    assert torch.equal(logits_of(trimmed, TEXTS), logits_of(teacher, TEXTS))
    assert torch.equal(logits_of(trimmed, ("odd spelling",)), logits_of(teacher, ("odd spelling",)))


def test_kept_are_special_used_and_single_characters_in_their_order(folder: Path) -> None:
    teacher = read(folder)
    trimmed = trim_to(teacher, TEXTS)
    gone = {"fine", "sun", "##ny", "##ly"}
    assert tokens(trimmed) == tuple(token for token in tokens(teacher) if token not in gone)
    assert trimmed.checkpoint.config["vocab_size"] == len(tokens(trimmed)) == len(tokens(teacher)) - 4
    assert teacher.checkpoint.config["vocab_size"] == len(tokens(teacher))


def test_a_dropped_word_is_spelt_not_unknown(folder: Path) -> None:
    trimmed = trim_to(read(folder), TEXTS)
    (row,) = encode_texts(trimmed, ("sunny",)).encodings
    assert [tokens(trimmed)[i] for i in row.input_ids] == ["[CLS]", "s", "##u", "##n", "##n", "##y", "[SEP]"]


def test_the_table_of_added_tokens_and_the_pad_id_follow(folder: Path) -> None:
    vocab = tokens(read(folder))
    order = ("fine", *(token for token in vocab if token != "fine"))
    (folder / "vocab.txt").write_text("".join(f"{token}\n" for token in order))
    table = {str(order.index(token)): {"content": token} for token in ("[PAD]", "[CLS]")}
    edit(folder / "tokenizer_config.json", lambda config: config.update(added_tokens_decoder=table))
    trimmed = trim_to(read(folder), ("good",))
    assert tokens(trimmed)[:3] == ("[PAD]", "[UNK]", "[CLS]")
    assert trimmed.checkpoint.config["pad_token_id"] == 0
    assert trimmed.checkpoint.tokenizer_config["added_tokens_decoder"] == {
        "0": {"content": "[PAD]"},
        "2": {"content": "[CLS]"},
    }


@pytest.mark.parametrize(
    "place", ["additional_special_tokens", "added_tokens.json", "special_tokens_map.json"]
)
def test_added_tokens_stay_in_a_student(folder: Path, place: str, tmp_path: Path) -> None:
    """They are read wherever they are named, survive the trim, and transformers finds them in the student."""
    edit(folder / "config.json", lambda config: config.update(vocab_size=config["vocab_size"] + 1))
    grow(folder)
    if place.endswith(".json"):
        number = len((folder / "vocab.txt").read_text().splitlines())
        content = {"[ENT]": number} if place.startswith("added") else {"additional_special_tokens": ["[ENT]"]}
        (folder / place).write_text(json.dumps(content))
    else:
        edit(folder / "tokenizer_config.json", lambda config: config.update({place: ["[ENT]"]}))
    texts = ("the [ENT] film", "bad[ENT]")
    teacher = read(folder)
    trimmed = trim_to(teacher, texts)
    assert torch.equal(logits_of(trimmed, texts), logits_of(teacher, texts))
    student = TrainedStudent(trimmed.checkpoint.config, build_model(trimmed).state_dict())
    write_student(student, trimmed, Facts(), tmp_path / "student", force=False)
    theirs = AutoTokenizer.from_pretrained(tmp_path / "student")
    rows = encode_texts(read(tmp_path / "student"), texts)
    assert tokens(trimmed)[-1] == "[ENT]"
    assert sorted(list(row.input_ids) for row in rows.encodings) == sorted(theirs([*texts])["input_ids"])


def grow(folder: Path) -> None:
    """Adds a row to the word embedding."""
    tensors = load_file(folder / "model.safetensors")
    tensors[WORDS] = torch.cat([tensors[WORDS], tensors[WORDS][:1] + 1])
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
