"""A smaller vocabulary: the embedding is most of a small student's file, and one task uses a part of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

from tokenizers import Tokenizer

from litebert_exporter.text.renumber import processor_ids, with_tokens
from litebert_students.checkpoint import WORDS, Checkpoint


def trim_vocabulary(checkpoint: Checkpoint, used: Set[int]) -> Checkpoint:
    """Returns the checkpoint without the tokens a task does not need, the others in their order.

    Kept are the special and added tokens, the used ones and every single character (`c` and `##c`), so that a
    word the training text never had falls apart into smaller pieces instead of becoming [UNK]. Texts whose
    tokens are all kept give the same logits as before; others are cut into pieces the model knows less well.

    Args:
        checkpoint: the model to trim.
        used: the ids to keep at least.
    """
    tokenizer = Tokenizer.from_str(checkpoint.tokenizer)
    ids: dict[str, int] = tokenizer.get_vocab(with_added_tokens=True)
    body = json.loads(checkpoint.tokenizer)
    needed = {ids[body["model"]["unk_token"]], *processor_ids(body["post_processor"])}
    needed |= {token["id"] for token in body["added_tokens"]}
    kept = sorted(
        index
        for token, index in ids.items()
        if index in used or index in needed or len(token.removeprefix("##")) == 1
    )
    trimmed = with_tokens(tokenizer, kept)
    config = {**checkpoint.config, "vocab_size": len(kept)}
    config["pad_token_id"] = trimmed.token_to_id(_pad_token(checkpoint.tokenizer_config))
    return replace(
        checkpoint,
        config=config,
        tokenizer_config=_renumber(dict(checkpoint.tokenizer_config), trimmed),
        tokenizer=trimmed.to_str(pretty=True),
        tensors={**checkpoint.tensors, WORDS: checkpoint.tensors[WORDS][kept]},
    )


def _pad_token(tokenizer_config: Mapping[str, Any]) -> str:
    token = tokenizer_config.get("pad_token") or "[PAD]"
    return str(token["content"] if isinstance(token, dict) else token)


def _renumber(tokenizer_config: dict[str, Any], tokenizer: Tokenizer) -> dict[str, Any]:
    """Returns tokenizer_config.json with the ids its table of added tokens may hold brought up to date."""
    added = tokenizer_config.get("added_tokens_decoder")
    if not added:
        return tokenizer_config
    table = {str(tokenizer.token_to_id(token["content"])): token for token in added.values()}
    return {**tokenizer_config, "added_tokens_decoder": table}
