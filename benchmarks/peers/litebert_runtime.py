"""LiteBERT's runtime as one more peer: it opens an artifact, and its ways are the engines."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from worker import EarlyCall, Opened, PeerProgram, TextIds, run


def prepare(checkpoint: Path, out: Path, options: argparse.Namespace) -> None:
    """Ends: there is nothing to prepare."""
    sys.exit("nothing to prepare: litebert-export makes the artifact")


def open_model(out: Path, options: argparse.Namespace) -> Opened:
    """The artifact, opened by the runtime; of its files those of one target count, without tokenizer."""
    from litebert.artifact import open_artifact
    from litebert.backends import ENGINES
    from litebert.exit_settings import choose_setting
    from litebert.packages import package_version
    from litebert.runner import Runner
    from litebert.targets import FLOAT32
    from litebert.tokenizer import Encoding

    artifact = open_artifact(out)
    runner = Runner(artifact, options.way, options.threads)
    engine = next(each for each in ENGINES if each.name == runner.backend)

    def call(speed: float | None) -> EarlyCall:
        setting = choose_setting(artifact.exit_rule, runner.early_exits, {"speed": speed})

        def answer(rows: Sequence[TextIds]) -> tuple[Any, list[int]]:
            encodings = [Encoding(tuple(row["input_ids"]), tuple(row["token_type_ids"])) for row in rows]
            answers = runner.answers(encodings, setting)
            exits = [runner.exit_layers[each.exit] for each in answers] if runner.exit_layers else []
            return np.array([each.outputs["logits"] for each in answers], np.float32), exits

        return answer

    full = call(None)
    return Opened(
        lambda rows: full(rows)[0],
        engine=f"{engine.name} {package_version(engine.name, engine.module)}",
        arithmetic="float" if artifact.targets[engine.target].arithmetic == FLOAT32 else "exact",
        files=artifact.target_files(engine.target),
        early={"": full} | {f"speed={value:g}": call(value) for value in map(float, options.speeds)},
    )


if __name__ == "__main__":
    run(
        PeerProgram(
            "litebert",
            ("onnxruntime", "ai-edge-litert"),
            prepare,
            open_model,
            imports=("litebert",),
            packages=("litebert", "numpy", "tokenizers"),
        )
    )
