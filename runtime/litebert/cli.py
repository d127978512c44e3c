"""The command `litebert`: run, inspect and verify artifacts."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from litebert.artifact import Artifact, open_artifact
from litebert.calibration import read_calibration
from litebert.curve import calibration_lines, plot_calibrations
from litebert.data import is_labelled, read_examples, read_texts
from litebert.errors import InputError, LiteBertError, MissingExtraError
from litebert.metrics import agreement
from litebert.runner import load
from litebert.tasks import Prediction
from litebert.tokenizer import Text
from litebert.verify import Evaluation, Replay, evaluate, verify_artifact

_LINE = 10_000  # characters; a list of many wrong tensors is that long
_EXAMPLES = """\
examples:
  litebert run student.litebert "a gripping film ."
  cat reviews.txt | litebert run student.litebert --json
  litebert inspect student.litebert
  litebert calibrate student.litebert --data dev.tsv
  litebert run student.litebert --max-accuracy-drop 0.5 "a gripping film ."
  litebert verify student.litebert
  litebert verify fp32.litebert int8.litebert --data labelled.tsv
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 0, 1 for an error, 2 for wrong usage."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and (options.run is not _run or any(text.startswith("-") for text in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:  # argparse does not see texts behind an option
        options.texts += rest
    return guarded(lambda: int(options.run(options)))


def guarded(command: Callable[[], int]) -> int:
    """Runs a command; an expected error becomes one line on stderr and exit code 1."""
    try:
        return command()
    except LiteBertError as error:
        message = str(error)
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        message = f"{error.filename or 'input/output'}: {error.strerror or error}"
    except KeyboardInterrupt:
        message = "interrupted"
    print("error:", _one_line(message), file=sys.stderr)
    return 1


