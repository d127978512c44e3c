"""The older files of a vocabulary that is in a tokenizer.json too, checked to say the same."""

from __future__ import annotations

from pathlib import Path

from litebert import CheckpointError
from litebert_exporter.text.byte_level import MERGES, read_merges
from litebert_exporter.text.spiece import spiece_ids
from litebert_exporter.text.tokenizer_facts import contradiction
from litebert_exporter.text.tokenizer_json import BPE, WORDPIECE, Body, added_ids, body_ids, read_body
from litebert_exporter.text.vocabulary import read_vocabulary

_READERS = {WORDPIECE: ("vocab.txt", read_vocabulary), BPE: ("vocab.json", read_body)}
_SPIECE = ("spiece.model", spiece_ids)


def check_beside(path: Path, body: Body) -> None:
    """Checks vocab.txt, vocab.json with merges.txt, or spiece.model against a tokenizer.json beside them.

    The tokenizer.json must have all their tokens with the same ids, and may have more.

    Args:
        path: the tokenizer.json.
        body: its content.

    Raises:
        CheckpointError: an older file says otherwise, or is damaged.
    """
    ids = {**body_ids(path, body), **added_ids(body)}
    model = body["model"]
    if model["type"] == WORDPIECE:  # a line of vocab.txt loses the space at its end, and U+2028 is one
        ids = {token.rstrip(): index for token, index in ids.items()}
    name, read = _READERS.get(model["type"], _SPIECE)
    older, merges = path.parent / name, path.parent / MERGES
    for token, index in read(older).items() if older.is_file() else ():
        if token and token not in ids:
            raise CheckpointError(
                f"{older}: has the token {token!r:.60}, which {path.name} lacks, expected the same "
                "vocabulary; delete the file that is not the model's"
            )
        if token and ids[token] != index:
            raise contradiction(f"the id of {token!r:.60}", ids[token], path.name, index, name)
    if model["type"] == BPE and merges.is_file():
        own = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
        if own != read_merges(merges):
            raise CheckpointError(
                f"{merges}: other merges than in {path.name}; delete the file that is not the model's"
            )
