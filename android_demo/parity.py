"""Compares `litebert-java` with Python's runtime: ids, offsets, exits and numbers, text by text.

    python android_demo/parity.py artifacts FOLDER [--backends tflite,onnxruntime] [--only NAME,...]
    python android_demo/parity.py texts ARTIFACT FILE... [--most 2000] [--speeds 0,0.2,0.5]

`artifacts` takes the folder of `make artifacts`: every sound artifact answers its hard texts, at full depth
and with the settings that the folder decides by. `texts` takes real texts of data files, as many from each.

The tolerance is the least of the artifact's golden cases for the target. With logits that differ by no more
than d, probabilities differ by at most d / 2 and an uncertainty by at most 2 d (its gradient's entries add up
to at most 2 H / ln n). So another exit, or another label of two that are as good, is no difference where
Python's own number is that near the border; such texts are counted. The exit code is 1 if anything differs.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from litebert.artifact import Artifact, open_artifact
from litebert.exit_rules import NATS, NUMBERS, uncertainty
from litebert.exit_settings import Setting, choose_setting
from litebert.golden import read_golden
from litebert.loading import load
from litebert.model import Model
from litebert.tokenizer import NO_PAIRS, Text
from litebert.tools.data import read_texts

JAVA = Path(__file__).with_name("litebert-java")
# By the name of a backend in Java: the target whose graphs it runs, and the backend of Python beside it.
BACKENDS = {
    "tflite": ("tflite", "tflite"),
    "interpreter": ("tflite", "tflite"),
    "onnxruntime": ("onnx", "onnxruntime"),
}
_SHOWN = 5  # differences of one run that are printed


@dataclass
class Found:
    """The findings of one run: an artifact on a backend with a setting.

    Attributes:
        texts: the number of texts that both answered.
        worst: the largest difference of an output's number, as a share of the tolerance.
        borders: the number of texts that left at another exit, or got another label, at the border.
        problems: everything that differs.
    """

    texts: int = 0
    worst: float = 0.0
    borders: int = 0
    problems: list[str] = field(default_factory=list)


def compare(folder: Path, backend: str, leave: Mapping[str, float], texts: Sequence[Text]) -> Found:
    """The findings about an artifact on a backend with a setting; an empty one is full depth."""
    found = Found()
    target, python = BACKENDS[backend]
    artifact = open_artifact(folder)
    tolerance = min(case["tolerance"] for case in read_golden(artifact)[target])
    code, answers, error = _java(folder, backend, leave, texts)
    if code or len(answers) != len(texts):
        found.problems.append(f"Java gives {len(answers)} of {len(texts)} answers, code {code}: {error}")
        return found
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    with load(folder, python, leave=leave) as model:
        setting = choose_setting(artifact.exit_rule, len(model.exit_layers) - 1, leave)
        for text, java in zip(texts, answers, strict=True):
            _compare_ids(found, model, tokenizer, text, java)
            ours = dataclasses.asdict(model(text))
            _compare_answers(found, _Case(model, setting, text, tolerance), ours, java)
            found.texts += 1
    return found


@dataclass(frozen=True)
class _Case:
    """A text with what its comparison needs."""

    model: Model[Any]
    setting: Setting | None
    text: Text
    tolerance: float


def _java(
    folder: Path, backend: str, leave: Mapping[str, float], texts: Sequence[Text]
) -> tuple[int, list[dict[str, Any]], str]:
    """The exit code, the answers and the last line of stderr of Java's command."""
    flags = [word for name, value in leave.items() for word in (f"--{name}", f"{value:g}")]
    command = [str(JAVA), str(folder), "--stdin-json", "--ids", "--backend", backend, *flags]
    lines = "".join(f"{json.dumps(text)}\n" for text in texts)
    run = subprocess.run(command, input=lines, capture_output=True, check=False, encoding="utf-8")
    error = (run.stderr.strip().splitlines() or [""])[-1]
    return run.returncode, [json.loads(line) for line in run.stdout.splitlines()], error


