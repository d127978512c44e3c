"""A Hugging Face BERT classifier folder, read into memory and written back in one step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from tokenizers.implementations import BertWordPieceTokenizer

from litebert.errors import CheckpointError, InputError, UnsupportedModelError
from litebert.tokenizer import TextTokenizer
from litebert_exporter import arrival
from litebert_students.data import text_tokenizer

CONFIG, TENSORS, TOKENIZER, VOCAB = "config.json", "model.safetensors", "tokenizer_config.json", "vocab.txt"
FILES = (CONFIG, TENSORS, TOKENIZER, VOCAB)
CLASS_NAME = "BertForSequenceClassification"

_FAST_TOKENIZER = "tokenizer.json"
# A buffer that old versions of transformers saved; it counts 0, 1, 2 ...
_IGNORED = {"bert.embeddings.position_ids"}
# The dialect of the oldest checkpoints, as suffixes of tensor names.
_OLD_NAMES = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}


@dataclass(frozen=True)
class Checkpoint:
    """What the four files of a classifier folder hold.

    Attributes:
        config: config.json as read.
        tokenizer_config: tokenizer_config.json as read.
        vocab: the tokens of vocab.txt; a token's id is its place.
        tensors: Hugging Face names to float32 values.
    """

    config: Mapping[str, Any]
    tokenizer_config: Mapping[str, Any]
    vocab: tuple[str, ...]
    tensors: Mapping[str, torch.Tensor]

    @property
    def labels(self) -> tuple[str, ...]:
        """The class names by id; LABEL_0, LABEL_1 ... as in transformers where config.json names none."""
        classes = self.tensors["classifier.bias"].shape[0]
        names = self.config.get("id2label") or {}
        return tuple(names.get(str(i), f"LABEL_{i}") for i in range(classes))

    @property
    def special_tokens(self) -> dict[str, str]:
        """`pad_token`, `unk_token` ... to the token; BERT's own where tokenizer_config.json is silent."""
        found = {}
        for kind in ("pad", "unk", "cls", "sep", "mask"):
            token = self.tokenizer_config.get(f"{kind}_token", f"[{kind.upper()}]")
            found[f"{kind}_token"] = token["content"] if isinstance(token, dict) else token
        return found


def read_checkpoint(folder: Path) -> Checkpoint:
    """Returns the classifier in a folder, its weights widened to float32.

    Args:
        folder: holds config.json, model.safetensors, tokenizer_config.json and vocab.txt. The vocabulary may
            stand in tokenizer.json instead, as transformers 5 saves it.

    Raises:
        CheckpointError: a file is missing or damaged, or the files contradict each other.
        UnsupportedModelError: the folder holds something else than a single-label BERT classifier.
    """
    missing = [name for name in FILES if not (folder / name).is_file()]
    if VOCAB in missing and (folder / _FAST_TOKENIZER).is_file():
        missing.remove(VOCAB)
    if missing:
        raise CheckpointError(
            f"{folder} has no {', '.join(missing)}; {', '.join(FILES)} of a BERT classifier were expected; "
            "save it with transformers' save_pretrained (model and tokenizer) first"
        )
    try:
        tensors = load_file(folder / TENSORS)
        config, tokenizer_config = _read_object(folder / CONFIG), _read_object(folder / TOKENIZER)
        vocab = _read_vocab(folder)
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(
            f"a file in {folder} cannot be read ({error}); whole files were expected; copy the folder again"
        ) from error
    checkpoint = Checkpoint(
        config=config,
        tokenizer_config=tokenizer_config,
        vocab=vocab,
        tensors={_modern(name): tensor.float() for name, tensor in tensors.items() if name not in _IGNORED},
    )
    _check_kind(checkpoint, folder)
    _check_vocabulary(checkpoint, folder)
    return checkpoint


def check_destination(out: Path, *, force: bool) -> None:
    """Raises InputError where `write_checkpoint` could not write, so that nobody trains for nothing.

    `force` replaces a former student only: a folder with any other file in it is never deleted.
    """
    arrival.check_destination(out, force, "student", lambda folder: _names(folder) <= {*FILES})


def write_checkpoint(checkpoint: Checkpoint, out: Path, *, force: bool) -> None:
    """Writes the folder with float16 weights: whole or not at all, the same bytes for the same checkpoint.

    Raises:
        InputError: the folder may not be written (see `check_destination`) or cannot be; or a weight does not
            fit float16, which after training means that the training diverged.
    """
    check_destination(out, force=force)
    with arrival.arriving_folder(out) as folder:
        write_tensors(folder, {name: tensor.half() for name, tensor in checkpoint.tensors.items()})
        (folder / VOCAB).write_text("".join(f"{token}\n" for token in checkpoint.vocab), encoding="utf-8")
        write_object(folder / CONFIG, checkpoint.config)
        write_object(folder / TOKENIZER, checkpoint.tokenizer_config)


