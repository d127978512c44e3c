"""Latency as ratios: artifacts against float32 on plain ONNX Runtime, interleaved in one run.

    python benchmarks/latency.py ARTIFACT... --texts FILE [--plain MODEL.onnx]

The baseline is a session as a newcomer opens it: default options but the thread count, no settings of
ours, ids only. It runs the ONNX graph of the first artifact, which should be a `--quantize none` one, or the
graph given by --plain, such as another exporter's. Every text is answered by all in turn, so that a machine
that slows down slows them all; the ratio is taken text by text. Times are the CPU time of the calling thread,
from token ids to logits, batch 1, one thread, every text at its own length.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

import litebert
from litebert.artifact import open_artifact
from litebert.backends import engines_for
from litebert.tokenizer import Encoding

WARM_UP = 30


def main() -> None:
    """Prints a table: median milliseconds, and the ratio to the baseline with its quartiles."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("artifacts", nargs="+", type=Path, metavar="ARTIFACT")
    parser.add_argument(
        "--texts", type=Path, required=True, help="TSV with a header; the first column is the text"
    )
    parser.add_argument("--plain", type=Path, help="baseline graph (default: the first artifact's)")
    parser.add_argument("--limit", type=int, default=500, help="how many texts (default 500)")
    options = parser.parse_args()

    models = {
        f"{path.name} {engine.target}": litebert.load(path, engine.name)
        for path in options.artifacts
        for engine in engines_for(open_artifact(path).targets)
    }
    plain = options.plain or options.artifacts[0] / "onnx" / "whole.onnx"
    runners: dict[str, Callable[[Encoding], Any]] = {f"plain onnxruntime, {plain}": _plain(plain)}
    runners |= {
        name: lambda encoding, model=model: model.answers([encoding], None) for name, model in models.items()
    }
    with options.texts.open(encoding="utf-8", newline="") as file:
        texts = [row[0] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)][1:]
    encodings = [next(iter(models.values())).encode(text) for text in texts[: options.limit]]

    seconds = {
        name: [_timed(run, encoding) for encoding in encodings[:WARM_UP]] for name, run in runners.items()
    }
    seconds = {name: [] for name in runners}
    for encoding in encodings:
        for name, run in runners.items():
            seconds[name].append(_timed(run, encoding))
    baseline = np.array(seconds[next(iter(runners))])
    lengths = [len(encoding.input_ids) for encoding in encodings]
    print(
        f"{len(encodings)} texts of {min(lengths)} to {max(lengths)} tokens, median {np.median(lengths):.0f}"
    )
    print(f"{'ms':>8}  {'ratio':>6}  {'quartiles':<13}  ")
    for name, values in seconds.items():
        low, middle, high = np.percentile(np.array(values) / baseline, [25, 50, 75])
        print(f"{np.median(values) * 1000:8.2f}  {middle:6.2f}  {low:.2f} to {high:.2f}   {name}")


def _timed(run: Callable[[Encoding], Any], encoding: Encoding) -> float:
    start = time.thread_time()
    run(encoding)
    return time.thread_time() - start


def _plain(path: Path) -> Callable[[Encoding], Any]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    kinds = {
        part.name: {"tensor(int32)": np.int32, "tensor(int64)": np.int64}[part.type]
        for part in session.get_inputs()
    }

    def run(encoding: Encoding) -> Any:
        values = {
            "input_ids": [encoding.input_ids],
            "attention_mask": [[1] * len(encoding.input_ids)],
            "token_type_ids": [encoding.type_ids],
        }
        return session.run(None, {name: np.array(values[name], kind) for name, kind in kinds.items()})

    return run


if __name__ == "__main__":
    main()