def _one_line(message: str) -> str:
    """The message fit for a terminal, whatever names stand in it: one line of a bearable length."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message)
    return shown if len(shown) <= _LINE else f"{shown[: _LINE - 3]}..."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="litebert",
        description="Answer text with an artifact that litebert-export wrote, look into it, check it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run", help="answer texts", description="Answer each text on a line of its own."
    )
    run.add_argument("artifact", type=Path, metavar="ARTIFACT", help="folder written by litebert-export")
    run.add_argument(
        "texts", nargs="*", metavar="TEXT", help="texts to answer; without any, the lines of stdin"
    )
    run.add_argument("--pair", action="store_true", help="each text is a pair, with a tab between its halves")
    run.add_argument("--json", action="store_true", help="a JSON object per answer, with every field")
    run.add_argument("--backend", default="auto", help="auto (default), onnxruntime or ai-edge-litert")
    run.add_argument("--threads", type=int, default=1, metavar="N", help="threads for one answer (default 1)")
    knobs = run.add_argument_group(
        "when to leave early (students with exits; full depth unless one is given)"
    )
    knobs.add_argument(
        "--speed",
        type=float,
        metavar="X",
        help="at the first exit whose uncertainty is below: 0 never, 1 at once",
    )
    knobs.add_argument(
        "--max-accuracy-drop", type=float, metavar="POINTS", help="as early as the calibration allows"
    )
    knobs.add_argument(
        "--latency-budget-ms", type=float, metavar="MS", help="as late as this mean time allows here"
    )
    knobs.add_argument("--threshold", type=float, metavar="X", help="the same for DeeBERT's rule, in nats")
    knobs.add_argument(
        "--patience", type=int, metavar="N", help="for PABEE's rule: after N comparisons without a change"
    )
    run.set_defaults(run=_run)
    inspect = commands.add_parser("inspect", help="show what an artifact holds")
    inspect.add_argument("artifact", type=Path, metavar="ARTIFACT")
    inspect.add_argument("--json", action="store_true", help="as one JSON object")
    inspect.add_argument(
        "--plot", type=Path, metavar="PNG", help="draw accuracy against mean latency as calibrated"
    )
    inspect.set_defaults(run=_inspect)
    calibrate = commands.add_parser(
        "calibrate",
        help="measure what each exit threshold gives on your text",
        description="Run every installed engine's graphs over your text, and write into the artifact what "
        "each exit setting gives there: accuracy, agreement with full depth, mean layers, share of compute. "
        "Afterwards --max-accuracy-drop and --latency-budget-ms, and load() in Python, choose from it. "
        "Use text that nothing was trained on, a few hundred lines or more.",
    )
    calibrate.add_argument("artifact", type=Path, metavar="ARTIFACT")
    calibrate.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="FILE",
        help="TSV with a header text<TAB>label or text_a<TAB>text_b<TAB>label; without the label column, or "
        "as .txt with a text per line, answers are compared with full depth",
    )
    calibrate.add_argument(
        "--search",
        type=float,
        action="append",
        default=[],
        metavar="SHARE",
        help="also search one threshold per exit for the best accuracy at this share of compute (0 to 1); "
        "repeatable",
    )
    calibrate.add_argument("--json", action="store_true", help="as one JSON object")
    calibrate.set_defaults(run=_calibrate)
    verify = commands.add_parser(
        "verify",
        help="check integrity and golden answers, or measure on labelled data",
        description="Check every file's hash and replay the golden answers with every installed engine. With "
        "--data, also measure each artifact and target on your own labelled text, side by side; the first "
        "row is what the others are compared with.",
    )
    verify.add_argument("artifacts", type=Path, nargs="+", metavar="ARTIFACT")
    verify.add_argument(
        "--data",
        type=Path,
        metavar="TSV",
        help="UTF-8, a header text<TAB>label or text_a<TAB>text_b<TAB>label; labels by name or number",
    )
    verify.add_argument("--json", action="store_true", help="as one JSON object")
    verify.set_defaults(run=_verify)
    return parser


def _run(options: argparse.Namespace) -> int:
    knobs = ("speed", "threshold", "patience", "max_accuracy_drop", "latency_budget_ms")
    given = {name: getattr(options, name) for name in knobs}
    with load(options.artifact, options.backend, options.threads, **given) as model:
        texts: Iterator[str] = iter(options.texts) if options.texts else _stdin_lines()
        inputs: Iterator[Text] = (_pair(text) for text in texts) if options.pair else texts
        for answer in map(model, inputs):  # one by one: whoever writes the lines may wait for each answer
            print(json.dumps(dataclasses.asdict(answer)) if options.json else _line(answer), flush=True)
    return 0


def _stdin_lines() -> Iterator[str]:
    for line in sys.stdin.buffer if sys.stdin is not None else ():  # None: closed by whoever called
        yield line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")


def _pair(text: str) -> Text:
    halves = text.split("\t")
    if len(halves) != 2:
        raise InputError(
            f"text {text!r:.60} has {len(halves) - 1} tabs; with --pair expected one between two halves"
        )
    return halves[0], halves[1]


def _line(answer: Prediction) -> str:
    if answer.value is not None:
        return f"{answer.value:.4f}"
    if answer.labels is not None and answer.probs is not None:
        return f"{','.join(answer.labels) or '-'}\t{' '.join(f'{prob:.4f}' for prob in answer.probs)}"
    left = "" if answer.exit_layer is None else f"\tlayer {answer.exit_layer}"
    return f"{answer.label}\t{answer.score:.4f}{left}"


def _inspect(options: argparse.Namespace) -> int:
    artifact = open_artifact(options.artifact)
    facts = _facts(artifact)
    if options.plot is not None:
        plot_calibrations(artifact, options.plot)
    if options.json:
        print(json.dumps(facts, indent=1))
        return 0
    print(f"{artifact.path}  {artifact.name}")
    for key, value in facts.items():
        if key not in ("name", "targets"):
            print(f"  {key:13} {', '.join(value) if isinstance(value, list) else value}")
    for name, target in facts["targets"].items():
        print(f"  {name:13} {target['recipe']}, {target['layout']}, {target['size_bytes'] / 1e6:.1f} MB")
    tables = {
        name: read_calibration(target) for name, target in artifact.targets.items() if target.calibration
    }
    for name, table in tables.items():
        print(f"\n  {name}, calibrated on {table.examples} texts of {table.tokens} tokens on average")
        print("\n".join(calibration_lines(table, artifact.targets[name])))
    return 0


def _calibrate(options: argparse.Namespace) -> int:
    from litebert.calibrate import calibrate

    artifact = open_artifact(options.artifact)
    labels = None
    if is_labelled(options.data):
        examples = read_examples(options.data, artifact.problem_type, artifact.labels)
        labels = [min(example.labels, default=0) for example in examples]
    texts = read_texts(options.data)
    tables = calibrate(options.artifact, texts, labels, options.search, _show_progress)
    if options.json:
        print(json.dumps({name: dataclasses.asdict(table) for name, table in tables.items()}, indent=1))
        return 0
    for name, table in tables.items():
        print(f"{name}, {table.examples} texts of {table.tokens} tokens on average")
        print("\n".join(calibration_lines(table, artifact.targets[name])))
    return 0


def _facts(artifact: Artifact) -> dict[str, Any]:
    return {
        "name": artifact.name,
        "family": artifact.family,
        "task": artifact.task,
        "problem_type": artifact.problem_type,
        "labels": list(artifact.labels),
        "max_tokens": artifact.max_tokens,
        "exit_rule": artifact.exit_rule,
        "digest": artifact.digest,
        "targets": {
            name: {
                "layout": target.layout,
                "recipe": target.recipe,
                "exits": [dataclasses.asdict(each) for each in target.exits],
                "calibration": target.calibration,
                "size_bytes": artifact.target_size_bytes(name),
                "segments": [dataclasses.asdict(segment) for segment in target.segments],
            }
            for name, target in artifact.targets.items()
        },
    }


def _verify(options: argparse.Namespace) -> int:
    replays = {str(path): verify_artifact(path) for path in options.artifacts}
    rows = _evaluate_all(options.artifacts, options.data) if options.data is not None else []
    if options.json:
        body = {
            "golden": {
                path: [dataclasses.asdict(replay) for replay in all_] for path, all_ in replays.items()
            },
            "data": rows,
        }
        print(json.dumps(body, indent=1))
    else:
        _print_verification(replays, rows)
    if not any(replay.installed for all_ in replays.values() for replay in all_):
        raise MissingExtraError(
            'no engine is installed; use pip install "litebert[onnx]" or "litebert[litert]"'
        )
    return 0 if all(replay.passed for all_ in replays.values() for replay in all_) else 1


def _evaluate_all(paths: Sequence[Path], data: Path) -> list[dict[str, Any]]:
    """A row per artifact and target; agreement is with the first of them."""
    rows: list[dict[str, Any]] = []
    first: Evaluation | None = None
    for path in paths:
        artifact = open_artifact(path)
        examples = read_examples(data, artifact.problem_type, artifact.labels)
        for evaluation in evaluate(path, examples, _show_progress):
            first = first or evaluation
            if len(evaluation.predictions[0].logits) != len(first.predictions[0].logits):
                raise InputError(f"{path}: has other labels than {paths[0]}; compare artifacts of one model")
            same, difference = agreement(evaluation.predictions, first.predictions)
            rows.append(
                {
                    "artifact": str(path),
                    "target": evaluation.target,
                    "recipe": evaluation.recipe,
                    "examples": len(examples),
                    **evaluation.metrics,
                    "agreement": same,
                    "max_logit_difference": difference,
                    "latency_ms": evaluation.latency_ms,
                }
            )
    return rows


def _print_verification(replays: dict[str, tuple[Replay, ...]], rows: list[dict[str, Any]]) -> None:
    for path, all_ in replays.items():
        print(f"{path}: every file as the manifest says")
        for replay in all_:
            if not replay.installed:
                print(f"  {replay.target:8} not checked: {replay.engine} is not installed")
                continue
            verdict = "agree" if replay.passed else f"DIFFER ({replay.wrong_ids} with other token ids)"
            worst = f"worst at {replay.worst:.1%} of tolerance"
            print(f"  {replay.target:8} {replay.cases} golden cases {verdict}; {worst}")
    if rows:
        columns = [key for key in rows[0] if key != "examples"]
        cells = [columns, *([_cell(key, row[key]) for key in columns] for row in rows)]
        widths = [max(len(line[column]) for line in cells) for column in range(len(columns))]
        print(f"\n{rows[0]['examples']} examples; agreement and max_logit_difference are with the first row")
        for line in cells:
            print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(key: str, value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.2f}" if key == "latency_ms" else f"{value:.4f}"
    return str(value)


def _show_progress(done: int, total: int) -> None:
    if sys.stderr.isatty() and (done == total or done % 50 == 0):
        print(f"\r{done} of {total}", end="" if done < total else "\r", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
