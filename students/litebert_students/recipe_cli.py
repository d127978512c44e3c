"""The common part of the student recipes' commands: their flags, their packages, and a line per epoch."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litebert.errors import MissingExtraError
from litebert.shell import quoted
from litebert.tools.command_line import Parser, command_parser
from litebert.tools.data.flags import add_column_flags, columns_given
from litebert.tools.fact_flags import add_part_flag
from litebert.tools.progress import Bar
from litebert.visible import show, tell

if TYPE_CHECKING:
    from litebert_students.training import EpochReport


STOPPED = "interrupted; the same command goes on where it was"


def recipe_parser(prog: str, description: str, epilog: str) -> Parser:
    """A parser with --out, --dev, --batch-size, --max-tokens, --seed and --force.

    The recipe has the default of a number that is not given.
    """
    parser = command_parser(prog, description, epilog)
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="folder to write to")
    parser.add_argument("--dev", metavar="DEV", type=Path, help="labelled texts to measure on")
    add_number(parser, "--batch-size", int, "texts in one step [32]")
    add_number(
        parser, "--max-tokens", int, "cut longer texts [128, or the model's limit where that is lower]"
    )
    add_number(parser, "--seed", int, "the same seed gives the same student on the same machine [0]")
    parser.add_argument(
        "--force", action="store_true", help="replace a student that this command wrote to OUT"
    )
    add_column_flags(parser)
    return parser


def add_number(parser: argparse.ArgumentParser, flag: str, kind: type[int | float], text: str) -> None:
    """Adds the flag for a number of the recipe, with the text of its help."""
    metavar = "N" if kind is int else "X"
    parser.add_argument(flag, type=kind, metavar=metavar, default=argparse.SUPPRESS, help=text)


def given(arguments: argparse.Namespace, kind: type) -> dict[str, Any]:
    """The arguments that are fields of a dataclass, by name."""
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in vars(arguments).items() if name in names}


@contextmanager
def train_extra() -> Iterator[None]:
    """A block for imports: a missing package becomes a MissingExtraError. --help needs no such package."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the package {error.name} is not installed; training students needs it; "
            'run: pip install "litebert[train]" (README says how to take torch without 5 GB of CUDA)'
        ) from error


def print_epoch(bar: Bar, report: EpochReport) -> None:
    """Prints an epoch's loss and a line for each measure, in place of the bar."""
    bar.clear()
    print(f"epoch {report.epoch}/{report.epochs}: loss {report.loss:.4f}", flush=True)
    for name, shares in report.measures.items():
        print(f"  {name:<9} {' '.join(f'{100 * share:5.1f}' for share in shares)} %", flush=True)


def compression_parser(prog: str, description: str, epilog: str, texts: str) -> Parser:
    """The parser of `recipe_parser` with MODEL, the file of texts, --layers and --trim-vocab as well."""
    parser = recipe_parser(prog, description, epilog)
    parser.add_argument("model", metavar="MODEL", type=Path, help="folder or file of the fine-tuned teacher")
    parser.add_argument("texts", metavar=texts, type=Path, help="texts to learn from")
    add_part_flag(parser)
    parser.add_argument(
        "--layers", type=int, required=True, help="layers of the student: a divisor of the teacher's number"
    )
    parser.add_argument(
        "--trim-vocab",
        action="store_true",
        help="drop tokens that the texts never use: the file gets far smaller",
    )
    return parser


def compress(arguments: argparse.Namespace, module: str) -> int:
    """Makes a student by a module's METHOD and prints a summary of it. The exit code is 0."""
    with Bar() as bar:
        bar.add(0, "loading torch")
        with train_extra():
            from litebert_exporter.facts import Facts
            from litebert_students.compression import make_student

            method = import_module(f"litebert_students.{module}").METHOD
        teacher = make_student(
            method,
            arguments.model,
            arguments.texts,
            arguments.out,
            method.recipe(**given(arguments, method.recipe)),
            dev_tsv=arguments.dev,
            columns=columns_given(arguments),
            facts=Facts(part=arguments.part),
            trim_vocabulary=arguments.trim_vocab,
            force=arguments.force,
            on_epoch=partial(print_epoch, bar),
            on_share=bar.add,
        )
    for note in teacher.notes:
        tell(f"read: {note}")
    tokens = teacher.tokenizer.tokenizer.get_vocab_size()
    size_mb = sum(path.stat().st_size for path in arguments.out.iterdir()) / 1e6
    show(
        f"wrote {arguments.out}: {arguments.layers} layers, {tokens} tokens, {size_mb:.1f} MB",
        f"next: litebert-export {quoted(arguments.out)}",
    )
    return 0
