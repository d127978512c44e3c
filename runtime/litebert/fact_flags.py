"""The flags for what a checkpoint may leave open, the same for every command that reads one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litebert.visible import as_utf8

_FACTS = ("labels", "vocab", "config", "family", "heads", "cased")


def add_fact_flags(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Adds --labels, --vocab, --config, --family, --heads, --cased and --uncased; returns their group."""
    facts = parser.add_argument_group("facts that the checkpoint may lack")
    facts.add_argument("--labels", type=_names, metavar="A,B", help="a name per output, in order")
    facts.add_argument(
        "--vocab",
        type=Path,
        metavar="FILE",
        help="tokenizer.json, vocab.txt, vocab.json (merges.txt beside it) or spiece.model",
    )
    facts.add_argument("--config", type=Path, metavar="FILE", help="config.json")
    facts.add_argument(
        "--family", metavar="NAME", help="kind of student, where several fit; the error names them"
    )
    facts.add_argument("--heads", type=int, metavar="N", help="attention heads per layer")
    casing = facts.add_mutually_exclusive_group()
    casing.add_argument(
        "--cased",
        dest="cased",
        action="store_true",
        default=None,
        help="keep capital letters, whatever the files say",
    )
    casing.add_argument(
        "--uncased",
        dest="cased",
        action="store_false",
        default=None,
        help="lowercase the text, whatever the files say",
    )
    return facts


def fact_values(options: argparse.Namespace) -> dict[str, Any]:
    """What these flags say, by the names of their options; None where they were not given."""
    return {name: getattr(options, name) for name in _FACTS}


def flags_of(values: Mapping[str, Any]) -> list[str]:
    """The flags that gave these values."""
    given = [name for name, value in values.items() if value is not None]
    return ["--uncased" if name == "cased" and not values[name] else f"--{name}" for name in given]


def _names(text: str) -> list[str]:
    return [name.strip() for name in as_utf8(text).split(",")]
