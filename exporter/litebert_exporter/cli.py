"""The command `litebert-export`."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from litebert.cli import command_parser, guarded
from litebert.data.flags import DATA_HELP, add_column_flags, columns_given
from litebert.fact_flags import add_fact_flags, fact_values
from litebert.inputs import INPUTS
from litebert.progress import Bar
from litebert.targets import LAYOUTS
from litebert.visible import tell

_DESCRIPTION = """\
Turn a fine-tuned, compressed BERT classifier into a folder that answers text on a phone-class CPU.

CHECKPOINT is a Hugging Face folder, or a .safetensors, .pt, .pth, .ckpt or .bin file with config.json
and its vocabulary (see --vocab) beside it. Everything the checkpoint says is used; the flags under
"facts" are for what it does not say. One that contradicts it is an error, but for --cased and
--uncased, which count before the files.

The graphs are checked against a reference before the folder appears: if a number is off, nothing is
written. Afterwards:  litebert run NAME.litebert "some text"
"""
_EPILOG = """\
examples:
  litebert-export my-student/                            both targets, int8, to ./my-student.litebert
  litebert-export my-student/ --target tflite -o app/    one target, to ./app
  litebert-export model.pt --config c.json --vocab v.txt --labels negative,positive
  litebert-export my-student/ --quantize none -o float.litebert
  litebert-export my-student/ --trim-vocab train.tsv     no tokens that your texts never use
  litebert-export my-fastbert/ --target onnx --layout branched    early exit without our runtime
  litebert-export my-student/ --data labelled.tsv        what int8 costs on your texts
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 0, 1 for an error, 2 for wrong usage."""
    return guarded(lambda: _command(arguments))


def _command(arguments: Sequence[str] | None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    targets = tuple(dict.fromkeys(options.target or ("onnx", "tflite")))
    for flag, chosen in (("--quantize int8-fast", options.quantize), ("--layout branched", options.layout)):
        if flag.endswith(f" {chosen}") and targets != ("onnx",):
            parser.error(f"{flag} needs --target onnx")
    if options.lengths and "tflite" not in targets:
        parser.error("--lengths needs --target tflite")
    if options.data is None and (options.label_column or options.labels_are):
        parser.error("--label-column and --labels-are need --data")
    if options.text_column and options.data is None and not isinstance(options.trim_vocab, Path):
        parser.error("--text-column needs --data or --trim-vocab FILE")
    with Bar(lines_after_seconds=0) as bar:
        return _export(options, targets, bar)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("litebert-export", _DESCRIPTION, _EPILOG)
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="folder or file to export")
    parser.add_argument(
        "--target",
        action="append",
        choices=("onnx", "tflite"),
        help="graph to write: onnx for ONNX Runtime, tflite for LiteRT; repeatable (default: both)",
    )
    parser.add_argument("-o", "--out", metavar="OUT", help="folder to write (default: <name>.litebert here)")
    parser.add_argument(
        "--quantize",
        choices=("int8", "int8-fast", "none"),
        default="int8",
        help="int8: activations scaled per token, a quarter of the size (default); int8-fast: scaled per "
        "tensor, faster, for --target onnx, check it on your data; none: float32",
    )
    parser.add_argument(
        "--layout",
        choices=LAYOUTS,
        help="split: a graph per layer, left at the exit that is sure (default for students with exits); "
        "branched: one graph that leaves by itself, for --target onnx; whole: one graph (default for others)",
    )
    parser.add_argument(
        "--layers-per-segment", type=int, default=1, metavar="N", help="layers between two exits (default 1)"
    )
    parser.add_argument(
        "--max-tokens", type=int, metavar="N", help="longest input (default: the checkpoint's limit)"
    )
    parser.add_argument(
        "--lengths",
        type=_lengths,
        default=(),
        metavar="N,N",
        help="fixed lengths for TFLite delegates that need them, such as 32,128: text is padded to the "
        "shortest that fits, the longest is the limit, of an onnx graph written along with it as well, which "
        "stays open below (default: any length)",
    )
    parser.add_argument(
        "--trim-vocab",
        type=lambda value: int(value) if re.fullmatch("[0-9]{1,9}", value) else Path(value),
        metavar="FILE|N",
        help=f"keep only the tokens that the texts in FILE use ({DATA_HELP}), or N tokens: the first of the "
        "vocabulary, or the best scores of a SentencePiece one; special tokens and single characters always "
        "stay. A word whose token is gone is read in pieces, which may change the answer: give thousands of "
        "texts",
    )
    parser.add_argument(
        "--data",
        metavar="FILE",
        help="your own texts, in a file as --trim-vocab takes it, with labels or without: on them each graph "
        "is compared with the checkpoint as it is, in float32 and untrimmed",
    )
    parser.add_argument("--force", action="store_true", help="replace an artifact that stands at OUT")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    add_column_flags(parser)
    facts = add_fact_flags(parser)
    facts.add_argument(
        "--inputs",
        choices=INPUTS,
        help="what the model was made for; the other is answered too, and questioned once (default: pair for "
        "a cross-encoder, else open)",
    )
    facts.add_argument(
        "--problem-type",
        choices=("single-label", "multi-label", "regression"),
        help="what the outputs mean (default: regression for one output, else single-label)",
    )
    return parser


def _lengths(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r:.60}, expected whole numbers such as 32,128") from None


def _export(options: argparse.Namespace, targets: Sequence[str], bar: Bar) -> int:
    from litebert_exporter import export
    from litebert_exporter.report import format_report

    report = export(
        options.checkpoint,
        targets=targets,
        out=options.out,
        quantize=options.quantize,
        layout=options.layout,
        layers_per_segment=options.layers_per_segment,
        max_tokens=options.max_tokens,
        lengths=options.lengths,
        **fact_values(options),
        problem_type=options.problem_type,
        inputs=options.inputs,
        trim_vocab=options.trim_vocab,
        data=options.data,
        columns=columns_given(options),
        force=options.force,
        on_share=bar.add,
    )
    bar.close()
    for note in report.notes:
        tell(f"read: {note}")
    print(json.dumps(report.as_json(), indent=1) if options.json else format_report(report))
    if report.vocabulary is not None and report.vocabulary.warning is not None:
        tell(f"warning: {report.vocabulary.warning}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
