"""The command `litebert-exits`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from litebert.shell import quoted
from litebert.tools.command_line import Parser, guarded
from litebert.tools.data.flags import columns_given
from litebert.tools.fact_flags import add_fact_flags
from litebert.tools.progress import Bar
from litebert.visible import show, tell
from litebert_students.recipe_cli import STOPPED, add_number, given, print_epoch, recipe_parser, train_extra

_DESCRIPTION = """\
Give a fine-tuned classifier of any family early exits, by FastBERT's self-distillation (Liu et al. 2020).

A small classifier after every layer but the last learns the last layer's answers on texts of the task;
these need no labels. The student itself does not change. With exits, the runtime leaves the network as soon
as it is sure: easy texts cost one or two layers."""

_EPILOG = """\
examples:
  litebert-exits my-student --texts reviews.txt -o my-student-exits
  litebert-exits my-student --texts train.tsv --dev dev.tsv -o my-student-exits
  litebert-export my-student-exits

FILE and DEV are .tsv, .csv, .jsonl or .json with columns such as text, or text_a and text_b, and label. FILE
may be .txt with a text per line: its labels are not learnt from. After every epoch the exits are measured on
DEV, or on FILE if it has labels: the accuracy of each exit (the last number is the student itself) and its
agreement with the student.

If a run is killed, give the same command again: it goes on where it was. Until it ends, its work is in
OUT.exits.partial: about 100 kB for a sentence and a student of 6 layers and hidden size 384."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command. Its exit code: 0, 1 for an error, 2 for wrong usage."""
    return guarded(lambda: _run(_build_parser().options(argv)), STOPPED)


def _build_parser() -> Parser:
    parser = recipe_parser("litebert-exits", _DESCRIPTION, _EPILOG)
    parser.add_argument(
        "model", metavar="STUDENT", type=Path, help="folder or file of the fine-tuned student"
    )
    parser.add_argument("--texts", metavar="FILE", type=Path, required=True, help="texts to learn from")
    parser.add_argument(
        "--head",
        dest="head_kind",
        choices=("attention", "linear"),
        default="attention",
        help="attention: the paper's, which looks at all tokens (default); linear: on the first token alone, "
        "which knows little of the text in early layers",
    )
    parser.add_argument(
        "--head-size", default=128, help="width of an attention head [128]", type=int, metavar="N"
    )
    parser.add_argument("--head-heads", default=2, help="heads of its attention [2]", type=int, metavar="N")
    add_number(parser, "--epochs", int, "how often every text is seen [4]")
    add_number(parser, "--learning-rate", float, "peak learning rate [1e-3; linear: 3e-2]")
    add_fact_flags(parser)
    return parser


def _run(arguments: argparse.Namespace) -> int:
    with Bar() as bar:
        bar.add(0, "loading torch")
        with train_extra():
            from litebert_exporter.facts import Facts
            from litebert_students.exit_heads import LEARNING_RATES, HeadShape
            from litebert_students.exit_recipe import ExitsRecipe, make_exits
        head = HeadShape(arguments.head_kind, arguments.head_size, arguments.head_heads)
        numbers = {"learning_rate": LEARNING_RATES[head.kind]} | given(arguments, ExitsRecipe)
        subject = make_exits(
            arguments.model,
            arguments.texts,
            arguments.out,
            ExitsRecipe(head=head, **numbers),
            facts=Facts(**given(arguments, Facts)),
            dev_tsv=arguments.dev,
            columns=columns_given(arguments),
            force=arguments.force,
            on_epoch=partial(print_epoch, bar),
            on_share=bar.add,
        )
    for note in subject.notes:
        tell(f"read: {note}")
    again = "".join(
        f" --{name} {value}"
        for name, value in (("family", arguments.family), ("heads", arguments.heads))
        if value is not None
    )
    show(
        f"wrote {arguments.out}: {len(subject.student.layers) - 1} exits",
        f"next: litebert-export {quoted(arguments.out)}{again}",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
