"""The executable reference: Ops as numpy values, which also emulate the int8 recipes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from litebert.targets import GRAPH_INPUTS
from litebert_exporter.binding import Weights
from litebert_exporter.mask import PADDING
from litebert_exporter.ops import AXES, MASKED_SCORE, Axis, Binary, Reduction, Shape, Unary
from litebert_exporter.quantize.recipe import UNQUANTIZED, Format, Recipe
from litebert_exporter.quantize.schemes import FLOAT_PRODUCTS, Scheme
from litebert_exporter.quantize.weights import Int8Rows, joined, quantize_rows
from litebert_exporter.segments import SegmentPlan, build_segment, plan_whole
from litebert_exporter.slots import Linear, Norm, ScaleShift, Slot
from litebert_exporter.spec import Student

Value: TypeAlias = "NDArray[Any]"  # float32, but for the ids


class ReferenceOps:
    """The Ops that compute at once; `outputs` holds the outputs by name."""

    def __init__(
        self,
        weights: Weights,
        recipe: Recipe,
        scheme: Scheme,
        inputs: Mapping[str, Value],
        quantized: dict[str, Int8Rows],
        jitter: float,
    ) -> None:
        """Args: tensors by slot name, the recipe, its scheme, ids [batch, tokens], a cache, jitter."""
        self._weights = weights
        self._recipe = recipe
        self._scheme = scheme
        self._inputs = inputs
        self._quantized = quantized
        self._jitter = jitter
        self._random = np.random.default_rng(0)
        self.outputs: dict[str, Value] = {}
        self.multiply_adds = 0

    def input(self, name: str) -> Value:
        return self._inputs[name]

    def float_input(self, name: str, shape: Shape) -> Value:
        return self._inputs[name]

    def output(self, name: str, value: Value, shape: Shape) -> None:
        self.outputs[name] = value

    def padding_bias(self, attention_mask: Value) -> Value:
        return ((1 - attention_mask) * np.float32(MASKED_SCORE))[:, None, None, :].astype(np.float32)

    def gather_rows(self, table: Slot, ids: Value) -> Value:
        return self._weights[table.name][ids]

    def gather_words(self, table: Slot, ids: Value) -> Value:
        return self._table_rows(table, ids)

    def gather_trigrams(self, table: Slot, ids: Value, attention_mask: Value) -> Value:
        rows = self._table_rows(table, ids) * attention_mask[..., None].astype(np.float32)
        border = np.zeros_like(rows[:, :1])
        following, previous = np.roll(rows, -1, axis=1), np.roll(rows, 1, axis=1)
        following[:, -1:] = previous[:, :1] = border
        return np.concatenate([following, rows, previous], axis=-1)

    def position_rows(self, table: Slot, ids: Value) -> Value:
        return self._table_rows(table, np.arange(ids.shape[1]))[None]

    def counted_rows(self, table: Slot, ids: Value, padding_id: int) -> Value:
        counts = ids != padding_id
        return self._table_rows(table, padding_id + counts.cumsum(axis=1) * counts)

    def first_row(self, table: Slot) -> Value:
        return self._weights[table.name][None, :1]

    def linear(self, x: Value, *parts: Linear) -> Value:
        whole = joined(parts, self._weights)
        bias = np.float32(0) if whole.bias is None else whole.bias
        self.multiply_adds += x.size * len(whole.weight)
        emulate = self._scheme.emulate
        if emulate is None or whole.exact:
            return np.concatenate([x @ self._weights[part.weight.name].T for part in parts], axis=-1) + bias
        integers, scale = emulate(x)
        rows = [self._rows(part.weight.name, self._recipe.weights) for part in parts]
        sums = np.concatenate([integers @ part.values.astype(np.float32).T for part in rows], axis=-1)
        return (sums * scale * np.concatenate([part.scales for part in rows]) + bias).astype(np.float32)

    def layer_norm(self, x: Value, norm: Norm) -> Value:
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        return self.scale_shift(centred / np.sqrt(variance + np.float32(norm.epsilon)), norm)

    def scale_shift(self, x: Value, norm: Norm | ScaleShift) -> Value:
        if self._jitter:
            x = x * (1 + np.float32(self._jitter) * self._random.standard_normal(x.shape, np.float32))
        scaled = x * self._weights[norm.gamma.name]
        return scaled if norm.beta is None else scaled + self._weights[norm.beta.name]

    def unary(self, kind: Unary, x: Value) -> Value:
        return _UNARY[kind](x).astype(np.float32)

    def binary(self, kind: Binary, a: Value, b: Value | float) -> Value:
        return _BINARY[kind](a, np.float32(b) if isinstance(b, float) else b)

    def split_heads(self, x: Value, parts: int, heads: int, head_size: int) -> tuple[Value, ...]:
        shaped = x.reshape(*x.shape[:2], parts, heads, head_size)
        return tuple(shaped.transpose(2, 0, 3, 1, 4))

    def attention(self, query: Value, key: Value, value: Value, bias: Value, head_size: int) -> Value:
        self.multiply_adds += 2 * query.size * key.shape[2]
        return self._attend(query, key, value, bias)

    def _attend(self, query: Value, key: Value, value: Value, bias: Value) -> Value:
        batch, heads, tokens, head_size = query.shape
        scores = query @ key.swapaxes(-1, -2) / np.sqrt(np.float32(head_size)) + bias
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        context = weights / weights.sum(axis=-1, keepdims=True) @ value
        return context.transpose(0, 2, 1, 3).reshape(batch, tokens, heads * head_size)

    def single_query_attention(
        self, query: Value, x: Value, key: Linear, value: Linear, bias: Value, heads: int
    ) -> Value:
        # The number for the graphs, which compute neither keys nor values.
        self.multiply_adds += 2 * (x.shape[0] * query.shape[2] ** 2 + heads * x.size)
        keys, values = (
            x @ each.weight.T + (np.float32(0) if each.bias is None else each.bias)
            for each in (joined((part,), self._weights) for part in (key, value))
        )
        head_size = query.shape[2] // heads
        queries, keys, values = (
            self.split_heads(each, 1, heads, head_size)[0] for each in (query, keys, values)
        )
        return self._attend(queries, keys, values, bias)

    def first_token(self, x: Value) -> Value:
        return x[:, :1]

    def squeeze_token(self, x: Value) -> Value:
        return x[:, 0]

    def reduce(self, kind: Reduction, x: Value, axis: Axis) -> Value:
        return _REDUCTIONS[kind](x, axis=AXES[axis], keepdims=True)

    def token_column(self, x: Value) -> Value:
        return x[:, 0, 0, :, None]

    def _table_rows(self, table: Slot, indices: Value) -> Value:
        if self._recipe.tables.is_float:
            return self._weights[table.name][indices]
        rows = self._rows(table.name, self._recipe.tables)
        return rows.values[indices] * rows.scales[indices][..., None]

    def _rows(self, name: str, form: Format) -> Int8Rows:
        if name not in self._quantized:
            self._quantized[name] = quantize_rows(self._weights[name], form)
        return self._quantized[name]


class Reference:
    """An executable student: it gives the outputs for ids under any recipe, in any target's arithmetic."""

    def __init__(self, student: Student, weights: Weights) -> None:
        """Args: the spec, and its tensors by slot name."""
        self._student = student
        self._weights = weights
        self._quantized: dict[str, Int8Rows] = {}

    @property
    def last_layer(self) -> int:
        """The number of the last layer."""
        return len(self._student.layers) - 1

    def outputs(
        self,
        layers: Iterable[int],
        recipe: Recipe,
        scheme: Scheme,
        inputs: Mapping[str, NDArray[np.int32]],
        jitter: float = 0.0,
    ) -> list[dict[str, Value]]:
        """The outputs of the exit behind each of some layers, by name, with the axes of its head.

        Args:
            layers: the layers, counted from 0; each must have a head.
            recipe: the recipe of the quantization.
            scheme: the target's scheme for the recipe, which is emulated.
            inputs: ids, mask and types [batch, tokens] by name.
            jitter: the relative size of noise on the normalized hidden states. It imitates sums in another
                order: how far it moves the outputs shows how exact they are.
        """
        (whole,) = plan_whole(self._student).segments
        ops = self._run(whole, ReferenceOps(self._weights, recipe, scheme, inputs, self._quantized, jitter))
        return [
            {output: ops.outputs[name] for output, name in whole.exits[layer].items()} for layer in layers
        ]

    def multiply_adds(self, segment: SegmentPlan, tokens: int) -> int:
        """The number of multiply-adds of a segment for one text of so many tokens."""
        ids, padding = np.zeros((1, tokens), np.int32), np.zeros((1, 1, 1, tokens), np.float32)
        hidden = np.zeros((1, tokens, self._student.embeddings.width), np.float32)
        values = {**dict.fromkeys(GRAPH_INPUTS, ids), PADDING: padding}
        inputs = {name: values.get(name, hidden) for name in segment.inputs}
        ops = ReferenceOps(self._weights, UNQUANTIZED, FLOAT_PRODUCTS, inputs, self._quantized, 0.0)
        return self._run(segment, ops).multiply_adds

    def _run(self, segment: SegmentPlan, ops: ReferenceOps) -> ReferenceOps:
        # One thread: threads that wait for each other lose on a busy machine. Callers look for NaNs.
        with threadpool_limits(1, "blas"), np.errstate(all="ignore"):
            build_segment(ops, self._student, segment)
        return ops


def _erf(x: Value) -> Value:
    """The error function to 1.5e-7, about float32's step near 1 (Abramowitz and Stegun 1964, 7.1.26)."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    series: Any = 0.0
    for coefficient in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = (series + coefficient) * t
    return np.sign(x) * (1 - series * np.exp(-np.square(x)))


def _gelu(x: Value) -> Value:
    return x * 0.5 * (1 + _erf(x * np.float32(np.sqrt(0.5))))


def _gelu_tanh(x: Value) -> Value:
    return x * 0.5 * (1 + np.tanh(np.float32(np.sqrt(2 / np.pi)) * (x + 0.044715 * x * x * x)))


def _sigmoid(x: Value) -> Value:
    return 0.5 * (1 + np.tanh(0.5 * x))  # cannot overflow


_UNARY: Mapping[str, Callable[[Any], Any]] = {
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": _sigmoid,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
}
_REDUCTIONS: Mapping[str, Callable[..., Any]] = {"max": np.max, "sum": np.sum}
_BINARY: Mapping[str, Callable[[Any, Any], Any]] = {
    "add": np.add,
    "divide": np.divide,
    "maximum": np.maximum,
    "multiply": np.multiply,
}
