"""Optimum: its own export to ONNX, its quantizer's dynamic configurations, its model class fed with numpy."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from worker import Opened, PeerProgram, TextIds, pad, run


def prepare(checkpoint: Path, out: Path, options: argparse.Namespace) -> None:
    """Exports the checkpoint; `arm64` and `avx2` quantize the export by the configuration of that name."""
    from optimum.exporters.onnx import main_export
    from optimum.onnxruntime import ORTQuantizer
    from optimum.onnxruntime.configuration import AutoQuantizationConfig

    main_export(str(checkpoint), out, task="text-classification", dtype="fp32", do_validation=False)
    if options.way != "none":
        configuration = getattr(AutoQuantizationConfig, options.way)(is_static=False, per_channel=True)
        with tempfile.TemporaryDirectory(dir=out.parent) as folder:
            ORTQuantizer.from_pretrained(out).quantize(configuration, folder, file_suffix="")
            (Path(folder) / "model.onnx").replace(out / "model.onnx")
    for path in out.glob("*token*"):
        path.unlink()  # the ids are given
    (out / "vocab.txt").unlink(missing_ok=True)


def open_model(out: Path, options: argparse.Namespace) -> Opened:
    """The model; `--exact` asks for exact int8 sums, which cost time on x86 without VNNI."""
    import onnxruntime
    from optimum.onnxruntime import ORTModelForSequenceClassification

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    if options.exact:
        settings.add_session_config_entry("session.x64quantprecision", "1")
    model = ORTModelForSequenceClassification.from_pretrained(
        out, session_options=settings, provider="CPUExecutionProvider", local_files_only=True
    )

    def answer(rows: Sequence[TextIds]) -> Any:
        return model(**pad(rows)).logits

    # The configuration avx2 has u8 weights, which no kernel saturates with.
    arithmetic = {"none": "float", "avx2": "exact", "arm64": "exact" if options.exact else "default"}
    return Opened(
        answer,
        engine=f"onnxruntime {onnxruntime.__version__}",
        arithmetic=arithmetic[options.way],
    )


if __name__ == "__main__":
    run(
        PeerProgram(
            "optimum",
            ("none", "arm64", "avx2"),
            prepare,
            open_model,
            imports=("torch", "onnxruntime", "optimum.onnxruntime"),
            packages=("optimum-onnx", "optimum", "onnxruntime", "transformers", "torch", "numpy"),
        )
    )
