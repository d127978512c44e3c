"""The command `litebert-export`."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from litebert.cli import Parser, guarded
from litebert.data_flags import DATA_HELP, add_column_flags, columns_given
from litebert.targets import LAYOUTS
from litebert.visible import tell
from litebert_exporter.arrival import remove_arriving
from litebert_exporter.fact_flags import add_fact_flags

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
  litebert verify float.litebert my-student.litebert --data labelled.tsv    what int8 costs on your data
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 0, 1 for an error, 2 for wrong usage."""
    with _stoppable():
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
    return _export(options, targets)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="litebert-export",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
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
    parser.add_argument("--force", action="store_true", help="replace an artifact that stands at OUT")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    add_column_flags(parser)
    add_fact_flags(parser).add_argument(
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


def _export(options: argparse.Namespace, targets: Sequence[str]) -> int:
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
        labels=options.labels,
        vocab=options.vocab,
        config=options.config,
        family=options.family,
        heads=options.heads,
        problem_type=options.problem_type,
        cased=options.cased,
        trim_vocab=options.trim_vocab,
        columns=columns_given(options),
        force=options.force,
        progress=_show_stage,
    )
    print(json.dumps(report.as_json(), indent=1) if options.json else format_report(report))
    if report.vocabulary is not None and report.vocabulary.warning is not None:
        tell(f"warning: {report.vocabulary.warning}")
    return 0


def _show_stage(name: str) -> None:
    tell(f"{name} ...")


@contextmanager
def _stoppable() -> Iterator[None]:
    """Lets Ctrl-C and SIGTERM stop the run at any moment, even inside an engine, with nothing left behind."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return
    former = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    remove_arriving()
    tell("error: interrupted; nothing was written")
    os._exit(128 + number)  # an exception might be caught on its way, by an import say


if __name__ == "__main__":
    sys.exit(main())
