"""What the recipes' commands share: flags, the packages they need, a line per epoch."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litebert.errors import MissingExtraError

if TYPE_CHECKING:
    from litebert_students.training import EpochReport


def recipe_parser(prog: str, description: str, epilog: str) -> argparse.ArgumentParser:
    """Returns a parser with --out, --dev, --batch-size, --max-tokens, --seed and --force.

    A number that is not given is left to the recipe.
    """
    parser = argparse.ArgumentParser(
        prog=prog,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="folder to write to")
    parser.add_argument("--dev", metavar="DEV.tsv", type=Path, help="labelled texts to measure on")
    add_number(parser, "--batch-size", int, "texts in one step [32]")
    add_number(parser, "--max-tokens", int, "longer texts are cut [128]")
    add_number(parser, "--seed", int, "same seed, same machine: same student [0]")
    parser.add_argument("--force", action="store_true", help="replace what this command wrote to OUT")
    return parser


def add_number(parser: argparse.ArgumentParser, flag: str, kind: type[int | float], told: str) -> None:
    """Adds the flag of a number of the recipe."""
    metavar = "N" if kind is int else "X"
    parser.add_argument(flag, type=kind, metavar=metavar, default=argparse.SUPPRESS, help=told)


def given(arguments: argparse.Namespace, kind: type) -> dict[str, Any]:
    """Returns the arguments that are called as a field of a dataclass."""
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in vars(arguments).items() if name in names}


@contextmanager
def train_extra() -> Iterator[None]:
    """Raises MissingExtraError where an import in the block finds no package: --help needs none of them."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the package {error.name} is not installed; training students needs it; "
            'run: pip install "litebert[train]"'
        ) from error


def print_epoch(report: EpochReport) -> None:
    """Prints the loss and a line for each thing measured."""
    print(f"epoch {report.epoch}/{report.epochs}: loss {report.loss:.4f}", flush=True)
    for name, shares in report.measures.items():
        print(f"  {name:<9} {' '.join(f'{100 * share:5.1f}' for share in shares)} %", flush=True)
