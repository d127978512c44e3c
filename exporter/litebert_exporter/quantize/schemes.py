"""Schemes: how engines scale the inputs of linears, and how near a graph comes to its emulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from numpy.typing import NDArray

from litebert_exporter.quantize.activation_scales import per_tensor, per_token, per_token_asymmetric

Floats: TypeAlias = "NDArray[Any]"


@dataclass(frozen=True)
class Scheme:
    """How an engine scales activations for products of integers, or that it does not.

    A graph's outputs may differ from the reference's by a share of 1 + the text's largest output: by
    `tolerance` in any case, as sums in another order differ. In int8 a value on the border between two
    integers may fall to either side, and later layers carry it on. How far depends on the model, so it is
    measured as well: the reference with and without jitter. Float needs that where nothing holds large states
    back, as in MobileBERT: 24 layers make 1e-3 of 3e-6.

    Attributes:
        emulate: float32 to integers minus zero point and the scale that turns them back (see
            `activation_scales`); None for products of floats.
        tolerance: the share that is always allowed.
        largest_tolerance: the share that is never exceeded, however far jitter moves an output.
        jitters: the relative sizes of noise by which the model's own spread is measured.
        mixes_rows: whether a scale spans all rows of a call, padding included.
        moved_by_padding: whether padding may move an answer, within the tolerance.
    """

    emulate: Callable[[Floats], tuple[Floats, Any]] | None
    tolerance: float
    largest_tolerance: float
    jitters: tuple[float, ...]
    mixes_rows: bool = False
    moved_by_padding: bool = False


_JITTERS = (1e-6, 1e-5)
FLOAT_PRODUCTS = Scheme(None, 1e-4, 0.01, (3e-6,))
# XNNPACK adds up in an order that depends on the length: padding moved logits by 7e-7.
FLOAT_PRODUCTS_SUMMED_BY_LENGTH = replace(FLOAT_PRODUCTS, moved_by_padding=True)
PER_TOKEN = Scheme(per_token, 2e-2, 0.25, _JITTERS)
PER_TOKEN_ASYMMETRIC = Scheme(per_token_asymmetric, 2e-2, 0.25, _JITTERS, moved_by_padding=True)
WHOLE_TENSOR = Scheme(per_tensor, 5e-2, 0.25, _JITTERS, mixes_rows=True, moved_by_padding=True)
