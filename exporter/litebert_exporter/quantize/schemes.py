"""Schemes: the ways in which engines scale linears' inputs, and the tolerances of their emulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from litebert_exporter.quantize.activation_scales import Floats, per_tensor, per_token, per_token_asymmetric


@dataclass(frozen=True)
class Scheme:
    """A way in which an engine scales activations for products of integers, or the plain products of floats.

    A graph's outputs may differ from the reference's by a share of the text's scale (see `differences`). The
    share `tolerance` is always allowed, because sums in another order differ. More is allowed where the model
    itself needs it. In int8 a value on the border between two integers may fall to either side, and later
    layers carry that on. The effect depends on the model, so it is measured: by the reference with jitter
    and without. Float needs that, too, where nothing holds large states back: in 24 layers of MobileBERT 3e-6
    grow to 1e-3.

    Attributes:
        emulate: the function that turns float32 into integers minus zero point and the scale that turns them
            back (see `activation_scales`); None for products of floats.
        tolerance: the share that is always allowed.
        largest_tolerance: the share that is never exceeded, however far jitter moves an output.
        jitters: the relative sizes of noise that measure how far the model's own outputs spread.
        mixes_rows: whether a scale spans all rows of a call, padding included.
        moved_by_padding: whether padding may move an answer by more than float32's last digits, within the
            tolerance. LiteRT sums float products by length: padding moved a logit by 7e-7.
    """

    emulate: Callable[[Floats], tuple[Floats, Any]] | None
    tolerance: float
    largest_tolerance: float
    jitters: tuple[float, ...]
    mixes_rows: bool = False
    moved_by_padding: bool = False


_JITTERS = (1e-6, 1e-5)
FLOAT_PRODUCTS = Scheme(None, 1e-4, 0.01, (3e-6,))
PER_TOKEN = Scheme(per_token, 2e-2, 0.25, _JITTERS)
PER_TOKEN_ASYMMETRIC = Scheme(per_token_asymmetric, 2e-2, 0.25, _JITTERS, moved_by_padding=True)
WHOLE_TENSOR = Scheme(per_tensor, 5e-2, 0.25, _JITTERS, mixes_rows=True, moved_by_padding=True)
