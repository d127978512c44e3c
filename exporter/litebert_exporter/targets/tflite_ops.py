"""Ops as TFLite operators, for batch 1 and any length or a fixed one.

A dynamic dimension is -1. A RESHAPE can hold only one -1, so the batch is static. With a fixed length no
shape holds a -1: delegates for GPUs and NPUs require that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from litebert_exporter.binding import Weights
from litebert_exporter.ops import AXES, MASKED_SCORE, Axis, Binary, Reduction, Shape, Unary
from litebert_exporter.quantize.recipe import Recipe
from litebert_exporter.quantize.weights import joined, quantize_rows, with_zero_row
from litebert_exporter.slots import Linear, Norm, ScaleShift, Slot
from litebert_exporter.targets.tflite_file import Subgraph, Tensor
from litebert_exporter.targets.tflite_schema import BOOL, FLOAT32, INT8, INT32, Table

ANY_LENGTH = -1
# By its version an engine knows the form of an operator. 12 is the first version with weights scaled per
# output. Engines that would silently compute those wrong (tflite-runtime 2.14) refuse it.
FULLY_CONNECTED_VERSION, FULLY_CONNECTED_INT8_VERSION, GATHER_INT8_VERSION = 5, 12, 2
_REDUCTIONS = {"max": "REDUCE_MAX", "sum": "SUM"}
_BINARY = {
    "add": ("ADD", "AddOptions"),
    "divide": ("DIV", "DivOptions"),
    "maximum": ("MAXIMUM", "MaximumMinimumOptions"),
    "multiply": ("MUL", "MulOptions"),
    "subtract": ("SUB", "SubOptions"),
}
_UNARY = {
    "gelu": ("GELU", Table("GeluOptions", {"approximate": False})),
    "gelu_tanh": ("GELU", Table("GeluOptions", {"approximate": True})),
    "relu": ("RELU", None),
    "sigmoid": ("LOGISTIC", None),
    "sqrt": ("SQRT", None),
    "tanh": ("TANH", None),
}


class TfLiteOps:
    """The Ops that append operators to one subgraph."""

    def __init__(self, weights: Weights, recipe: Recipe, graph: Subgraph, tokens: int = ANY_LENGTH) -> None:
        """Args: tensors by slot name, the recipe, the subgraph to extend, and the length of its inputs."""
        self._weights = weights
        self._recipe = recipe
        self._graph = graph
        self._tokens = tokens

    def input(self, name: str) -> Tensor:
        return self._graph.input(name, (1, self._tokens), INT32)

    def float_input(self, name: str, shape: Shape) -> Tensor:
        sizes = {"batch": 1, "tokens": self._tokens}
        return self._graph.input(
            name, tuple(sizes[size] if isinstance(size, str) else size for size in shape), FLOAT32
        )

    def output(self, name: str, value: Tensor, shape: Shape) -> None:
        self._graph.output(name, value)

    def padding_bias(self, attention_mask: Tensor) -> Tensor:
        options = Table("CastOptions", {"in_data_type": INT32, "out_data_type": FLOAT32})
        mask = self._graph.operator("CAST", [attention_mask], attention_mask.shape, options)
        absent = self.binary("add", mask, -1.0)
        return self._reshape(self.binary("multiply", absent, -MASKED_SCORE), (1, 1, *mask.shape))

    def gather_rows(self, table: Slot, ids: Tensor) -> Tensor:
        return self._gather(self._graph.constant(table.name, self._weights[table.name]), ids)

    def gather_words(self, table: Slot, ids: Tensor) -> Tensor:
        return self._table_rows(table.name, self._weights[table.name], ids)

    def gather_trigrams(self, table: Slot, ids: Tensor, attention_mask: Tensor) -> Tensor:
        """As in `Ops`. Ids are shifted, not rows: slices of floats break when a dynamic axis changes."""
        absent = np.array([table.shape[0]], np.int32)  # its row is zeros
        minus_absent = self._graph.constant("minus_absent_id", -absent)
        # Padding and both ends are 0 until the absent id is added again.
        known = self._integer("ADD", ids, minus_absent)
        known = self._integer("MUL", known, attention_mask)
        following, previous = self._shifted(known, -1), self._shifted(known, 1)
        options = Table("PackOptions", {"values_count": 3, "axis": 2})
        packed = self._graph.operator("PACK", [following, known, previous], (*ids.shape, 3), options, INT32)
        trigrams = self._integer("ADD", packed, self._graph.constant("absent_id", absent))
        rows = self._table_rows(f"{table.name}.bordered", with_zero_row(self._weights[table.name]), trigrams)
        return self._reshape(rows, (*ids.shape, 3 * table.shape[1]))

    def position_rows(self, table: Slot, ids: Tensor) -> Tensor:
        rows = self._table_rows(table.name, self._weights[table.name], self._positions(ids))
        return self._reshape(rows, (1, *rows.shape))

    def _positions(self, ids: Tensor) -> Tensor:
        """0, 1, 2 ... as many as there are ids."""
        _, tokens = ids.shape
        if tokens != ANY_LENGTH:
            return self._graph.constant(f"positions_{tokens}", np.arange(tokens, dtype=np.int32))
        flat = self._reshape(ids, (-1,), INT32)
        zeros = self._integer("MUL", flat, self._graph.integers(0))
        return self._sums_before(self._integer("ADD", zeros, self._graph.integers(1)))

    def counted_rows(self, table: Slot, ids: Tensor, padding_id: int) -> Tensor:
        flat, padding = self._reshape(ids, ids.shape[1:], INT32), self._graph.integers(padding_id)
        counts = self._graph.operator(
            "NOT_EQUAL", [flat, padding], flat.shape, Table("NotEqualOptions"), BOOL
        )
        options = Table("CastOptions", {"in_data_type": BOOL, "out_data_type": INT32})
        counts = self._graph.operator("CAST", [counts], flat.shape, options, INT32)
        numbers = self._integer("ADD", self._sums_before(counts), self._graph.integers(1))
        positions = self._integer("ADD", self._integer("MUL", numbers, counts), padding)
        rows = self._table_rows(table.name, self._weights[table.name], positions)
        return self._reshape(rows, (1, *rows.shape))

    def first_row(self, table: Slot) -> Tensor:
        return self._graph.constant(f"{table.name}.first", self._weights[table.name][None, :1])

    def linear(self, x: Tensor, *parts: Linear) -> Tensor:
        whole = joined(parts, self._weights)
        bias = () if whole.bias is None else (self._graph.constant(whole.bias_name, whole.bias),)
        shape = (*x.shape[:-1], len(whole.weight))
        if self._recipe.weights.is_float or whole.exact:
            options = Table("FullyConnectedOptions", {"keep_num_dims": True})
            inputs = [x, self._graph.constant(whole.name, whole.weight), *bias]
            return self._graph.operator(
                "FULLY_CONNECTED", inputs, shape, options, version=FULLY_CONNECTED_VERSION
            )
        rows = quantize_rows(whole.weight, self._recipe.weights)
        values = self._graph.constant(f"{whole.name}.int8", rows.values, rows.scales)
        options = Table("FullyConnectedOptions", {"keep_num_dims": True, "asymmetric_quantize_inputs": True})
        return self._graph.operator(
            "FULLY_CONNECTED", [x, values, *bias], shape, options, version=FULLY_CONNECTED_INT8_VERSION
        )

    def layer_norm(self, x: Tensor, norm: Norm) -> Tensor:
        centred = self._elementwise("subtract", x, self._mean(x))
        variance = self._mean(self.binary("multiply", centred, centred))
        root = self.binary("add", variance, norm.epsilon)
        scaled = self.binary("multiply", centred, self._graph.operator("RSQRT", [root], root.shape))
        return self.scale_shift(scaled, norm)

    def scale_shift(self, x: Tensor, norm: Norm | ScaleShift) -> Tensor:
        gamma = self._graph.constant(norm.gamma.name, self._weights[norm.gamma.name])
        if norm.beta is None:
            return self.binary("multiply", x, gamma)
        beta = self._graph.constant(norm.beta.name, self._weights[norm.beta.name])
        return self.binary("add", self.binary("multiply", x, gamma), beta)

    def unary(self, kind: Unary, x: Tensor) -> Tensor:
        operator, options = _UNARY[kind]
        return self._graph.operator(operator, [x], x.shape, options)

    def binary(self, kind: Binary, a: Tensor, b: Tensor | float) -> Tensor:
        if isinstance(b, float):
            b = self._graph.constant(f"float_{b!r}", np.array([b], np.float32))
        return self._elementwise(kind, a, b)

    def split_heads(self, x: Tensor, parts: int, heads: int, head_size: int) -> tuple[Tensor, ...]:
        shaped = self._reshape(x, (1, x.shape[1], parts * heads, head_size))
        moved = self._transpose(shaped)
        if parts == 1:
            return (moved,)
        axis = self._graph.constant("axis_1", np.array(1, np.int32))
        options = Table("SplitOptions", {"num_splits": parts})
        shapes = [(1, heads, x.shape[1], head_size)] * parts
        return self._graph.operators("SPLIT", [axis, moved], shapes, options)

    def attention(self, query: Tensor, key: Tensor, value: Tensor, bias: Tensor, head_size: int) -> Tensor:
        _, heads, queries, _ = query.shape
        scaled = self.binary("multiply", query, head_size**-0.5)
        scores = self._product(scaled, key, transposed=True)
        context = self._product(self._softmax(self.binary("add", scores, bias)), value)
        return self._reshape(self._transpose(context), (1, queries, heads * head_size))

    def single_query_attention(
        self, query: Tensor, x: Tensor, key: Linear, value: Linear, bias: Tensor, heads: int
    ) -> Tensor:
        width = key.weight.shape[0]
        head_size = width // heads
        by_head = self._reshape(self.binary("multiply", query, head_size**-0.5), (1, heads, 1, head_size))
        key_weight = self._weights[key.weight.name].reshape(1, heads, head_size, width)
        value_weight = self._weights[value.weight.name].reshape(1, heads, head_size, width).swapaxes(2, 3)
        pulled = self._product(by_head, self._graph.constant(f"{key.weight.name}.by_head", key_weight))
        scores = self._product(self._reshape(pulled, (1, heads, width)), x, transposed=True)
        weights = self._softmax(self.binary("add", scores, self._reshape(bias, (1, 1, bias.shape[3]))))
        mean = self._reshape(self._product(weights, x), (1, heads, 1, width))
        context = self._product(mean, self._graph.constant(f"{value.weight.name}.by_head", value_weight))
        if value.bias is None:
            return self._reshape(context, (1, 1, width))
        addend = self._graph.constant(value.bias.name, self._weights[value.bias.name])
        return self.binary("add", self._reshape(context, (1, 1, width)), addend)

    def first_token(self, x: Tensor) -> Tensor:
        width = x.shape[2]
        begin, size = self._graph.integers(0, 0, 0), self._graph.integers(1, 1, width)
        return self._graph.operator("SLICE", [x, begin, size], (1, 1, width), Table("SliceOptions"))

    def squeeze_token(self, x: Tensor) -> Tensor:
        return self._reshape(x, (1, x.shape[2]))

    def reduce(self, kind: Reduction, x: Tensor, axis: Axis) -> Tensor:
        number, options = AXES[axis], Table("ReducerOptions", {"keep_dims": True})
        shape = tuple(1 if index == number else size for index, size in enumerate(x.shape))
        return self._graph.operator(_REDUCTIONS[kind], [x, self._graph.integers(number)], shape, options)

    def token_column(self, x: Tensor) -> Tensor:
        return self._reshape(x, (1, x.shape[3], 1))

    def _sums_before(self, x: Tensor) -> Tensor:
        """For each number of an int32 vector, the sum of the numbers before it."""
        axis = self._graph.constant("axis_0", np.array(0, np.int32))
        options = Table("CumsumOptions", {"exclusive": True})
        return self._graph.operator("CUMSUM", [x, axis], x.shape, options, INT32)

    def _product(self, a: Tensor, b: Tensor, transposed: bool = False) -> Tensor:
        """The product over the last two axes, with b or its transpose."""
        options = Table("BatchMatMulOptions", {"adj_y": True} if transposed else {})
        shape = (*a.shape[:-1], b.shape[-2 if transposed else -1])
        return self._graph.operator("BATCH_MATMUL", [a, b], shape, options)

    def _softmax(self, x: Tensor) -> Tensor:
        return self._graph.operator("SOFTMAX", [x], x.shape, Table("SoftmaxOptions", {"beta": 1.0}))

    def _elementwise(self, kind: str, a: Tensor, b: Tensor) -> Tensor:
        operator, options = _BINARY[kind]
        return self._graph.operator(operator, [a, b], _broadcast(a.shape, b.shape), Table(options))

    def _mean(self, x: Tensor) -> Tensor:
        axis = self._graph.integers(len(x.shape) - 1)
        options = Table("ReducerOptions", {"keep_dims": True})
        return self._graph.operator("MEAN", [x, axis], (*x.shape[:-1], 1), options)

    def _integer(self, kind: str, a: Tensor, b: Tensor) -> Tensor:
        """The int32 ADD or MUL of ids with a tensor of their shape or of [1]."""
        return self._graph.operator(kind, [a, b], a.shape, Table(f"{kind.title()}Options"), INT32)

    def _shifted(self, ids: Tensor, by: int) -> Tensor:
        """Ids [1, tokens] moved by 1 to the right or by -1 to the left, with a 0 in the free place."""
        at_front = by > 0
        name = "front" if at_front else "end"
        borders = self._graph.constant(
            f"one_at_the_{name}", np.array([[0, 0], [at_front, not at_front]], np.int32)
        )
        _, tokens = ids.shape
        longer = (1, tokens if tokens == ANY_LENGTH else tokens + 1)
        padded = self._graph.operator("PAD", [ids, borders], longer, Table("PadOptions"), INT32)
        begin, end = (0, -1) if at_front else (1, 0)
        bounds = [self._graph.integers(0, begin), self._graph.integers(0, end), self._graph.integers(1, 1)]
        options = Table("StridedSliceOptions", {"begin_mask": 1, "end_mask": 1 if at_front else 3})
        return self._graph.operator("STRIDED_SLICE", [padded, *bounds], ids.shape, options, INT32)

    def _table_rows(self, name: str, table: NDArray[np.float32], ids: Tensor) -> Tensor:
        """Rows of a table, from floats, or from int8 values and the scales of these rows alone."""
        if self._recipe.tables.is_float:
            return self._gather(self._graph.constant(name, table), ids)
        rows = quantize_rows(table, self._recipe.tables)
        values = self._graph.constant(f"{name}.int8", rows.values)
        integers = self._gather(values, ids, INT8, GATHER_INT8_VERSION)
        options = Table("CastOptions", {"in_data_type": INT8, "out_data_type": FLOAT32})
        floats = self._graph.operator("CAST", [integers], integers.shape, options)
        scales = self._gather(self._graph.constant(f"{name}.scale", rows.scales[:, None]), ids)
        return self.binary("multiply", floats, scales)

    def _gather(self, table: Tensor, ids: Tensor, kind: int = FLOAT32, version: int = 1) -> Tensor:
        shape = (*ids.shape, table.shape[1])
        return self._graph.operator(
            "GATHER", [table, ids], shape, Table("GatherOptions", {"axis": 0}), kind, version
        )

    def _transpose(self, x: Tensor) -> Tensor:
        """[1, a, b, c] as [1, b, a, c]."""
        batch, a, b, c = x.shape
        order = self._graph.integers(0, 2, 1, 3)
        return self._graph.operator("TRANSPOSE", [x, order], (batch, b, a, c), Table("TransposeOptions"))

    def _reshape(self, x: Tensor, shape: tuple[int, ...], kind: int = FLOAT32) -> Tensor:
        options = Table("ReshapeOptions", {"new_shape": np.array(shape, np.int32)})
        return self._graph.operator("RESHAPE", [x, self._graph.integers(*shape)], shape, options, kind)


def _broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    rank = max(len(a), len(b))
    padded_a, padded_b = ((1,) * (rank - len(shape)) + shape for shape in (a, b))
    return tuple(y if x == 1 else x for x, y in zip(padded_a, padded_b, strict=True))