def _compare_ids(
    found: Found, model: Model[Any], tokenizer: Tokenizer, text: Text, java: Mapping[str, Any]
) -> None:
    ours = model.tokenize(text)
    for name, ids in (("input_ids", ours.input_ids), ("token_type_ids", ours.type_ids)):
        if java[name] != list(ids):
            found.problems.append(
                f"{text!r:.60}: {name} are {java[name]!r:.200}, Python's {list(ids)!r:.200}"
            )
    if ours.truncated or any("\ud800" <= each <= "\udfff" for half in text for each in half):
        return  # the library was given another text: one that was cut, or mended
    whole = tokenizer.encode(text) if isinstance(text, str) else tokenizer.encode(*text)
    offsets = [list(each) for each in whole.offsets]
    if whole.ids == list(ours.input_ids) and java["offsets"] != offsets:
        found.problems.append(
            f"{text!r:.60}: offsets are {java['offsets']!r:.200}, Python's {offsets!r:.200}"
        )


def _compare_answers(found: Found, case: _Case, ours: Mapping[str, Any], java: Mapping[str, Any]) -> None:
    """Compares the fields of both answers; those of another exit only where that exit is at the border."""
    answer = {name: value for name, value in java.items() if name in ours}
    if [*answer] != [*ours]:
        found.problems.append(f"the fields are {[*answer]}, Python's {[*ours]}")
        return
    if ours.get("exit_layer") != answer.get("exit_layer"):
        layer = min(ours["exit_layer"], answer["exit_layer"])
        if _exit_is_near(case, layer):
            found.borders += 1
        else:
            found.problems.append(
                f"{case.text!r:.60}: leaves at layer {answer['exit_layer']}, Python at {ours['exit_layer']}"
            )
        return
    if ours.get("label") != answer.get("label") and _margin(ours["logits"]) <= 2 * case.tolerance:
        found.borders += 1
        return
    for name, value in ours.items():
        share = _difference(value, answer[name]) / (case.tolerance * (2 if name == "uncertainty" else 1))
        found.worst = max(found.worst, share)
        if share > 1:
            found.problems.append(
                f"{case.text!r:.60}: {name} is {answer[name]!r:.120}, Python's {value!r:.120}"
            )


def _difference(ours: Any, java: Any) -> float:
    """The largest difference of two values' numbers; infinite where they are not alike."""
    if isinstance(ours, list | tuple) and isinstance(java, list):
        if len(ours) != len(java):
            return math.inf
        return max(map(_difference, ours, java), default=0.0)
    if type(ours) is float and type(java) is float and not math.isnan(java):
        return abs(ours - java)
    return 0.0 if type(ours) is type(java) and ours == java else math.inf


def _margin(logits: Sequence[float]) -> float:
    """The distance of the best logit from the second."""
    best = sorted(logits)[-2:]
    return best[1] - best[0] if len(best) == 2 else math.inf


def _exit_is_near(case: _Case, layer: int) -> bool:
    """Whether the exit behind a layer, or one before it, is so near the border that either side is right."""
    setting, least = case.setting, 2 * case.tolerance
    if setting is None:
        return False
    exits = case.model.all_exits(case.text).tolist()[: case.model.exit_layers.index(layer) + 1]
    entropy = setting.rule.entropy
    if entropy is not None:
        scale = math.log(len(exits[-1])) if entropy.unit == NATS else 1.0
        return abs(scale * uncertainty(exits[-1]) - setting.values[len(exits) - 1]) <= scale * least
    if setting.rule.beliefs == NUMBERS:
        moves = [abs(after[0] - before[0]) for before, after in pairwise(exits)]
        return any(abs(move - setting.values[-1]) <= least for move in moves)
    return any(_margin(logits) <= least for logits in exits)


