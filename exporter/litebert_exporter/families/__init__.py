"""The student families: a file and a line each."""

from __future__ import annotations

from collections.abc import Mapping

from litebert import CheckpointError, UnsupportedModelError
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.families import bert, distilbert, theseus, tinybert
from litebert_exporter.families.family import Family

FAMILIES: Mapping[str, Family] = {
    module.FAMILY.name: module.FAMILY
    for module in (
        bert,
        distilbert,
        theseus,
        tinybert,
    )
}
_MODEL_TYPES = ("bert", "distilbert", "tinybert")
_OTHER_TASKS = ("ForTokenClassification", "ForQuestionAnswering", "ForMultipleChoice")


def choose_family(checkpoint: Checkpoint, given: str | None) -> Family:
    """The family of a checkpoint, from what is in it or, where that leaves it open, from `--family`.

    Raises:
        UnsupportedModelError: it is of no family or task that can be exported.
        CheckpointError: several families fit and none was given, or the given one does not fit.
    """
    _refuse_other_models(checkpoint)
    evidence = {name: family.evidence(checkpoint) for name, family in FAMILIES.items()}
    certain = [name for name in FAMILIES if evidence[name] == "certain"]
    possible = [name for name in FAMILIES if evidence[name] != "no"]
    if not possible:
        raise UnsupportedModelError(
            f"{checkpoint.path}: its tensors ({', '.join(list(checkpoint.tensors)[:3])} ...) fit no "
            f"supported family; expected one of {', '.join(FAMILIES)}"
        )
    if given is not None and given not in possible:
        raise CheckpointError(
            f"--family {given} contradicts the checkpoint, which is {' or '.join(certain or possible)}; "
            "leave the flag out"
        )
    if given is None and not certain:
        raise CheckpointError(
            f"{checkpoint.path}: could be {' or '.join(possible)}, which give different numbers and "
            "which neither config nor tensors tell apart; say which with --family NAME"
        )
    return FAMILIES[given or certain[0]]


def _refuse_other_models(checkpoint: Checkpoint) -> None:
    config = checkpoint.config
    kind = config.get("model_type", "bert")
    if kind not in _MODEL_TYPES:
        raise UnsupportedModelError(
            f"{checkpoint.path}: model_type {kind!r:.60} is not supported; expected one of "
            f"{', '.join(FAMILIES)}"
        )
    if config.get("is_decoder") or config.get("is_encoder_decoder") or config.get("add_cross_attention"):
        raise UnsupportedModelError(f"{checkpoint.path}: a decoder; expected an encoder with a classifier")
    architectures = config.get("architectures")
    for name in architectures if isinstance(architectures, list) else []:
        if str(name).endswith(_OTHER_TASKS):
            raise UnsupportedModelError(
                f"{checkpoint.path}: {name} is not supported; expected a model for sequence classification"
            )
