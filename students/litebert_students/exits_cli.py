"""The command `litebert-exits`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from litebert.cli import guarded
from litebert.errors import MissingExtraError
from litebert_exporter.fact_flags import add_fact_flags

if TYPE_CHECKING:
    from litebert_students.exit_training import EpochReport

_DESCRIPTION = """\
Give a fine-tuned BERT classifier exits by FastBERT's self-distillation (Liu et al. 2020).

A small classifier after every layer but the last learns the last layer's answers on texts of the task;
these need no labels. The student itself does not change. With exits, the runtime leaves the network as soon
as it is sure: easy texts cost one or two layers."""

_EPILOG = """\
examples:
  litebert-exits my-student --texts reviews.txt -o my-student-exits
  litebert-exits my-student --texts train.tsv --dev dev.tsv -o my-student-exits
  litebert-export my-student-exits

FILE is a .txt file with a text per line, or a TSV file with the header text, or text_a<TAB>text_b for pairs.
A last column `label` (class names or ids) is not learnt from; without --dev the exits are measured on it.

A killed run goes on where it was when the same command is given again. Until it has finished, its work lies
in OUT.exits.partial: about 100 kB for a sentence and a student of 6 layers and hidden size 384."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code: 0, 1 for an error, 2 (from argparse) for wrong usage."""
    arguments = _build_parser().parse_args(argv)
    return guarded(lambda: _run(arguments))


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="litebert-exits",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "model", metavar="STUDENT", type=Path, help="folder or file of the fine-tuned student"
    )
    parser.add_argument("--texts", metavar="FILE", type=Path, required=True, help="texts to learn from")
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="folder to write to")
    parser.add_argument(
        "--dev", metavar="DEV.tsv", type=Path, help="labelled texts to measure after every epoch"
    )
    parser.add_argument(
        "--head",
        choices=("attention", "linear"),
        default="attention",
        help="attention: the paper's, which looks at all tokens (default); linear: on the first token alone, "
        "which knows little of the text in early layers",
    )
    parser.add_argument(
        "--head-size", default=128, help="width of an attention head [128]", type=int, metavar="N"
    )
    parser.add_argument("--head-heads", default=2, help="heads of its attention [2]", type=int, metavar="N")
    parser.add_argument("--epochs", default=4, help="how often every text is seen [4]", type=int, metavar="N")
    parser.add_argument("--batch-size", default=32, help="texts in one step [32]", type=int, metavar="N")
    parser.add_argument(
        "--learning-rate", help="peak learning rate [1e-3; linear: 3e-2]", type=float, metavar="X"
    )
    parser.add_argument("--max-tokens", default=128, help="longer texts are cut [128]", type=int, metavar="N")
    parser.add_argument(
        "--seed", default=0, help="same seed, same machine: same exits [0]", type=int, metavar="N"
    )
    parser.add_argument(
        "--force", action="store_true", help="replace a student with exits that stands at OUT"
    )
    add_fact_flags(parser)
    return parser


def _run(arguments: argparse.Namespace) -> int:
    """Makes the exits; torch and the exporter are imported here, so that --help needs no more than Python."""
    try:
        from litebert_students.exit_heads import LEARNING_RATES, HeadShape
        from litebert_students.exit_source import Facts
        from litebert_students.exits import Recipe, make_exits
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the package {error.name} is not installed; training exits needs it; "
            'run: pip install "litebert[train]"'
        ) from error
    rate = arguments.learning_rate
    recipe = Recipe(
        head=HeadShape(arguments.head, arguments.head_size, arguments.head_heads),
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        learning_rate=LEARNING_RATES[arguments.head] if rate is None else rate,
        max_tokens=arguments.max_tokens,
        seed=arguments.seed,
    )
    source = make_exits(
        arguments.model,
        arguments.texts,
        arguments.out,
        recipe,
        facts=Facts(
            family=arguments.family,
            heads=arguments.heads,
            labels=arguments.labels,
            vocab=arguments.vocab,
            config=arguments.config,
            cased=arguments.cased,
        ),
        dev_tsv=arguments.dev,
        force=arguments.force,
        on_epoch=_print_epoch,
    )
    again = "".join(
        f" --{name} {value}"
        for name, value in (("family", arguments.family), ("heads", arguments.heads))
        if value is not None
    )
    print(f"wrote {arguments.out}: {len(source.student.layers) - 1} exits")
    print(f"next: litebert-export {arguments.out}{again}")
    return 0


def _print_epoch(report: EpochReport) -> None:
    print(f"epoch {report.epoch}/{report.epochs}: loss {report.loss:.4f}", flush=True)
    if report.measure is not None:
        print(f"  accuracy  {_percent(report.measure.accuracy)} % (the last is the student itself)")
        print(f"  agreement {_percent(report.measure.agreement)} %", flush=True)


def _percent(shares: Sequence[float]) -> str:
    return " ".join(f"{100 * share:5.1f}" for share in shares)


if __name__ == "__main__":
    sys.exit(main())
