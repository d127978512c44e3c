"""The scaling of activations that engines do at run time, in numpy, for the reference to emulate.

Each function returns two things. The integers minus zero point are float32, so that products run in BLAS; the
sums are exact to 1e-7 there. The scale that turns them back is float32 [..., 1] or a scalar.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float32]"


def per_token(x: Floats) -> tuple[Floats, Any]:
    """Symmetric in −127..127 per row: r = max|x|; integers = round(x / r · 127); scale r / 127.

    It is QuantizeLinear(x / r, 1/127, 128) of ONNX. So it divides by 1/127, as that does.
    """
    row = np.abs(x).max(axis=-1, keepdims=True)
    step = np.float32(1 / 127)
    return np.rint(x / np.where(row, row, 1) / step).clip(-128, 127).astype(np.float32), row * step


def per_token_asymmetric(x: Floats) -> tuple[Floats, Any]:
    """Asymmetric in −128..127 per row, like XNNPACK's qd8.

    Source: google/XNNPACK `xnn_f32_qd8_asymmetric_quantization_params` (src/xnnpack/quantization.h).
    """
    low = np.minimum(x.min(axis=-1, keepdims=True), 0).astype(np.float32)
    high = np.maximum(x.max(axis=-1, keepdims=True), 0).astype(np.float32)
    flat = low == high
    inverse = np.where(flat, np.float32(1), np.float32(255) / np.where(flat, np.float32(1), high - low))
    from_low = -128 - low * inverse
    from_high = 127 - high * inverse
    low_is_nearer = (-128 + low * inverse) + (127 + high * inverse) > 0
    zero_point = np.rint(np.where(low_is_nearer, from_low, from_high).clip(-128, 127))
    integers = (np.rint(x * inverse) + zero_point).clip(-128, 127) - zero_point
    return integers.astype(np.float32), (1 / inverse).astype(np.float32)


def per_tensor(x: Floats) -> tuple[Floats, Any]:
    """Asymmetric in 0..255 over the whole tensor: DynamicQuantizeLinear of ONNX."""
    low, high = np.minimum(x.min(), 0), np.maximum(x.max(), 0)
    scale = np.float32((high - low) / np.float32(255)) or np.float32(1)
    zero_point = np.rint((0 - low / scale).clip(0, 255))
    return (np.rint(x / scale) + zero_point).clip(0, 255) - zero_point, scale
