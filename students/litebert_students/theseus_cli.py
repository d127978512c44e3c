"""The command `litebert-theseus`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from litebert.cli import guarded
from litebert_students.recipe_cli import add_number, given, print_epoch, recipe_parser, train_extra

_DESCRIPTION = """\
Compress a fine-tuned BERT classifier by BERT-of-Theseus (Xu et al. 2020).

Each student layer takes the place of a group of teacher layers, at random and ever more often, until the
student runs alone and is tuned for a few epochs more. Only student layers learn; embeddings, pooler and
classifier are the teacher's. The result is a Hugging Face folder with float16 weights, which litebert-export
takes."""

_EPILOG = """\
example: 6 layers become 3, measured after every epoch

  litebert-theseus my-bert-6l train.tsv --layers 3 --dev dev.tsv --trim-vocab -o my-student-3l

MODEL holds config.json, model.safetensors, tokenizer_config.json and vocab.txt of a
BertForSequenceClassification. A TSV file begins with the header text<TAB>label, or for pairs
text_a<TAB>text_b<TAB>label; a label is a class name or a class id.

A killed run goes on after its last whole epoch when the same command is given again. Until it has finished,
its work lies in OUT.theseus.partial."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code: 0, 1 for an error, 2 (from argparse) for wrong usage."""
    arguments = _build_parser().parse_args(argv)
    return guarded(lambda: _run(arguments))


def _build_parser() -> argparse.ArgumentParser:
    parser = recipe_parser("litebert-theseus", _DESCRIPTION, _EPILOG)
    parser.add_argument("model", metavar="MODEL", type=Path, help="folder of the fine-tuned teacher")
    parser.add_argument("train", metavar="TRAIN.tsv", type=Path, help="labelled texts to train on")
    parser.add_argument("--layers", type=int, required=True, help="student layers; divides the teacher's")
    add_number(parser, "--replace-epochs", int, "epochs of replacing [5]")
    add_number(parser, "--tune-epochs", int, "epochs of tuning the student alone [3]")
    add_number(parser, "--base-rate", float, "share of replaced modules at the start [0.3]")
    add_number(parser, "--learning-rate", float, "peak learning rate [1e-4]")
    parser.add_argument(
        "--trim-vocab",
        action="store_true",
        help="drop tokens the training text never uses: a far smaller file",
    )
    return parser


def _run(arguments: argparse.Namespace) -> int:
    with train_extra():
        from litebert_students.theseus import Recipe, make_student
    student = make_student(
        arguments.model,
        arguments.train,
        arguments.out,
        Recipe(**given(arguments, Recipe)),
        dev_tsv=arguments.dev,
        trim=arguments.trim_vocab,
        force=arguments.force,
        on_epoch=print_epoch,
    )
    size_mb = sum(path.stat().st_size for path in arguments.out.iterdir()) / 1e6
    print(f"wrote {arguments.out}: {arguments.layers} layers, {len(student.vocab)} tokens, {size_mb:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
