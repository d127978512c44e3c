"""A smaller vocabulary: the embedding is most of a small student's file, and one task uses a part of it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from typing import Any

from litebert_students.checkpoint import Checkpoint

WORDS = "bert.embeddings.word_embeddings.weight"


def trim_vocabulary(checkpoint: Checkpoint, used: Set[int]) -> Checkpoint:
    """Returns the checkpoint without the tokens a task does not need, the others in their order.

    Kept are the special tokens, the used ones and every single character (`c` and `##c`), so that a word the
    training text never had falls apart into smaller pieces instead of becoming [UNK]. Texts whose tokens are
    all kept give the same logits as before; others are cut into pieces the model knows less well.

    Args:
        checkpoint: the model to trim.
        used: the ids to keep at least.
    """
    special = set(checkpoint.special_tokens.values())
    kept = [
        i
        for i, token in enumerate(checkpoint.vocab)
        if i in used or token in special or len(token.removeprefix("##")) == 1
    ]
    vocab = tuple(checkpoint.vocab[i] for i in kept)
    config = {**checkpoint.config, "vocab_size": len(vocab)}
    config["pad_token_id"] = vocab.index(checkpoint.special_tokens["pad_token"])
    return replace(
        checkpoint,
        config=config,
        tokenizer_config=_renumber(dict(checkpoint.tokenizer_config), vocab),
        vocab=vocab,
        tensors={**checkpoint.tensors, WORDS: checkpoint.tensors[WORDS][kept]},
    )


def _renumber(tokenizer_config: dict[str, Any], vocab: tuple[str, ...]) -> dict[str, Any]:
    """Returns tokenizer_config.json with the ids its table of added tokens may hold brought up to date."""
    added = tokenizer_config.get("added_tokens_decoder")
    if added is None:
        return tokenizer_config
    ids = {token: i for i, token in enumerate(vocab)}
    kept = {str(ids[token["content"]]): token for token in added.values() if token["content"] in ids}
    return {**tokenizer_config, "added_tokens_decoder": kept}
