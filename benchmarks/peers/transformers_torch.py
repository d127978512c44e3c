"""PyTorch: transformers unchanged, compiled, and with torch's own dynamic int8."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from worker import Opened, PeerProgram, TextIds, pad, run

PICKLED = "model.pt"


def prepare(checkpoint: Path, out: Path, options: argparse.Namespace) -> None:
    """Writes the model in float32, or quantized as one file."""
    import torch

    model = _load(checkpoint)
    if options.way == "int8":
        torch.save(torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}), out / PICKLED)
    else:
        model.save_pretrained(out)


def open_model(out: Path, options: argparse.Namespace) -> Opened:
    """The model; `compiled` compiles for any length during its first answers, with files of earlier runs."""
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(out.parent.absolute() / "inductor")
    import torch

    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    pickled = out / PICKLED
    model = torch.load(pickled, weights_only=False) if pickled.exists() else _load(out)
    call = torch.compile(model, dynamic=True) if options.way == "compiled" else model

    def answer(rows: Sequence[TextIds]) -> Any:
        with torch.inference_mode():
            feeds = {name: torch.from_numpy(array) for name, array in pad(rows).items()}
            return call(**feeds).logits.numpy()

    quantized = f" ({torch.backends.quantized.engine})" if options.way == "int8" else ""
    return Opened(
        answer,
        engine=f"torch {torch.__version__}{quantized}",
        arithmetic="default" if options.way == "int8" else "float",
        notes=["compiled before; its very first start takes longer"] if options.way == "compiled" else [],
    )


def _load(folder: Path) -> Any:
    import torch
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
    return model.eval()


if __name__ == "__main__":
    run(
        PeerProgram(
            "transformers",
            ("none", "compiled", "int8"),
            prepare,
            open_model,
            imports=("torch", "transformers"),
            packages=("torch", "transformers", "numpy"),
        )
    )
