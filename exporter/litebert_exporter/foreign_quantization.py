"""Checkpoints that another tool has quantized, which hold codes and scales in place of weights.

Read: huggingface/transformers 5.23, quantizers/ (which of them it can undo) and utils/quantization_config.py;
AutoGPTQ/AutoGPTQ, quantization/config.py (quantize_config.json).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from litebert import CheckpointError, UnsupportedModelError
from litebert_exporter.checkpoint import Tensors

_GPTQ_CONFIG = "quantize_config.json"
_BITSANDBYTES = "bitsandbytes"
# Ends of the tensor names that tools give to the codes or scales of a weight.
_CODES = {
    ".qweight": "GPTQ or AWQ",
    ".absmax": _BITSANDBYTES,
    ".SCB": _BITSANDBYTES,
    ".weight_packed": "compressed-tensors",
    ".weight_scale": "compressed-tensors or its like",
    ".weight_scale_inv": "a tool for fp8",
    ".W_q": "HQQ",
    ".weight._data": "quanto",
}


def read_weights(path: Path, config: Mapping[str, Any], read: Callable[[], Tensors]) -> Tensors:
    """The tensors that `read` gives, unless they are codes.

    The config alone proves nothing: it may name a tool whose work has been undone. Floating-point numbers are
    weights.

    Args:
        path: the checkpoint, for errors.
        config: its config.json.
        read: reads its tensors by name; may raise CheckpointError.

    Raises:
        UnsupportedModelError: they are codes, or cannot be read and the config names a quantizer.
    """
    stated = _stated(path, config)
    try:
        tensors = read()
    except CheckpointError as error:
        if stated is None:
            raise
        raise _refusal(path, stated) from error
    tool = next((tool for end, tool in _CODES.items() if any(name.endswith(end) for name in tensors)), None)
    if tool is not None or (stated is not None and any(map(_is_code, tensors.items()))):
        raise _refusal(path, stated or tool or "")
    return tensors


def _stated(path: Path, config: Mapping[str, Any]) -> str | None:
    """The tool that the config names, with its bits where it says so; None where it names none."""
    facts = config.get("quantization_config")
    if isinstance(facts, dict) and facts:
        bits = next((each for each in (4, 8) if facts.get(f"load_in_{each}bit")), facts.get("bits"))
        tool = facts.get("quant_method") or (_BITSANDBYTES if bits and "bits" not in facts else "a quantizer")
        return f"{tool}{'' if bits is None else f', {bits} bits'}"
    beside = (path if path.is_dir() else path.parent) / _GPTQ_CONFIG
    return "GPTQ" if beside.is_file() else None


def _is_code(item: tuple[str, NDArray[Any]]) -> bool:
    name, values = item
    return values.dtype.kind in "iub" and values.ndim > 1 and not name.endswith("_ids")  # buffers


def _refusal(path: Path, tool: str) -> UnsupportedModelError:
    cure = "take the float model it was made from, or save it dequantized first where that tool can"
    if tool.startswith(_BITSANDBYTES):
        folder = path if path.is_dir() else path.parent
        cure = (  # save_pretrained of transformers 5.23 fails after dequantize
            "save it dequantized first: "
            f"model = AutoModelForSequenceClassification.from_pretrained({str(folder)!r}); "
            f"model.dequantize(); torch.save(model.state_dict(), {str(folder / 'dequantized.pt')!r}), "
            "and name that file"
        )
    return UnsupportedModelError(
        f"{path}: quantized by {tool!s:.60}, expected floating-point weights; {cure}"
    )
