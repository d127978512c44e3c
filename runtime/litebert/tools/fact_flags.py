"""The flags for facts that a checkpoint may leave open, the same for every command that reads one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litebert.visible import as_utf8

_FACTS = ("labels", "vocab", "config", "family", "heads", "part", "classifier", "cased")


def add_fact_flags(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Adds the flags from --labels to --uncased and returns their group."""
    facts = parser.add_argument_group("facts about the checkpoint, where its files lack them")
    facts.add_argument("--labels", type=_names, metavar="A,B", help="the names of the outputs, in order")
    facts.add_argument(
        "--vocab",
        type=Path,
        metavar="FILE",
        help="tokenizer.json, vocab.txt, vocab.json (merges.txt beside it) or spiece.model",
    )
    facts.add_argument("--config", type=Path, metavar="FILE", help="config.json")
    facts.add_argument(
        "--family", metavar="NAME", help="the model's family, if several fit: the error lists them"
    )
    facts.add_argument("--heads", type=int, metavar="N", help="attention heads per layer")
    add_part_flag(facts)
    facts.add_argument(
        "--classifier",
        type=_classifier,
        metavar="NAME:READS",
        help="a linear classifier of your own code, such as self.fc = nn.Linear(...). Look into that code: "
        "give fc:pooler if it reads pooler_output, fc:first if it reads last_hidden_state[:, 0]",
    )
    casing = facts.add_mutually_exclusive_group()
    casing.add_argument(
        "--cased",
        dest="cased",
        action="store_true",
        default=None,
        help="keep capital letters, against all files",
    )
    casing.add_argument(
        "--uncased",
        dest="cased",
        action="store_false",
        default=None,
        help="lowercase the text, against all files",
    )
    return facts


def add_part_flag(parser: argparse._ActionsContainer) -> None:
    """Adds --part."""
    parser.add_argument(
        "--part",
        metavar="NAME",
        help="in a file of several networks, the one to take: the beginning of its tensors' names, such as "
        "student",
    )


def classifier_parts(text: str) -> tuple[str, str]:
    """The name of a linear, and the states that it reads, from `NAME:pooler` or `NAME:first`.

    Raises:
        ValueError: it is neither; the message says what was expected.
    """
    name, _, reads = text.rpartition(":")
    name = name.strip().removeprefix("self.").removesuffix(".weight")
    if not name or reads not in ("pooler", "first"):
        raise ValueError(f"{text!r:.80}, expected NAME:pooler or NAME:first")
    return name, reads


def _classifier(text: str) -> str:
    given = as_utf8(text)
    try:
        classifier_parts(given)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return given


def fact_values(options: argparse.Namespace) -> dict[str, Any]:
    """The values of these flags, by the names of their options; None where they were not given."""
    return {name: getattr(options, name) for name in _FACTS}


def flags_of(values: Mapping[str, Any]) -> list[str]:
    """The flags that gave these values."""
    given = [name for name, value in values.items() if value is not None]
    return ["--uncased" if name == "cased" and not values[name] else f"--{name}" for name in given]


def _names(text: str) -> list[str]:
    return [name.strip() for name in as_utf8(text).split(",")]
