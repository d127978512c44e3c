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

from litebert_students.checkpoint import (
    WORDS,
    Checkpoint,
    build_tokenizer,
    read_checkpoint,
    write_checkpoint,
)
from litebert_students.torch_bert import build_model
from litebert_students.training_texts import Examples, Rows, encode, pad
from litebert_students.trim import trim_vocabulary

TEXTS = ("the film very good", "bad plots", "a dull film !")


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Changes a JSON file."""
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def encode_texts(checkpoint: Checkpoint, texts: tuple[str, ...]) -> Rows:
    return encode(Examples(texts, ()), build_tokenizer(checkpoint, max_tokens=32))


def logits_of(checkpoint: Checkpoint, texts: tuple[str, ...]) -> torch.Tensor:
    batch = pad(encode_texts(checkpoint, texts), range(len(texts)))
    with torch.inference_mode():
        return build_model(checkpoint).eval()(batch.ids, batch.mask, batch.types)


def trim_to(checkpoint: Checkpoint, texts: tuple[str, ...]) -> Checkpoint:
    used = {i for row in encode_texts(checkpoint, texts).encodings for i in row.input_ids}
    return trim_vocabulary(checkpoint, used)


def test_logits_stay_equal_where_every_token_is_kept(folder: Path) -> None:
    checkpoint = read_checkpoint(folder)
    trimmed = trim_to(checkpoint, TEXTS)
    assert torch.equal(logits_of(trimmed, TEXTS), logits_of(checkpoint, TEXTS))
    assert torch.equal(logits_of(trimmed, ("odd spelling",)), logits_of(checkpoint, ("odd spelling",)))


def test_kept_are_special_used_and_single_characters_in_their_order(folder: Path) -> None:
    checkpoint = read_checkpoint(folder)
    trimmed = trim_to(checkpoint, TEXTS)
    gone = {"fine", "sun", "##ny", "##ly"}
    assert trimmed.vocab == tuple(token for token in checkpoint.vocab if token not in gone)
    assert trimmed.config["vocab_size"] == len(trimmed.vocab) == len(checkpoint.vocab) - 4
    assert checkpoint.config["vocab_size"] == len(checkpoint.vocab)


def test_a_dropped_word_is_spelt_not_unknown(folder: Path) -> None:
    trimmed = trim_to(read_checkpoint(folder), TEXTS)
    (row,) = encode_texts(trimmed, ("sunny",)).encodings
    assert [trimmed.vocab[i] for i in row.input_ids] == ["[CLS]", "s", "##u", "##n", "##n", "##y", "[SEP]"]


def test_the_table_of_added_tokens_and_the_pad_id_follow(folder: Path) -> None:
    vocab = read_checkpoint(folder).vocab
    order = ("fine", *(token for token in vocab if token != "fine"))
    (folder / "vocab.txt").write_text("".join(f"{token}\n" for token in order))
    table = {str(order.index(token)): {"content": token} for token in ("[PAD]", "[CLS]")}
    edit(folder / "tokenizer_config.json", lambda config: config.update(added_tokens_decoder=table))
    trimmed = trim_vocabulary(read_checkpoint(folder), {order.index("good")})
    assert trimmed.vocab[:3] == ("[PAD]", "[UNK]", "[CLS]")
    assert trimmed.config["pad_token_id"] == 0
    assert trimmed.tokenizer_config["added_tokens_decoder"] == {
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
    checkpoint = read_checkpoint(folder)
    trimmed = trim_to(checkpoint, texts)
    assert torch.equal(logits_of(trimmed, texts), logits_of(checkpoint, texts))
    write_checkpoint(trimmed, tmp_path / "student", force=False)
    theirs = AutoTokenizer.from_pretrained(tmp_path / "student")
    rows = encode_texts(read_checkpoint(tmp_path / "student"), texts)
    assert trimmed.vocab[-1] == "[ENT]"
    assert sorted(list(row.input_ids) for row in rows.encodings) == sorted(theirs([*texts])["input_ids"])


def grow(folder: Path) -> None:
    """Adds a row to the word embedding."""
    tensors = load_file(folder / "model.safetensors")
    tensors[WORDS] = torch.cat([tensors[WORDS], tensors[WORDS][:1] + 1])
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
