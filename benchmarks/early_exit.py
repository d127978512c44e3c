"""What early exit saves in time, and what its layouts cost: one interleaved run over real text.

    python benchmarks/early_exit.py --whole W.litebert --split S.litebert --branched B.litebert --data TSV

The artifacts are one student, exported with --layout whole, split and branched; split and branched may be
calibrated (on other text than this), and then leave as --max-accuracy-drop says, or with the thresholds that
were searched for a share of compute. The cases take turns every few dozen texts, so that a machine that slows
down slows them all; every text runs at its own length, one thread. Times are CPU time of the calling thread
from token ids to the answer. A ratio is one of mean times of a round; shown are its median over the rounds,
the lowest and highest. Early answers are compared with full depth of the same layout, and that with whole.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import litebert
from litebert.artifact import open_artifact
from litebert.backends import ENGINES, engines_for
from litebert.calibration import read_calibrations
from litebert.data import read_examples
from litebert.exits import Setting
from litebert.network import Answer
from litebert.tokenizer import Encoding

BATCH, BATCH_SPEED, TURN = 16, 0.3, 48


@dataclass(frozen=True)
class Case:
    """Something to time: a model with a setting, rows at a time, and the case it is compared with."""

    name: str
    model: litebert.Model
    setting: Setting | None
    batch: int
    against: str


def main() -> None:
    """Prints a line per case."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--whole", type=Path, required=True)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--branched", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="labelled TSV")
    parser.add_argument("--max-accuracy-drop", type=float, default=0.5, help="points (default 0.5)")
    parser.add_argument("--limit", type=int, help="how many texts (default: all)")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()

    cases = _cases(options)
    artifact = open_artifact(options.whole)
    examples = read_examples(options.data, artifact.problem_type, artifact.labels)[: options.limit]
    encodings = [cases[0].model.encode(example.text) for example in examples]
    labels = [min(example.labels) for example in examples]
    rounds = [_run_all(cases, encodings) for _ in range(options.rounds + 1)][1:]
    print(f"{len(encodings)} texts, {options.rounds} rounds")
    print(f"{'ms/text':>8}  {'ratio':>5}  {'range':<12}  {'accuracy':>8}  {'layers':>6}  case")
    for case in cases:
        ratios = [seconds[case.name] / seconds[case.against] for seconds in rounds]
        mean_ms = 1000 * np.median([seconds[case.name] for seconds in rounds]) / len(encodings)
        answers = _answer_all(case, encodings)
        found = [int(np.argmax(answer.logits)) for answer in answers]
        right = [answer == label for answer, label in zip(found, labels, strict=True)]
        layers = [case.model.exit_layers[answer.exit] + 1 for answer in answers]
        spread = f"{min(ratios):.3f}-{max(ratios):.3f}"
        print(
            f"{mean_ms:8.3f}  {np.median(ratios):5.3f}  {spread:<12}  {np.mean(right):8.2%}  "
            f"{np.mean(layers):6.2f}  {case.name} / {case.against}"
        )


def _cases(options: argparse.Namespace) -> list[Case]:
    cases = []
    for engine in ENGINES:
        for layout in ("whole", "split", "branched"):
            path = getattr(options, layout)
            if path is None or engine not in engines_for(open_artifact(path).targets):
                continue
            name = f"{engine.target} {layout}"
            model = litebert.load(path, engine.name, preload=True)
            cases.append(Case(name, model, None, 1, f"{engine.target} whole"))
            if layout == "whole":
                continue
            target = open_artifact(path).targets[engine.target]
            if target.calibration is not None:
                model.leave_within_drop(options.max_accuracy_drop)
                rows = read_calibrations(open_artifact(path))[engine.target].rows
                searched = [row.values for row in rows if len({*row.values}) > 1]
                chosen = [model.setting.values] if model.setting is not None else []
                for values in dict.fromkeys([*chosen, *searched]):
                    shown = " ".join(f"{value:.3g}" for value in dict.fromkeys(values))
                    setting = model.choose_setting(values, None, None)
                    cases.append(Case(f"{name}, early ({shown})", model, setting, 1, name))
            if engine.stacks_rows:
                full, early = f"{name}, batch {BATCH}", f"{name}, batch {BATCH}, speed {BATCH_SPEED}"
                cases.append(Case(full, model, None, BATCH, full))
                cases.append(Case(early, model, model.choose_setting(BATCH_SPEED, None, None), BATCH, full))
    return cases


def _run_all(cases: Sequence[Case], encodings: Sequence[Encoding]) -> dict[str, float]:
    """CPU seconds of each case over all texts, the cases taking turns every TURN texts."""
    seconds = dict.fromkeys((case.name for case in cases), 0.0)
    for start in range(0, len(encodings), TURN):
        for case in cases:
            chunk = encodings[start : start + TURN]
            for row in range(0, len(chunk), case.batch):
                begin = time.thread_time()
                case.model.answers(chunk[row : row + case.batch], case.setting)
                seconds[case.name] += time.thread_time() - begin
    return seconds


def _answer_all(case: Case, encodings: Sequence[Encoding]) -> list[Answer]:
    return [case.model.answers([encoding], case.setting)[0] for encoding in encodings]


if __name__ == "__main__":
    main()
