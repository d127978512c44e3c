"""The options of every command that takes a data file, and how it reads one."""

from __future__ import annotations

import argparse
from pathlib import Path

from litebert.data.columns import LABELS_ARE, Columns, quoted
from litebert.data.table import Table, read_table
from litebert.visible import tell

DATA_HELP = (
    "texts: .tsv, .csv, .jsonl or .json with a column text, sentence, text_a and text_b, sentence1 and "
    "sentence2 or the like, and label; or .txt with a text per line; a pipe such as <(command) may hold any "
    "of them with a header"
)


def add_column_flags(parser: argparse.ArgumentParser) -> None:
    """Adds --text-column, --label-column and --labels-are."""
    group = parser.add_argument_group("columns of a data file that are not called as usual")
    group.add_argument(
        "--text-column",
        action="append",
        metavar="NAME",
        help="the texts; for pairs NAME,NAME or given twice",
    )
    group.add_argument("--label-column", metavar="NAME", help="the labels; '' to leave them out")
    group.add_argument(
        "--labels-are",
        choices=LABELS_ARE,
        help="what labels are that could be both: names of the model, or its ids from 0",
    )


def columns_given(options: argparse.Namespace) -> Columns:
    """What the options say of a file's columns."""
    return Columns(tuple(options.text_column or ()), options.label_column, options.labels_are)


def read_data(path: Path, options: argparse.Namespace) -> Table:
    """The table of a command's data file; says which columns it leaves out where it finds no labels.

    Raises:
        InputError: as `read_table`.
    """
    table = read_table(path, columns_given(options))
    if table.others and not table.is_labelled and options.label_column is None:
        tell(
            f"{path}: no column is called label: its labels are not used; name one of {quoted(table.others)} "
            "with --label-column"
        )
    return table