def _artifacts(options: argparse.Namespace) -> Iterator[tuple[Path, str, dict[str, float], list[Text]]]:
    """Every run over the folder of `make artifacts`."""
    rows = json.loads((options.folder / "index.json").read_text(encoding="ascii"))["rows"]
    for row in rows:
        folder = options.folder / row["folder"]
        if row["verdict"] != "ok" or "encodings" not in row:
            continue
        if options.only and row["name"] not in options.only:
            continue
        texts = [_text(each["text"]) for each in row["encodings"]]
        decisions = [tuple(each["leave"].items()) for each in row.get("decisions", ())]
        for backend in _able(open_artifact(folder), options.backends):
            for leave in ({}, *map(dict, dict.fromkeys(decisions))):
                yield folder, backend, leave, texts


def _texts(options: argparse.Namespace) -> Iterator[tuple[Path, str, dict[str, float], list[Text]]]:
    """Every run of one artifact over real texts."""
    artifact = open_artifact(options.artifact)
    files = [read_texts(path) for path in options.files]
    share = -(-options.most // len(files))
    texts = [text for each in files for text in each[:share]][: options.most]
    if artifact.pairs == NO_PAIRS:
        texts = [text if isinstance(text, str) else text[0] for text in texts]
    speeds = options.speeds if artifact.exit_rule is not None else [0.0]
    for backend in _able(artifact, options.backends):
        for speed in speeds:
            yield options.artifact, backend, {"speed": speed} if speed else {}, texts


def _able(artifact: Artifact, backends: Sequence[str]) -> list[str]:
    """The backends that have a graph in the artifact."""
    return [name for name in backends if BACKENDS[name][0] in artifact.targets]


def _text(value: Any) -> Text:
    return value if isinstance(value, str) else (value[0], value[1])


def main() -> None:
    """Compares, with a line for each run; the exit code is 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    kinds = parser.add_subparsers(required=True)
    artifacts = kinds.add_parser("artifacts", help="every sound artifact of make artifacts")
    artifacts.add_argument("folder", type=Path, metavar="FOLDER")
    artifacts.add_argument("--only", type=_words, default=(), help="names of artifacts (default: all)")
    artifacts.set_defaults(runs=_artifacts)
    texts = kinds.add_parser("texts", help="real texts")
    texts.add_argument("artifact", type=Path, metavar="ARTIFACT")
    texts.add_argument("files", type=Path, nargs="+", metavar="FILE", help="data files")
    texts.add_argument("--most", type=int, default=2000, help="texts in all (default 2000)")
    texts.add_argument("--speeds", type=_numbers, default=[0.0, 0.2, 0.5], help="default 0,0.2,0.5")
    texts.set_defaults(runs=_texts)
    for each in (artifacts, texts):
        each.add_argument("--backends", type=_words, default=["tflite", "onnxruntime"])
    options = parser.parse_args()
    warnings.simplefilter("ignore", UserWarning)  # a pair for a model of single texts is meant
    begin, runs = time.monotonic(), []
    for folder, backend, leave, inputs in options.runs(options):
        found = compare(folder, backend, leave, inputs)
        runs.append(found)
        setting = " ".join(f"{name}={value:g}" for name, value in leave.items()) or "full depth"
        print(
            f"{folder.name}, {backend}, {setting}: {found.texts} texts, worst {found.worst:.3f} of the "
            f"tolerance, {found.borders} at a border, {len(found.problems)} differences",
            flush=True,
        )
        for problem in found.problems[:_SHOWN]:
            print(f"  {problem}", flush=True)
    answers, wrong = sum(each.texts for each in runs), sum(len(each.problems) for each in runs)
    print(
        f"{len(runs)} runs, {answers} answers, worst {max((each.worst for each in runs), default=0):.3f} of "
        f"the tolerance, {sum(each.borders for each in runs)} at a border, {wrong} differences; "
        f"{time.monotonic() - begin:.0f} s"
    )
    sys.exit(1 if wrong or not answers else 0)


def _words(text: str) -> list[str]:
    return text.split(",")


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
