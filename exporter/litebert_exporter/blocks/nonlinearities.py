"""The activations that transformers' ACT2FN names, in a handful of elementwise operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from litebert_exporter.targets.ops import Ops

V = TypeVar("V")


def _linear(ops: Ops[V], x: V) -> V:
    return x


def _gelu(ops: Ops[V], x: V) -> V:
    return ops.unary("gelu", x)


def _gelu_tanh(ops: Ops[V], x: V) -> V:
    return ops.unary("gelu_tanh", x)


def _gelu_10(ops: Ops[V], x: V) -> V:
    return ops.binary("minimum", ops.binary("maximum", ops.unary("gelu", x), -10.0), 10.0)


def _quick_gelu(ops: Ops[V], x: V) -> V:
    return ops.binary("multiply", x, ops.unary("sigmoid", ops.binary("multiply", x, 1.702)))


def _silu(ops: Ops[V], x: V) -> V:
    return ops.binary("multiply", x, ops.unary("sigmoid", x))


def _sigmoid(ops: Ops[V], x: V) -> V:
    return ops.unary("sigmoid", x)


def _tanh(ops: Ops[V], x: V) -> V:
    return ops.unary("tanh", x)


def _relu(ops: Ops[V], x: V) -> V:
    return ops.unary("relu", x)


def _relu2(ops: Ops[V], x: V) -> V:
    positive = ops.unary("relu", x)
    return ops.binary("multiply", positive, positive)


def _relu6(ops: Ops[V], x: V) -> V:
    return ops.binary("minimum", ops.unary("relu", x), 6.0)


def _leaky_relu(ops: Ops[V], x: V) -> V:
    return ops.binary("maximum", x, ops.binary("multiply", x, 0.01))


def _hardswish(ops: Ops[V], x: V) -> V:
    gate = ops.binary("minimum", ops.unary("relu", ops.binary("add", x, 3.0)), 6.0)
    return ops.binary("multiply", ops.binary("multiply", x, gate), 1 / 6)


def _softplus(ops: Ops[V], x: V) -> V:
    """log(1 + eˣ) as max(x, 0) + log(1 + e^−|x|), which cannot overflow."""
    decay = ops.unary("exp", ops.binary("multiply", ops.unary("abs", x), -1.0))
    return ops.binary("add", ops.unary("relu", x), ops.unary("log", ops.binary("add", decay, 1.0)))


def _mish(ops: Ops[V], x: V) -> V:
    return ops.binary("multiply", x, ops.unary("tanh", _softplus(ops, x)))


def _sqrtsoftplus(ops: Ops[V], x: V) -> V:
    return ops.unary("sqrt", _softplus(ops, x))


def _laplace(ops: Ops[V], x: V) -> V:
    """Φ((x − μ)/σ) (MEGA, Ma et al. 2022), the normal distribution taken from gelu(z) = z·Φ(z).

    A z of exactly 0 would divide by 0: it is moved by 1e-30, which float32 cannot tell from 0 in Φ.
    """
    z = ops.binary("multiply", ops.binary("add", x, -0.707107), 1 / 0.282095)
    size = ops.binary("maximum", ops.unary("abs", z), 1e-30)
    half = ops.binary("add", ops.binary("divide", ops.unary("gelu", size), size), -0.5)  # Φ(|z|) − ½
    sign = ops.binary("divide", z, size)
    return ops.binary("add", ops.binary("multiply", half, sign), 0.5)


ACTIVATIONS: dict[str, Callable[[Ops[Any], Any], Any]] = {
    "gelu": _gelu,
    "gelu_10": _gelu_10,
    "gelu_accurate": _gelu_tanh,
    "gelu_fast": _gelu_tanh,
    "gelu_new": _gelu_tanh,
    "gelu_python": _gelu,
    "gelu_python_tanh": _gelu_tanh,
    "gelu_pytorch_tanh": _gelu_tanh,
    "hardswish": _hardswish,
    "laplace": _laplace,
    "leaky_relu": _leaky_relu,
    "linear": _linear,
    "mish": _mish,
    "quick_gelu": _quick_gelu,
    "relu": _relu,
    "relu2": _relu2,
    "relu6": _relu6,
    "sigmoid": _sigmoid,
    "silu": _silu,
    "sqrtsoftplus": _sqrtsoftplus,
    "swish": _silu,
    "tanh": _tanh,
}
"""Every name of transformers 5.23 but `prelu` and `xielu`, which bring weights of their own."""


def activate(ops: Ops[V], name: str, x: V) -> V:
    """The activation of that name, elementwise."""
    result: V = ACTIVATIONS[name](ops, x)
    return result
