"""The activations of encoders, by their names in transformers' ACT2FN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from litebert_exporter.ops import Ops

V = TypeVar("V")


def _linear(ops: Ops[V], x: V) -> V:
    return x


def _gelu(ops: Ops[V], x: V) -> V:
    return ops.unary("gelu", x)


def _gelu_tanh(ops: Ops[V], x: V) -> V:
    return ops.unary("gelu_tanh", x)


def _silu(ops: Ops[V], x: V) -> V:
    return ops.binary("multiply", x, ops.unary("sigmoid", x))


def _tanh(ops: Ops[V], x: V) -> V:
    return ops.unary("tanh", x)


def _relu(ops: Ops[V], x: V) -> V:
    return ops.unary("relu", x)


ACTIVATIONS: dict[str, Callable[[Ops[Any], Any], Any]] = {
    "gelu": _gelu,
    "gelu_accurate": _gelu_tanh,
    "gelu_fast": _gelu_tanh,
    "gelu_new": _gelu_tanh,
    "gelu_python": _gelu,
    "gelu_python_tanh": _gelu_tanh,
    "gelu_pytorch_tanh": _gelu_tanh,
    "linear": _linear,
    "relu": _relu,
    "silu": _silu,
    "swish": _silu,
    "tanh": _tanh,
}
"""The activations that encoders of the supported families are trained with, by all their names.

Google's BERT has gelu, linear, relu and tanh; ALBERT has gelu_new, MobileBERT relu, and later encoders silu.
The others in ACT2FN belong to decoders and image models, or to no known model.
"""


def activate(ops: Ops[V], name: str, x: V) -> V:
    """The activation of that name, elementwise."""
    result: V = ACTIVATIONS[name](ops, x)
    return result
