"""LiteRT from PyTorch: litert-torch converts, ai-edge-quantizer makes int8, XNNPACK computes.

The converter takes fixed shapes only: a signature per length, one row in a call, weights shared in one file.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from worker import Opened, PeerProgram, TextIds, pad, run

MODEL = "model.tflite"
LENGTHS = (32, 64, 128)


def prepare(checkpoint: Path, out: Path, options: argparse.Namespace) -> None:
    """Writes model.tflite with a signature `tokens_N` for each of `--lengths` (default 32, 64 and 128)."""
    import litert_torch
    import torch
    from exportable import Exportable

    model = Exportable(checkpoint)
    converter = litert_torch.Converter()
    for length in options.lengths or LENGTHS:
        example = tuple(torch.ones((1, length), dtype=torch.int32) for _ in range(3))
        converter.add_signature(f"tokens_{length}", model, example)
    converter.convert().export(str(out / MODEL))
    if options.way == "int8":
        from ai_edge_quantizer import quantizer, recipe

        whole = quantizer.Quantizer(str(out / MODEL))
        whole.load_quantization_recipe(recipe.dynamic_wi8_afp32())
        whole.quantize().export_model(str(out / MODEL), overwrite=True)


def open_model(out: Path, options: argparse.Namespace) -> Opened:
    """The interpreter with its defaults, which are XNNPACK, and a runner for each length."""
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(out / MODEL), num_threads=options.threads)
    names = interpreter.get_signature_list()
    runners = {int(name.removeprefix("tokens_")): interpreter.get_signature_runner(name) for name in names}

    def answer(rows: Sequence[TextIds]) -> Any:
        return np.concatenate([one(row) for row in rows])

    def one(row: TextIds) -> Any:
        tokens = shortest_fit(len(row["input_ids"]), runners)
        feeds = pad([row], np.int32, tokens)
        return runners[tokens](**{f"args_{i}": array for i, array in enumerate(feeds.values())})["output_0"]

    lengths = ", ".join(map(str, sorted(runners)))
    return Opened(
        answer,
        engine="LiteRT XNNPACK",
        arithmetic="exact" if options.way == "int8" else "float",
        notes=[f"padded to one of {lengths} tokens", "the rows of a call run one by one"],
    )


def shortest_fit(tokens: int, lengths: Iterable[int]) -> int:
    """The least of `lengths` that holds so many tokens.

    Raises:
        ValueError: none does.
    """
    fitting = [length for length in lengths if length >= tokens]
    if not fitting:
        longest = max(lengths)
        raise ValueError(f"a text of {tokens} tokens, at most {longest} fit: prepare with a longer --lengths")
    return min(fitting)


if __name__ == "__main__":
    run(
        PeerProgram(
            "litert-torch",
            ("none", "int8"),
            prepare,
            open_model,
            imports=("numpy", "ai_edge_litert.interpreter"),
            packages=("ai-edge-litert", "litert-torch", "ai-edge-quantizer", "torch", "numpy"),
        )
    )
