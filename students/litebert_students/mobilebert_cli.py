"""The command `litebert-mobilebert`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from litebert.tools.command_line import Parser, guarded
from litebert_students.recipe_cli import STOPPED, add_number, compress, compression_parser

_DESCRIPTION = """\
Make a MobileBERT of a fine-tuned BERT classifier by progressive knowledge transfer (Sun et al. 2020).

The student starts near the teacher, in closed form. Its embeddings and layers then learn, one after another,
to give the outputs of the teacher's. At last all together learn the teacher's answers. The texts need no
labels. The result is a Hugging Face folder with float16 weights for litebert-export."""

_EPILOG = """\
example: measured after every epoch

  litebert-mobilebert my-bert-6l texts.txt --layers 6 --dev dev.tsv -o my-mobilebert-6l

MODEL is a fine-tuned BERT classifier, as litebert-export takes it: a Hugging Face folder or a weights file.
FILE is .txt with a text per line, or .tsv, .csv, .jsonl or .json
with columns such as text, or text_a and text_b. DEV has a column label as well.

If a run is killed, give the same command again: it goes on after its last whole epoch. Until it ends, its
work is in OUT.mobilebert.partial."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command. Its exit code: 0, 1 for an error, 2 for wrong usage."""
    return guarded(lambda: compress(_build_parser().options(argv), "mobilebert_recipe"), STOPPED)


def _build_parser() -> Parser:
    parser = compression_parser("litebert-mobilebert", _DESCRIPTION, _EPILOG, "FILE")
    add_number(parser, "--heads", int, "heads of the teacher that each layer keeps [4, or all]")
    add_number(parser, "--embedding-size", int, "width of the word table [128, at most the teacher's]")
    add_number(parser, "--feed-forwards", int, "feed-forward networks in a layer [4]")
    add_number(
        parser, "--transfer-share", float, "share of the texts that each layer learns from in its turn [0.1]"
    )
    add_number(parser, "--transfer-rate", float, "peak learning rate of that [1e-3]")
    add_number(parser, "--epochs", int, "epochs of learning all together [2]")
    add_number(parser, "--learning-rate", float, "peak learning rate of that [3e-4]")
    add_number(
        parser, "--feature-share", float, "weight of the hidden states beside the answers in those epochs [1]"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
