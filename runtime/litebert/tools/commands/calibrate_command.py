"""`litebert calibrate`: measures the exit settings of an artifact."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from litebert.artifact import open_artifact
from litebert.tools.calibration_lines import target_lines, texts_of
from litebert.tools.command_line import Kinds
from litebert.tools.data import golds_of
from litebert.tools.data.flags import DATA_HELP, add_column_flags, read_data
from litebert.tools.progress import Bar
from litebert.visible import show, tell


def add_calibrate(kinds: Kinds) -> None:
    """Adds `calibrate` to the commands of `litebert`."""
    parser = kinds.add_parser(
        "calibrate",
        help="measure each exit setting on your text",
        description="Measure each exit setting on your text: accuracy, agreement with full depth (all "
        "layers), mean layers, compute and time. The table is printed and written into the artifact. "
        "Afterwards litebert run and load() choose a setting by --max-changed-percent, --max-accuracy-drop "
        "or --latency-budget-ms. Use text that nothing was trained on; labels are optional. Few texts "
        "promise little: a limit of 2 (percent or points) needs 149 texts, 1 needs 299, 0.5 needs 598, and "
        "more where answers differ. Timing takes at most some 20 seconds a target. Ctrl-C keeps the targets "
        "that are written.",
    )
    parser.add_argument("artifact", type=Path, metavar="ARTIFACT", help="folder written by litebert-export")
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="FILE",
        help=f"{DATA_HELP}; without labels the table has no accuracy",
    )
    parser.add_argument(
        "--search",
        type=float,
        action="append",
        default=[],
        metavar="SHARE",
        help="also search for one threshold per exit, the most accurate at this share of the compute (0 to "
        "1); a random half of the texts is searched, and the table is of the other half; repeatable",
    )
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    add_column_flags(parser)
    parser.set_defaults(run=calibrate)


def calibrate(options: argparse.Namespace) -> int:
    """Measures exit settings and prints each target's once they are written; returns the exit code."""
    from litebert.tools.calibrate import calibrations

    artifact = open_artifact(options.artifact)
    examples = read_data(options.data, options).examples(artifact.task.measures)
    texts, golds = [example.text for example in examples], golds_of(examples)
    written = {}
    with Bar() as bar:
        for name, calibration in calibrations(artifact, texts, golds, options.search, bar.add):
            written[name] = calibration
            former = (artifact.targets[name].calibration or {}).get("examples")
            if isinstance(former, int) and former > calibration.examples:
                tell(f"{name}: this replaces a calibration on more texts, {former}")
            if not options.json:
                bar.clear()
                show(f"{name}, {texts_of(calibration)}", *target_lines(artifact, name, calibration))
    if options.json:
        print(json.dumps({name: dataclasses.asdict(each) for name, each in written.items()}, indent=1))
    return 0
