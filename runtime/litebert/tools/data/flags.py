"""The options of commands that take a data file, and the reading of that file."""

from __future__ import annotations

import argparse
from pathlib import Path

from litebert.tools.data.columns import LABELS_ARE, Columns, quoted
from litebert.tools.data.data_file import DataFile, read_data_file
from litebert.visible import tell

DATA_HELP = (
    "texts: .tsv, .csv, .jsonl or .json with columns such as text, or text_a and text_b, and label; or .txt "
    "with a text per line"
)


def add_column_flags(parser: argparse.ArgumentParser) -> None:
    """Adds --text-column, --label-column and --labels-are."""
    group = parser.add_argument_group("columns of a data file, where their names are not the usual ones")
    group.add_argument(
        "--text-column",
        action="append",
        metavar="NAME",
        help="column of the texts; for pairs NAME,NAME",
    )
    group.add_argument("--label-column", metavar="NAME", help="column of the labels; '' ignores labels")
    group.add_argument(
        "--labels-are",
        choices=LABELS_ARE,
        help="for labels such as 1 to 5: whether they are names of the model, or ids from 0",
    )


def columns_given(options: argparse.Namespace) -> Columns:
    """The columns that the options name."""
    return Columns(tuple(options.text_column or ()), options.label_column, options.labels_are)


def read_data(path: Path, options: argparse.Namespace) -> DataFile:
    """The data file of a command; where it has no labels, stderr names the columns left out.

    Raises:
        InputError: as in `read_data_file`.
    """
    data = read_data_file(path, columns_given(options))
    if data.others and not data.is_labelled and options.label_column is None:
        tell(
            f"{path}: no column is called label: its labels are not used; name one of {quoted(data.others)} "
            "with --label-column"
        )
    return data
