"""The command `litebert-theseus`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from litebert.cli import guarded
from litebert.errors import MissingExtraError

if TYPE_CHECKING:
    from litebert_students.training import EpochReport

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
text_a<TAB>text_b<TAB>label; a label is a class name or a class id."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code: 0, 1 for an error, 2 (from argparse) for wrong usage."""
    arguments = _build_parser().parse_args(argv)
    return guarded(lambda: _run(arguments))


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="litebert-theseus",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL", type=Path, help="folder of the fine-tuned teacher")
    parser.add_argument("train", metavar="TRAIN.tsv", type=Path, help="labelled texts to train on")
    parser.add_argument(
        "-o", "--out", metavar="OUT", type=Path, required=True, help="folder to write the student to"
    )
    parser.add_argument("--layers", type=int, required=True, help="student layers; divides the teacher's")
    parser.add_argument(
        "--dev", metavar="DEV.tsv", type=Path, help="labelled texts to measure after every epoch"
    )
    parser.add_argument("--replace-epochs", default=5, help="epochs of replacing [5]", type=int, metavar="N")
    parser.add_argument(
        "--tune-epochs", default=3, help="epochs of tuning the student alone [3]", type=int, metavar="N"
    )
    parser.add_argument(
        "--base-rate",
        default=0.3,
        help="share of replaced modules at the start [0.3]",
        type=float,
        metavar="X",
    )
    parser.add_argument("--batch-size", default=32, help="examples in one step [32]", type=int, metavar="N")
    parser.add_argument(
        "--learning-rate", default=1e-4, help="peak learning rate [1e-4]", type=float, metavar="X"
    )
    parser.add_argument("--max-tokens", default=128, help="longer texts are cut [128]", type=int, metavar="N")
    parser.add_argument(
        "--seed", default=0, help="same seed, same machine: same student [0]", type=int, metavar="N"
    )
    parser.add_argument(
        "--trim-vocab",
        action="store_true",
        help="drop tokens the training text never uses: a far smaller file",
    )
    parser.add_argument("--force", action="store_true", help="replace a student that stands at OUT")
    return parser


def _run(arguments: argparse.Namespace) -> int:
    """Makes the student; torch is imported here, so that --help needs no more than Python."""
    try:
        from litebert_students.theseus import Recipe, make_student
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the package {error.name} is not installed; training students needs it; "
            'run: pip install "litebert[train]"'
        ) from error
    recipe = Recipe(
        layers=arguments.layers,
        replace_epochs=arguments.replace_epochs,
        tune_epochs=arguments.tune_epochs,
        base_rate=arguments.base_rate,
        batch_size=arguments.batch_size,
        learning_rate=arguments.learning_rate,
        max_tokens=arguments.max_tokens,
        seed=arguments.seed,
    )
    student = make_student(
        arguments.model,
        arguments.train,
        arguments.out,
        recipe,
        dev_tsv=arguments.dev,
        trim=arguments.trim_vocab,
        force=arguments.force,
        on_epoch=_print_epoch,
    )
    size_mb = sum(path.stat().st_size for path in arguments.out.iterdir()) / 1e6
    print(f"wrote {arguments.out}: {recipe.layers} layers, {len(student.vocab)} tokens, {size_mb:.1f} MB")
    return 0


def _print_epoch(report: EpochReport) -> None:
    measured = "" if report.accuracy is None else f", dev accuracy {report.accuracy:.2%}"
    print(f"epoch {report.epoch}/{report.epochs}: loss {report.loss:.4f}{measured}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
