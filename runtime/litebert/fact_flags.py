"""The flags for what a checkpoint may leave open, the same for every command that reads one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litebert.visible import as_utf8

_FACTS = ("labels", "vocab", "config", "family", "heads", "part", "classifier", "cased")


def add_fact_flags(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Adds the flags from --labels to --uncased and returns their group."""
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
    add_part_flag(facts)
    facts.add_argument(
        "--classifier",
        type=_classifier,
        metavar="NAME:READS",
        help="a classifier of your own code, such as self.fc = nn.Linear(...), that is alone on the encoder. "
        "fc:pooler: it is given pooler_output, that is tanh of the pooler's linear on the first token; "
        "fc:first: it is given last_hidden_state[:, 0], and a pooler is left out. No file tells which: look "
        "into the code",
    )
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


def add_part_flag(parser: argparse._ActionsContainer) -> None:
    """Adds --part."""
    parser.add_argument(
        "--part",
        metavar="NAME",
        help="what the tensors' names begin with, such as student, in a file of several networks; the others "
        "are left out",
    )


def _classifier(text: str) -> str:
    name, _, reads = as_utf8(text).rpartition(":")
    if not name or reads not in ("pooler", "first"):
        raise argparse.ArgumentTypeError(f"{text!r:.80}, expected NAME:pooler or NAME:first")
    return f"{name}:{reads}"


def fact_values(options: argparse.Namespace) -> dict[str, Any]:
    """What these flags say, by the names of their options; None where they were not given."""
    return {name: getattr(options, name) for name in _FACTS}


def flags_of(values: Mapping[str, Any]) -> list[str]:
    """The flags that gave these values."""
    given = [name for name, value in values.items() if value is not None]
    return ["--uncased" if name == "cased" and not values[name] else f"--{name}" for name in given]


def _names(text: str) -> list[str]:
    return [name.strip() for name in as_utf8(text).split(",")]
