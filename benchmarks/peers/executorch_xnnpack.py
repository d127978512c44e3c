"""ExecuTorch with XNNPACK, in float32 or with dynamic int8 per channel: one file for every length."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from worker import Opened, PeerProgram, TextIds, pad, run

MODEL = "model.pte"
MOST_ROWS = 8  # memory is planned for this many rows of the longest text
FEWEST_TOKENS = 3  # MobileBERT's trigrams cannot be exported for fewer


def prepare(checkpoint: Path, out: Path, options: argparse.Namespace) -> None:
    """Writes model.pte for 1 to 8 rows of up to the longest of `--lengths` tokens (default 128)."""
    import torch
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower
    from exportable import Exportable

    rows = torch.export.Dim("rows", max=MOST_ROWS)
    tokens = torch.export.Dim("tokens", min=FEWEST_TOKENS, max=max(options.lengths, default=128))
    shapes = ({0: rows, 1: tokens},) * 3
    example = tuple(torch.ones((2, 8), dtype=torch.int64) for _ in shapes)
    program = torch.export.export(Exportable(checkpoint), example, dynamic_shapes=shapes)
    if options.way == "int8":
        program = torch.export.export(_quantized(program.module(), example), example, dynamic_shapes=shapes)
    lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
    with (out / MODEL).open("wb") as file:
        lowered.to_executorch().write_to_file(file)


def open_model(out: Path, options: argparse.Namespace) -> Opened:
    """The method of model.pte, with a thread pool of the given size."""
    import numpy as np
    import torch
    from executorch.extension.pybindings.portable_lib import _unsafe_reset_threadpool
    from executorch.runtime import Runtime

    _unsafe_reset_threadpool(options.threads)  # there is no other setting; the default is all cores
    program = Runtime.get().load_program(out / MODEL)
    method = program.load_method("forward")
    most_rows, longest = method.metadata.input_tensor_meta(0).sizes()

    def answer(rows: Sequence[TextIds]) -> Any:
        return np.concatenate([few(rows[i : i + most_rows]) for i in range(0, len(rows), most_rows)])

    def few(rows: Sequence[TextIds]) -> Any:
        feeds = pad(rows, tokens=FEWEST_TOKENS)
        tokens = feeds["input_ids"].shape[1]
        if tokens > longest:
            raise ValueError(
                f"a text of {tokens} tokens, at most {longest} fit: prepare with a longer --lengths"
            )
        return method.execute([torch.from_numpy(array) for array in feeds.values()])[0].numpy()

    return Opened(
        answer,
        engine="executorch XNNPACK",
        arithmetic="exact" if options.way == "int8" else "float",
        notes=["embeddings stay float32"] if options.way == "int8" else [],
    )


def _quantized(model: Any, example: tuple[Any, ...]) -> Any:
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
        XNNPACKQuantizer,
        get_symmetric_quantization_config,
    )
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    config = get_symmetric_quantization_config(is_per_channel=True, is_dynamic=True)
    observed = prepare_pt2e(model, XNNPACKQuantizer().set_global(config))
    observed(*example)
    return convert_pt2e(observed)


if __name__ == "__main__":
    run(
        PeerProgram(
            "executorch",
            ("none", "int8"),
            prepare,
            open_model,
            imports=("numpy", "torch", "executorch.runtime"),
            packages=("executorch", "torch", "torchao", "numpy"),
        )
    )
