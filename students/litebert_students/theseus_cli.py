"""The command `litebert-theseus`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from litebert.tools.command_line import Parser, guarded
from litebert_students.recipe_cli import STOPPED, add_number, compress, compression_parser

_DESCRIPTION = """\
Compress a fine-tuned BERT classifier by BERT-of-Theseus (Xu et al. 2020).

Each student layer takes the place of a group of teacher layers, at random and ever more often, until the
student runs alone and is tuned for a few epochs more. Only student layers learn; embeddings, pooler and
classifier are the teacher's. The result is a Hugging Face folder with float16 weights for litebert-export."""

_EPILOG = """\
example: 6 layers become 3, measured after every epoch

  litebert-theseus my-bert-6l train.tsv --layers 3 --dev dev.tsv --trim-vocab -o my-student-3l

MODEL is a fine-tuned BERT classifier, as litebert-export takes it: a Hugging Face folder or a weights file.
TRAIN and DEV are .tsv, .csv, .jsonl or .json with columns
such as text, or text_a and text_b, and label: class names or ids.

If a run is killed, give the same command again: it goes on after its last whole epoch. Until it ends, its
work is in OUT.theseus.partial."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command. Its exit code: 0, 1 for an error, 2 for wrong usage."""
    return guarded(lambda: compress(_build_parser().options(argv), "theseus_recipe"), STOPPED)


def _build_parser() -> Parser:
    parser = compression_parser("litebert-theseus", _DESCRIPTION, _EPILOG, "TRAIN")
    add_number(parser, "--replace-epochs", int, "epochs of replacing [5]")
    add_number(parser, "--tune-epochs", int, "epochs of tuning the student alone [3]")
    add_number(parser, "--base-rate", float, "share of replaced modules at the start [0.3]")
    add_number(parser, "--learning-rate", float, "peak learning rate [1e-4]")
    return parser


if __name__ == "__main__":
    sys.exit(main())
