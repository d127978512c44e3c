"""The smaller vocabulary."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from litebert_students.bert import build_model
from litebert_students.checkpoint import Checkpoint, build_tokenizer, read_checkpoint
from litebert_students.data import Examples, Rows, encode, pad
from litebert_students.trim import trim_vocabulary

TEXTS = ("the film very good", "bad plots", "a dull film !")


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
    checkpoint = read_checkpoint(folder)
    order = ("fine", *(token for token in checkpoint.vocab if token != "fine"))
    table = {str(order.index(token)): {"content": token} for token in ("[PAD]", "[CLS]", "fine")}
    moved = replace(checkpoint, vocab=order, tokenizer_config={"added_tokens_decoder": table})
    trimmed = trim_vocabulary(moved, {order.index("good")})
    assert trimmed.vocab[:3] == ("[PAD]", "[UNK]", "[CLS]")
    assert trimmed.config["pad_token_id"] == 0
    assert trimmed.tokenizer_config["added_tokens_decoder"] == {
        "0": {"content": "[PAD]"},
        "2": {"content": "[CLS]"},
    }
