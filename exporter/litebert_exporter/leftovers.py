"""Tensors that no layer computes with, and weights that are stored in another form than their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from litebert import CheckpointError

_IDS = {"position_ids", "token_type_ids"}
_CLASS_WEIGHTS = {
    "class_weight",
    "class_weights",
    "label_weights",
    "loss_weight",
    "loss_weights",
    "pos_weight",
}
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z0-9]+(?![a-z])")
_NAME_CHARACTERS = 1000
_LOSSES = {"losses", "criterion", "criteria"}
_SCORES = {"best"}  # of a training loop: best_score
# fmt: off
_METRICS = {
    "acc", "accuracy", "auc", "auroc", "confmat", "confusion", "f1", "kappa", "mcc", "metric", "metrics",
    "perplexity", "precision", "recall",
}
# fmt: on
# Names of weights that are computed from others at every step, and the cure that makes them plain ones.
_DERIVED = (
    (
        re.compile(r"(.*\.)?parametrizations\..*"),
        "call torch.nn.utils.parametrize.remove_parametrizations(layer, 'weight') on such layers",
    ),
    (
        re.compile(r".*\.weight_[gvu]"),
        "call torch.nn.utils.remove_weight_norm(layer) or remove_spectral_norm(layer) on such layers",
    ),
    (
        re.compile(r".*\.weight_(orig|mask)"),
        "call torch.nn.utils.prune.remove(layer, 'weight') on such layers",
    ),
    (
        re.compile(r"(.*\.)?(_?flat_param(_\d+)?|_flat_params)"),
        "gather them with FullStateDictConfig of torch.distributed.fsdp (accelerate merge-weights)",
    ),
)


def belongs_to_no_layer(name: str, values: NDArray[Any]) -> bool:
    """Whether a tensor is a count, or a buffer of a loss or a metric, by its name and its shape.

    A tensor of two axes may be a layer's weight. So among those only a metric's counts are recognised.
    """
    counts = values.dtype.kind == "b" or (values.dtype.kind in "iu" and values.dtype.itemsize == 8)
    if counts and (values.ndim == 0 or name.rpartition(".")[2] in _IDS or _words(name) & _METRICS):
        return True
    return is_buffer_of_loss(name, values.ndim)


def is_buffer_of_loss(name: str, axes: int) -> bool:
    """Whether a tensor is the class weights or another buffer of a loss, or a metric's number, by its name.

    A norm or a gate may have the name of a loss or a metric. Its bias, "norm" in its name, or several numbers
    where a metric has one, distinguish it.
    """
    words, last = _words(name), name.rpartition(".")[2]
    if last == "bias" or any(word.endswith("norm") for word in words):
        return False
    named = last in _CLASS_WEIGHTS or any(word.endswith("loss") for word in words) or bool(words & _LOSSES)
    return (axes <= 1 and named) or (axes == 0 and bool(words & (_METRICS | _SCORES)))


def _words(name: str) -> set[str]:
    """The words in a name such as `val_acc.lossFct`, in small letters."""
    return {word.lower() for part in name.split(".") for word in (*part.split("_"), *_WORDS.findall(part))}


def check_names(path: Path, names: Iterable[str]) -> None:
    """Raises CheckpointError where a tensor's name is too long, before it is used or shown."""
    longest = max(names, key=len, default="")
    if len(longest) > _NAME_CHARACTERS:
        raise CheckpointError(
            f"{path}: a tensor's name of {len(longest)} characters ({longest:.60} ...), expected at most "
            f"{_NAME_CHARACTERS}; do not use it"
        )


def check_plain(tensors: Mapping[str, NDArray[Any]]) -> None:
    """Raises CheckpointError where tensors are the sources of computed weights, or hold no numbers at all."""
    for pattern, cure in _DERIVED:
        found = next((name for name in tensors if pattern.fullmatch(name)), None)
        if found is not None:
            raise CheckpointError(
                f"the checkpoint holds {found:.120}, from which a weight is computed, expected the weight; "
                f"{cure} and save the model again"
            )
    if tensors and not any(values.size for values in tensors.values()):
        raise CheckpointError(
            "the checkpoint holds tensors of no numbers, as DeepSpeed ZeRO-3 leaves them, expected weights; "
            "gather them with zero_to_fp32.py from its checkpoint folder"
        )
