"""The command `litebert-export`."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from litebert.graph_formats import BRANCHED, LAYOUTS, SPLIT, WHOLE
from litebert.inputs import INPUTS
from litebert.tasks.sequence_classification import OUTPUT_ACTIVATIONS
from litebert.tools.command_line import Parser, command_parser, guarded
from litebert.tools.data.flags import DATA_HELP, add_column_flags, columns_given
from litebert.tools.fact_flags import add_fact_flags, fact_values
from litebert.tools.progress import Bar
from litebert.visible import tell
from litebert_exporter.quantize.recipe import RECIPES
from litebert_exporter.targets import TARGETS, targets_for

_DESCRIPTION = """\
Turn a fine-tuned BERT classifier, or an encoder of sentence-transformers, into an artifact: a folder
that litebert runs on small CPUs.

CHECKPOINT is a Hugging Face folder, or a .safetensors, .pt, .pth, .ckpt or .bin file with config.json
and the vocabulary beside it. The flags under "facts" state facts that these files lack. A flag that
contradicts a file is an error; only --cased and --uncased overrule files.

Every graph is compared with a numpy reference. If a number is off, nothing is written.
Then run:  litebert run NAME.litebert "some text"
"""
_EPILOG = """\
examples:
  litebert-export my-student/                            int8 for both engines, to my-student.litebert
  litebert-export my-student/ --target tflite -o app/    for LiteRT only, to app: half the size
  litebert-export model.pt --config c.json --vocab v.txt --labels negative,positive
  litebert-export my-student/ --quantize none -o float.litebert
  litebert-export my-student/ --trim-vocab train.tsv     without tokens that your texts never use
  litebert-export my-fastbert/ --target onnx --layout branched    early exit without our runtime
  litebert-export my-student/ --data labelled.tsv        the cost of int8 on your texts
"""

_LAYOUTS = {
    WHOLE: "one graph (default for students without exits)",
    SPLIT: "a graph per layer, so that litebert can leave early (default for students with exits)",
    BRANCHED: "one graph that leaves early by itself",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command. Its exit code: 0, 1 for an error, 2 for wrong usage."""
    return guarded(lambda: _command(arguments))


def _command(arguments: Sequence[str] | None) -> int:
    parser = _parser()
    options = parser.options(arguments)
    targets = tuple(dict.fromkeys(options.target or TARGETS))
    for flag, able in (
        (f"--quantize {options.quantize}", targets_for(quantize=options.quantize)),
        (f"--layout {options.layout}", targets_for(layout=options.layout)),
    ):
        if not able.keys() >= {*targets}:
            parser.error(f"{flag} needs {_target_flags(able)}")
    able = targets_for(lengths=True)
    if options.lengths and able.keys().isdisjoint(targets):
        parser.error(f"--lengths needs {_target_flags(able)}")
    if options.data is None and (options.label_column or options.labels_are):
        parser.error("--label-column and --labels-are need --data")
    if options.text_column and options.data is None and not isinstance(options.trim_vocab, Path):
        parser.error("--text-column needs --data or --trim-vocab FILE")
    with Bar(lines_after_seconds=0) as bar:
        return _export(options, targets, bar)


def _parser() -> Parser:
    parser = command_parser("litebert-export", _DESCRIPTION, _EPILOG)
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="folder or file to export")
    parser.add_argument(
        "--target",
        action="append",
        choices=tuple(TARGETS),
        help=f"write graphs for {' or '.join(f'{each.runtime} ({name})' for name, each in TARGETS.items())} "
        "only (default: all); repeatable",
    )
    parser.add_argument("-o", "--out", metavar="OUT", help="folder to write (default: <name>.litebert here)")
    default = next(iter(RECIPES))
    recipes = [f"{name}: {each.help}{_only(targets_for(quantize=name))}" for name, each in RECIPES.items()]
    parser.add_argument(
        "--quantize",
        choices=tuple(RECIPES),
        default=default,
        help=f"{'; '.join(recipes)} (default {default})",
    )
    parser.add_argument(
        "--layout",
        choices=LAYOUTS,
        help="; ".join(f"{name}: {_LAYOUTS[name]}{_only(targets_for(layout=name))}" for name in LAYOUTS),
    )
    parser.add_argument(
        "--layers-per-segment",
        type=int,
        default=1,
        metavar="N",
        help="layers in each graph of split (default 1)",
    )
    parser.add_argument(
        "--max-tokens", type=int, metavar="N", help="cut longer texts (default: the checkpoint's limit)"
    )
    parser.add_argument(
        "--lengths",
        type=_lengths,
        default=(),
        metavar="N,N",
        help="fixed lengths, such as 32,128, for TFLite delegates that need them: text is padded to the "
        "shortest that fits and cut at the longest (default: any length)",
    )
    parser.add_argument(
        "--trim-vocab",
        type=lambda value: int(value) if re.fullmatch("[0-9]{1,9}", value) else Path(value),
        metavar="FILE|N",
        help="keep the tokens that the texts in FILE use, or the vocabulary's first N (SentencePiece: "
        "the best N by score); special tokens and single characters always stay. Other words are "
        "read in pieces, which may change answers: give thousands of texts",
    )
    parser.add_argument(
        "--data",
        metavar="FILE",
        help="compare each graph with the checkpoint itself, in float32 and untrimmed, on your own "
        f"{DATA_HELP}; labels are optional",
    )
    parser.add_argument("--force", action="store_true", help="replace the artifact at OUT")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    add_column_flags(parser)
    facts = add_fact_flags(parser)
    facts.add_argument(
        "--inputs",
        choices=INPUTS,
        help="the inputs that the model was made for: single texts or pairs. Others get a warning "
        "(default: pair for a cross-encoder, else no warning)",
    )
    facts.add_argument(
        "--problem-type",
        choices=tuple(OUTPUT_ACTIVATIONS),
        help="the meaning of the outputs (default: regression for one output, else single-label)",
    )
    return parser


def _target_flags(able: Iterable[str]) -> str:
    return " ".join(f"--target {name}" for name in able)


def _only(able: Collection[str]) -> str:
    """The targets that have a choice, for its help; nothing where all have it."""
    return "" if len(able) == len(TARGETS) else f" ({_target_flags(able)} only)"


def _lengths(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r:.60}, expected whole numbers such as 32,128") from None


def _export(options: argparse.Namespace, targets: Sequence[str], bar: Bar) -> int:
    from litebert_exporter import export
    from litebert_exporter.export_report import format_report

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