def write_tensors(folder: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """Writes model.safetensors.

    Raises:
        InputError: a weight is not finite in its dtype, which means that the training diverged.
    """
    broken = [name for name, tensor in tensors.items() if not tensor.isfinite().all()]
    if broken:
        raise InputError(
            f"{len(broken)} tensors, {broken[0]} first, are not finite in {tensors[broken[0]].dtype}; finite "
            "weights were expected; the training diverged: lower the learning rate"
        )
    whole = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    (folder / TENSORS).write_bytes(save(whole, metadata={"format": "pt"}))


def write_object(path: Path, value: Mapping[str, Any]) -> None:
    """Writes a JSON object, its keys sorted."""
    path.write_text(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def build_tokenizer(checkpoint: Checkpoint, max_tokens: int) -> TextTokenizer:
    """Returns the WordPiece tokenizer tokenizer_config.json describes; defaults as in transformers."""
    told = checkpoint.tokenizer_config
    tokenizer = BertWordPieceTokenizer(
        {token: i for i, token in enumerate(checkpoint.vocab)},
        lowercase=told.get("do_lower_case", True),
        strip_accents=told.get("strip_accents"),
        handle_chinese_chars=told.get("tokenize_chinese_chars", True),
        **checkpoint.special_tokens,
    )
    tokenizer.enable_truncation(max_tokens)
    return text_tokenizer(tokenizer)


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _read_vocab(folder: Path) -> tuple[str, ...]:
    """Returns the tokens by id; a ValueError says what is wrong with the file."""
    if (folder / VOCAB).is_file():
        return tuple((folder / VOCAB).read_text(encoding="utf-8").removesuffix("\n").split("\n"))
    model = _read_object(folder / _FAST_TOKENIZER).get("model", {})
    ids = model.get("vocab", {})
    if model.get("type") != "WordPiece" or sorted(ids.values()) != list(range(len(ids))):
        raise ValueError(f"{_FAST_TOKENIZER} holds no WordPiece vocabulary with the ids 0, 1, 2 ...")
    return tuple(sorted(ids, key=lambda token: ids[token]))


def _read_object(path: Path) -> dict[str, Any]:
    """Returns a JSON object; a ValueError says what is wrong with the file."""
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} holds no JSON object")
    return found


def _modern(name: str) -> str:
    """Returns today's name of a tensor."""
    for old, new in _OLD_NAMES.items():
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name


def _check_kind(checkpoint: Checkpoint, folder: Path) -> None:
    """Raises UnsupportedModelError unless the model is a BERT classifier with one label per text."""
    expected = {
        "model_type": ("bert",),
        "architectures": ([CLASS_NAME], None),
        "problem_type": ("single_label_classification", None),
        "position_embedding_type": ("absolute", None),
    }
    wrong = [
        f"{k}={checkpoint.config.get(k)!r}"
        for k, good in expected.items()
        if checkpoint.config.get(k) not in good
    ]
    if "classifier.bias" not in checkpoint.tensors:
        wrong.append("no tensor classifier.bias")
    if wrong:
        raise UnsupportedModelError(
            f"{folder} has {', '.join(wrong)}; a single-label {CLASS_NAME} was expected; "
            "fine-tune one on your task first"
        )


def _check_vocabulary(checkpoint: Checkpoint, folder: Path) -> None:
    """Raises CheckpointError unless vocab.txt alone says which id a token has."""
    added = checkpoint.tokenizer_config.get("added_tokens_decoder", {}).values()
    needed = [*checkpoint.special_tokens.values(), *(token["content"] for token in added)]
    absent = sorted(set(needed) - set(checkpoint.vocab))
    if absent:
        raise CheckpointError(
            f"{folder / VOCAB} lacks {', '.join(absent)}, which {TOKENIZER} names; every token was expected "
            "in the vocabulary; append the added tokens to vocab.txt in the order of their ids"
        )
    rows = checkpoint.config.get("vocab_size", 0)
    if len(checkpoint.vocab) > rows:
        raise CheckpointError(
            f"{folder / VOCAB} has {len(checkpoint.vocab)} tokens and {CONFIG} a vocab_size of {rows}; a row "
            "for every token was expected; take the vocab.txt the model was trained with"
        )
