"""Ops as ONNX nodes, in the forms that ONNX Runtime runs fastest on CPUs.

Linears of the int8 recipes and the scores of attention use com.microsoft operators; the rest is plain
opset 20. Large tensors go to one file beside the graph, which ONNX Runtime maps into memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from litebert_exporter.binding import Weights
from litebert_exporter.ops import AXES, MASKED_SCORE, Axis, Binary, Reduction, Shape, Unary
from litebert_exporter.quantize.recipe import PER_ROW, PER_TENSOR, Recipe
from litebert_exporter.quantize.weights import joined, quantize_rows, with_zero_row
from litebert_exporter.slots import Linear, Norm, ScaleShift, Slot
from litebert_exporter.targets.onnx_weights import WEIGHTS_FILE, WeightsFile

OPSET, MICROSOFT_OPSET, IR_VERSION = 20, 1, 9
_MICROSOFT = "com.microsoft"
_EXTERNAL_FROM_BYTES = 1024
_END = np.iinfo(np.int64).max  # the end of a slice that reaches the last value
_UNARY = {
    "gelu": "Gelu",
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "sqrt": "Sqrt",
    "tanh": "Tanh",
}
_BINARY = {"add": "Add", "divide": "Div", "maximum": "Max", "multiply": "Mul"}


class OnnxOps:
    """The Ops that append nodes to one ONNX graph; a value is the name of a tensor."""

    def __init__(self, weights: Weights, recipe: Recipe, file: WeightsFile, prefix: str = "") -> None:
        """Args: tensors by slot name, the recipe, the file for large tensors, a prefix of all new names."""
        self._weights = weights
        self._recipe = recipe
        self._file = file
        self._prefix = prefix
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []

    def input(self, name: str) -> str:
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.INT32, ["batch", "tokens"]))
        return name

    def float_input(self, name: str, shape: Shape) -> str:
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def thresholds_input(self, name: str, count: int, factor: float) -> tuple[str, ...]:
        """A graph input, float32 [count], split into values [1], each times a factor."""
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [count]))
        return self.split(self.node("Mul", name, self.scalar(factor)), *[1] * count, axis=0)

    def output(self, name: str, value: str, shape: Shape) -> None:
        for node in self._nodes:
            for names in (node.input, node.output):
                names[:] = [name if each == value else each for each in names]
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def output_integers(self, name: str, value: str) -> None:
        """Makes float values [batch] an output, int64."""
        self._nodes.append(
            helper.make_node("Cast", [value], [name], name=f"output_{name}", to=TensorProto.INT64)
        )
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.INT64, ["batch"]))

    def split(self, x: str, *sizes: int, axis: int = 1) -> tuple[str, ...]:
        """Parts of these sizes along an axis."""
        parts = tuple(f"{self._prefix}Split_{len(self._nodes)}_{part}" for part in range(len(sizes)))
        self._nodes.append(helper.make_node("Split", [x, self.integers(*sizes)], parts, axis=axis))
        return parts

    def branch(self, name: str) -> OnnxOps:
        """A graph for `either`: it has constants of its own, and may use the values of this one."""
        return OnnxOps(self._weights, self._recipe, self._file, f"{name}/")

    def either(self, condition: str, then: tuple[OnnxOps, str], otherwise: tuple[OnnxOps, str]) -> str:
        """The value of one of two branches."""
        branches = zip(("then_branch", "else_branch"), (then, otherwise), strict=True)
        return self.node("If", condition, **{key: ops.graph(key, value) for key, (ops, value) in branches})

    def graph(self, name: str, value: str) -> Any:
        """The onnx.GraphProto of a branch that gives this value."""
        output = helper.make_tensor_value_info(value, TensorProto.FLOAT, None)
        return helper.make_graph(self._nodes, name, [], [output], list(self._constants.values()))

    def padding_bias(self, attention_mask: str) -> str:
        mask = self.node("Cast", attention_mask, to=TensorProto.FLOAT)
        absent = self.node("Sub", self.scalar(1.0), mask)
        bias = self.node("Mul", absent, self.scalar(MASKED_SCORE))
        return self.node("Unsqueeze", bias, self.integers(1, 2))

    def gather_rows(self, table: Slot, ids: str) -> str:
        return self.node("Gather", self._constant(table.name, self._weights[table.name]), ids)

    def gather_words(self, table: Slot, ids: str) -> str:
        return self._table_rows(
            table.name, self._weights[table.name], lambda rows: self.node("Gather", rows, ids)
        )

    def gather_trigrams(self, table: Slot, ids: str, attention_mask: str) -> str:
        absent = self._constant("absent_id", np.array(table.shape[0], np.int32))  # its row is zeros
        known = self.node("Mul", self.node("Sub", ids, absent), attention_mask)  # minus that id
        bordered = self.node("Pad", known, self.integers(0, 1, 0, 1))
        column = self.node("Unsqueeze", self.node("Add", bordered, absent), self.integers(2))
        parts = (
            self.node("Slice", column, self.integers(begin), self.integers(end), self.integers(1))
            for begin, end in ((2, _END), (1, -1), (0, -2))
        )
        trigrams = self.node("Concat", *parts, axis=2)
        rows = self._table_rows(
            f"{table.name}.bordered",
            with_zero_row(self._weights[table.name]),
            lambda rows: self.node("Gather", rows, trigrams),
        )
        return self.node("Reshape", rows, self.integers(0, 0, 3 * table.shape[1]))

    def position_rows(self, table: Slot, ids: str) -> str:
        tokens, zero = self.node("Shape", ids, start=1, end=2), self.integers(0)
        first = self._table_rows(
            table.name, self._weights[table.name], lambda rows: self.node("Slice", rows, zero, tokens, zero)
        )
        return self.node("Unsqueeze", first, zero)

    def counted_rows(self, table: Slot, ids: str, padding_id: int) -> str:
        padding = self._constant(f"int_{padding_id}", np.array(padding_id, np.int32))
        counts = self.node("Not", self.node("Equal", ids, padding))
        counts = self.node("Cast", counts, to=TensorProto.INT32)
        sums = self.node("CumSum", counts, self.integers(1))
        positions = self.node("Add", self.node("Mul", sums, counts), padding)
        return self._table_rows(
            table.name, self._weights[table.name], lambda rows: self.node("Gather", rows, positions)
        )

    def first_row(self, table: Slot) -> str:
        return self._constant(f"{table.name}.first", self._weights[table.name][None, :1])

    def linear(self, x: str, *parts: Linear) -> str:
        whole = joined(parts, self._weights)
        bias = () if whole.bias is None else (self._constant(whole.bias_name, whole.bias),)
        if self._recipe.weights.is_float or whole.exact:
            return self._sum(self.node("MatMul", x, self._constant(whole.name, whole.weight.T)), bias)
        rows = quantize_rows(whole.weight, self._recipe.weights)
        values = self._own_constant(f"{whole.name}.int8", rows.values.T)
        scales = self._constant(f"{whole.name}.scale", rows.scales)
        zero = self._own_constant(f"{whole.name}.zero_point", np.array(0, np.int8))
        products = {PER_ROW: self._product_per_token, PER_TENSOR: self._product_per_tensor}
        return products[self._recipe.activations](x, values, scales, zero, bias)

    def _product_per_tensor(self, x: str, values: str, scales: str, zero: str, bias: tuple[str, ...]) -> str:
        """The int8 product with one scale for all rows."""
        return self._microsoft("DynamicQuantizeMatMul", x, values, scales, zero, *bias)

    def _product_per_token(self, x: str, values: str, scales: str, zero: str, bias: tuple[str, ...]) -> str:
        """The int8 product with a scale for each row (quantize/activation_scales.py, per_token).

        A row of zeros gives 0 / 0, which becomes some integer. That times the row's scale of 0 is 0.
        """
        row = self.node("ReduceMax", self.node("Abs", x), self.integers(-1), keepdims=1)
        step = self.scalar(1 / 127)
        zero_point = self._constant("zero_point", np.array(128, np.uint8))
        integers = self.node("QuantizeLinear", self.node("Div", x, row), step, zero_point)
        product = self._microsoft("MatMulIntegerToFloat", integers, values, step, scales, zero_point, zero)
        return self._sum(self.node("Mul", product, row), bias)

    def layer_norm(self, x: str, norm: Norm) -> str:
        gamma, beta = self._gamma_and_beta(norm)
        return self.node("LayerNormalization", x, gamma, *beta, axis=-1, epsilon=norm.epsilon)

    def scale_shift(self, x: str, norm: Norm | ScaleShift) -> str:
        gamma, beta = self._gamma_and_beta(norm)
        return self._sum(self.node("Mul", x, gamma), beta)

    def _gamma_and_beta(self, norm: Norm | ScaleShift) -> tuple[str, tuple[str, ...]]:
        gamma, *beta = (
            self._constant(slot.name, self._weights[slot.name])
            for slot in (norm.gamma, norm.beta)
            if slot is not None
        )
        return gamma, tuple(beta)

    def _sum(self, x: str, addend: tuple[str, ...]) -> str:
        """X plus a bias or beta, if there is one."""
        return self.node("Add", x, *addend) if addend else x

    def unary(self, kind: Unary, x: str) -> str:
        if kind == "gelu_tanh":
            return self.node("Gelu", x, approximate="tanh")
        return self.node(_UNARY[kind], x)

    def binary(self, kind: Binary, a: str, b: str | float) -> str:
        return self.node(_BINARY[kind], a, self.scalar(b) if isinstance(b, float) else b)

    def split_heads(self, x: str, parts: int, heads: int, head_size: int) -> tuple[str, ...]:
        shaped = self.node("Reshape", x, self.integers(0, 0, parts * heads, head_size))
        moved = self.node("Transpose", shaped, perm=[0, 2, 1, 3])
        if parts == 1:
            return (moved,)
        return self.split(moved, *[heads] * parts)

    def attention(self, query: str, key: str, value: str, bias: str, head_size: int) -> str:
        scores = self._microsoft("FusedMatMul", query, key, alpha=head_size**-0.5, transB=1)
        weights = self.node("Softmax", self.node("Add", scores, bias), axis=-1)
        context = self.node("Transpose", self.node("MatMul", weights, value), perm=[0, 2, 1, 3])
        return self.node("Reshape", context, self.integers(0, 0, -1))

    def single_query_attention(
        self, query: str, x: str, key: Linear, value: Linear, bias: str, heads: int
    ) -> str:
        width = key.weight.shape[0]
        head_size = width // heads
        by_head = self.node("Reshape", query, self.integers(0, heads, 1, head_size))
        key_weight = self._weights[key.weight.name].reshape(heads, head_size, width)
        value_weight = self._weights[value.weight.name].reshape(heads, head_size, width).swapaxes(1, 2)
        pulled = self.node("MatMul", by_head, self._constant(key.weight.name, key_weight))
        pulled = self.node("Reshape", pulled, self.integers(0, heads, width))
        scores = self._microsoft("FusedMatMul", pulled, x, alpha=head_size**-0.5, transB=1)
        by_token = self.node("Squeeze", bias, self.integers(1))
        weights = self.node("Softmax", self.node("Add", scores, by_token), axis=-1)
        mean = self.node("Reshape", self.node("MatMul", weights, x), self.integers(0, heads, 1, width))
        context = self.node("MatMul", mean, self._constant(f"{value.weight.name}.by_head", value_weight))
        joined_heads = self.node("Reshape", context, self.integers(0, 1, width))
        value_bias = (
            () if value.bias is None else (self._constant(value.bias.name, self._weights[value.bias.name]),)
        )
        return self._sum(joined_heads, value_bias)

    def first_token(self, x: str) -> str:
        return self.node("Gather", x, self.integers(0), axis=1)

    def squeeze_token(self, x: str) -> str:
        return self.node("Squeeze", x, self.integers(1))

    def reduce(self, kind: Reduction, x: str, axis: Axis) -> str:
        return self.node(f"Reduce{kind.title()}", x, self.integers(AXES[axis]), keepdims=1)

    def token_column(self, x: str) -> str:
        return self.node("Reshape", x, self.integers(0, -1, 1))

    def model(self, name: str) -> Any:
        """The finished onnx.ModelProto."""
        graph = helper.make_graph(
            self._nodes, name, self._inputs, self._outputs, list(self._constants.values())
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(_MICROSOFT, MICROSOFT_OPSET)]
        return helper.make_model(graph, producer_name="litebert", opset_imports=opsets, ir_version=IR_VERSION)

    def _table_rows(self, name: str, table: NDArray[np.float32], select: Callable[[str], str]) -> str:
        """Some rows of a table, from floats, or from int8 values and the scales of these rows alone."""
        if self._recipe.tables.is_float:
            return select(self._constant(name, table))
        rows = quantize_rows(table, self._recipe.tables)
        values = select(self._constant(f"{name}.int8", rows.values))
        scales = select(self._constant(f"{name}.scale", rows.scales[:, None]))
        return self.node("Mul", self.node("Cast", values, to=TensorProto.FLOAT), scales)

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Appends an operator and returns its output."""
        return self._append("", kind, inputs, attributes)

    def _microsoft(self, kind: str, *inputs: str, **attributes: Any) -> str:
        return self._append(_MICROSOFT, kind, inputs, attributes)

    def _append(self, domain: str, kind: str, inputs: tuple[str, ...], attributes: dict[str, Any]) -> str:
        output = f"{self._prefix}{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def scalar(self, value: float) -> str:
        """A constant, float32 []."""
        return self._constant(f"float_{value!r}", np.array(value, np.float32))

    def integers(self, *values: int) -> str:
        """A constant, int64 [values]."""
        return self._constant("integers_" + "_".join(map(str, values)), np.array(values, np.int64))

    def _constant(self, name: str, values: NDArray[Any]) -> str:
        if name not in self._constants:
            self._constants[name] = self._tensor(name, values, name)
        return f"{self._prefix}{name}"

    def _own_constant(self, name: str, values: NDArray[Any]) -> str:
        """A constant for one operator alone; all constants of one name are stored once.

        On x86 without VNNI, ONNX Runtime makes int8 weights and their zero point unsigned, operator by
        operator, and fails where two operators share one. Before 1.30 it passes over an operator without a
        zero point: then sums saturate, or the process ends.
        """
        own = name
        while own in self._constants:
            own += "+"
        self._constants[own] = self._tensor(own, values, stored=name)
        return f"{self._prefix}{own}"

    def _tensor(self, name: str, values: NDArray[Any], stored: str) -> Any:
        tensor = TensorProto(
            name=f"{self._prefix}{name}",
            dims=values.shape,
            data_type=helper.np_dtype_to_tensor_dtype(values.dtype),
        )
        if values.nbytes < _EXTERNAL_FROM_BYTES:
            tensor.raw_data = values.tobytes()
            return tensor
        offset, length = self._file.place(stored, values)
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", WEIGHTS_FILE), ("offset", offset), ("length", length)):
            tensor.external_data.add(key=key, value=str(value))
        return tensor
