"""ONNX Runtime as a newcomer meets it: torch.onnx.export, quantize_dynamic, a session with default options.

The export is TorchScript's, with eager attention. ONNX Runtime's own tools need it: its optimizer fuses no
other, and quantize_dynamic fails on the newer exporter's graphs.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from worker import Opened, PeerProgram, TextIds, pad, run

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
MODEL = "model.onnx"


def prepare(checkpoint: Path, out: Path, options: argparse.Namespace) -> None:
    """Writes model.onnx, float32 or with int8 weights."""
    import torch
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(
        checkpoint, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    model.config.return_dict = False
    example = tuple(torch.ones((1, 8), dtype=torch.int64) for _ in INPUTS)
    names = {name: {0: "batch", 1: "tokens"} for name in INPUTS}
    torch.onnx.export(
        model,
        example,
        str(out / MODEL),
        input_names=list(INPUTS),
        output_names=["logits"],
        dynamic_axes={**names, "logits": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    if options.way == "int8":
        from onnxruntime.quantization import quantize_dynamic

        quantize_dynamic(out / MODEL, out / "int8.onnx")
        (out / "int8.onnx").rename(out / MODEL)


def open_model(out: Path, options: argparse.Namespace) -> Opened:
    """A session on model.onnx; `--exact` asks for exact int8 sums, which cost time on x86 without VNNI."""
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    if options.exact:
        settings.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(str(out / MODEL), settings, providers=["CPUExecutionProvider"])
    names = {part.name for part in session.get_inputs()}

    def answer(rows: Sequence[TextIds]) -> Any:
        feeds = pad(rows)
        return session.run(None, {name: feeds[name] for name in names})[0]

    int8 = "exact" if options.exact else "default"
    return Opened(
        answer,
        engine=f"onnxruntime {onnxruntime.__version__}",
        arithmetic=int8 if options.way == "int8" else "float",
    )


if __name__ == "__main__":
    run(
        PeerProgram(
            "onnxruntime",
            ("none", "int8"),
            prepare,
            open_model,
            imports=("numpy", "onnxruntime"),
            packages=("onnxruntime", "numpy"),
        )
    )
