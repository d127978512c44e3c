"""The student families: a file and a line each."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from litebert import CheckpointError, UnsupportedModelError
from litebert.arguments import argument_is
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import boolean
from litebert_exporter.cures import the_flag
from litebert_exporter.families.family import Family

FAMILIES: Mapping[str, Family] = {
    name: import_module(f"{__name__}.{name}").FAMILY
    for name in (
        "albert",
        "bert",
        "deebert",
        "distilbert",
        "electra",
        "fastbert",
        "mobilebert",
        "pabee",
        "roberta",
        "theseus",
        "tinybert",
    )
}
_DECODER_FLAGS = ("is_decoder", "is_encoder_decoder", "add_cross_attention")


def choose_family(checkpoint: Checkpoint, given: str | None) -> Family:
    """The family of a checkpoint, from its content or, where that leaves it open, from `--family`.

    Raises:
        UnsupportedModelError: no family that can be exported fits.
        CheckpointError: several families fit and none was given, or the given one does not fit.
    """
    _refuse_other_models(checkpoint)
    evidence = {name: family.evidence(checkpoint) for name, family in FAMILIES.items()}
    marked = [name for name in FAMILIES if evidence[name] == "marked"]
    certain = marked or [name for name in FAMILIES if evidence[name] == "certain"]
    possible = marked or [name for name in FAMILIES if evidence[name] != "no"]
    if not possible:
        listed = ", ".join(list(checkpoint.tensors)[:3]) or "none"
        silent = "" if "model_type" in checkpoint.config else ", or name its model_type in the config"
        raise UnsupportedModelError(
            f"{checkpoint.path}: its tensors ({listed} ...) fit no supported family; {_cure()}{silent}"
        )
    kind = checkpoint.config.get("model_type")
    if kind is not None and not any(kind in FAMILIES[name].model_types for name in possible):
        raise CheckpointError(
            f"{checkpoint.path}: config.json says model_type {kind!r}, but the tensors are those of "
            f"{' or '.join(possible)}; check that config and weights belong together"
        )
    if given is not None and given not in possible:
        raise CheckpointError(
            f"{argument_is('family', given)} contradicts the checkpoint, which is "
            f"{' or '.join(certain or possible)}; leave {the_flag()} out"
        )
    if given is None and len(certain) != 1:
        raise CheckpointError(
            f"{checkpoint.path}: could be {' or '.join(possible)}, which give different numbers; "
            f"neither {'config' if checkpoint.config else 'a config (there is none)'} nor tensors tell them "
            f"apart; name one with {argument_is('family', 'NAME')}"
        )
    return FAMILIES[given or certain[0]]


def _refuse_other_models(checkpoint: Checkpoint) -> None:
    config = checkpoint.config
    kind = config.get("model_type")
    if kind is not None and not any(kind in family.model_types for family in FAMILIES.values()):
        raise UnsupportedModelError(f"{checkpoint.path}: model_type {kind!r:.60} is not supported; {_cure()}")
    if any(boolean(config, key) for key in _DECODER_FLAGS):
        raise UnsupportedModelError(f"{checkpoint.path}: a decoder, expected an encoder; {_cure()}")


def _cure() -> str:
    return f"export a classifier of one of the families {', '.join(FAMILIES)} instead"
