"""The matrix products of a model on an engine: found in an artifact, and built alone.

A product is a linear of the model: MatMul and Add in float; in int8 the operators of the recipe, with the
scaling of its rows. Products of activations with one another, in attention, are not among them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from litebert.artifact import Artifact
from litebert.backends.onnx import OnnxSession, open_session, session_options
from litebert.errors import InputError
from litebert.targets import Segment, Target
from litebert_exporter.binding import Weights
from litebert_exporter.ops import Ops
from litebert_exporter.quantize.recipe import RECIPES
from litebert_exporter.slots import linear
from litebert_exporter.targets.onnx_ops import OnnxOps
from litebert_exporter.targets.onnx_weights import WEIGHTS_FILE, WeightsFile
from litebert_exporter.targets.tflite_file import Subgraph, TfLiteFile
from litebert_exporter.targets.tflite_ops import TfLiteOps

V = TypeVar("V")
Prepare = Callable[[int], Callable[[], Any]]

_ANY_LENGTH = -1
_IN_FLOAT = ("MatMul", "Gemm", "FusedGemm")  # the latter two where ONNX Runtime has put a bias into it
_IN_INT8 = ("MatMulIntegerToFloat", "DynamicQuantizeMatMul")
_NAME = "products"


@dataclass(frozen=True, order=True)
class Product:
    """A linear of a model.

    Attributes:
        every_token: whether it runs over all tokens; else over one.
        inputs: columns of its weight.
        outputs: rows of its weight.
        exact: whether it is in float in every recipe.
    """

    every_token: bool
    inputs: int
    outputs: int
    exact: bool

    def operations(self, tokens: int) -> int:
        """Its multiplications and additions for a text of so many tokens."""
        return 2 * (tokens if self.every_token else 1) * self.inputs * self.outputs


def products_of_trace(events: Sequence[dict[str, Any]], tokens: int) -> list[Product]:
    """The products of one answer that ONNX Runtime's profiler recorded.

    The profiler leaves out packed weights; of a product of two activations it shows both, with three axes or
    more.

    Args:
        events: the operators' events of one answer.
        tokens: the length, more than 1.
    """
    found = []
    for event in events:
        kind = event["args"]["op_name"]
        sizes = [size for each in event["args"]["input_type_shape"] for size in each.values()]
        activations = sizes[:1] if "Gemm" in kind else [size for size in sizes if len(size) > 2]
        if kind in (*_IN_FLOAT, *_IN_INT8) and len(activations) == 1:
            (shape,) = event["args"]["output_type_shape"][0].values()
            rows, inputs = activations[0][-2:]
            found.append(Product(rows == tokens, inputs, shape[-1], kind in _IN_FLOAT))
    return found


def products_of_file(path: Path) -> list[Product]:
    """The products of a TFLite file of any length."""
    model = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    found = []
    for graph in model.subgraphs:
        for operator in graph.operators:
            code = model.operatorCodes[operator.opcodeIndex].builtinCode
            if code == schema.BuiltinOperator.FULLY_CONNECTED:
                x, weight = (graph.tensors[index] for index in operator.inputs[:2])
                every_token = x.shapeSignature is not None and _ANY_LENGTH in x.shapeSignature
                outputs, inputs = map(int, weight.shape)
                found.append(Product(every_token, inputs, outputs, weight.type == schema.TensorType.FLOAT32))
    return found


def tflite_file(artifact: Artifact, target: Target) -> Path:
    """The one file of a TFLite target.

    Raises:
        InputError: its graphs take fixed lengths.
    """
    if target.lengths:
        raise InputError(
            f"{artifact.path}: its TFLite graphs take fixed lengths; expected any length; "
            "export it without --lengths"
        )
    return artifact.path / target.segments[0].file


def build(ops: Ops[V], products: Sequence[Product]) -> None:
    """Builds products on `ops`, each with an input of its own, as equal inputs would be scaled once.

    Of each result a single row is kept: its memory is then freed, as within a model.
    """
    for number, product in enumerate(products):
        rows = "tokens" if product.every_token else 1
        x = ops.float_input(f"x_{number}", ("batch", rows, product.inputs))
        y = ops.linear(x, linear(f"product_{number}", product.outputs, product.inputs, product.exact))
        ops.output(f"y_{number}", ops.first_token(y), ("batch", 1, product.outputs))


def open_onnx_products(products: Sequence[Product], recipe: str, folder: Path, threads: int) -> Prepare:
    """Writes and opens an ONNX graph of products; the result makes, for a length, a call that runs them."""
    file = WeightsFile(folder / WEIGHTS_FILE)
    ops = OnnxOps(_weights(products), RECIPES[recipe], file)
    build(ops, products)
    file.close()
    path = folder / f"{_NAME}.onnx"
    onnx.save_model(ops.model(_NAME), path)
    last = f"y_{len(products) - 1}"  # all are computed, one is returned
    inputs = tuple(f"x_{number}" for number in range(len(products)))
    segment = Segment(_NAME, path.name, _NAME, inputs, (last,))
    session = OnnxSession(open_session(path, session_options(threads)), segment, path)

    def prepare(tokens: int) -> Callable[[], Any]:
        arrays: dict[
            tuple[int, ...], Any
        ] = {}  # of one shape, one array: it stays in the cache, as in a model
        feeds = {}
        for name, product in zip(inputs, products, strict=True):
            array = _values(product, tokens)
            feeds[name] = arrays.setdefault(array.shape, array)
        return lambda: session.run(feeds)

    return prepare


def open_tflite_products(products: Sequence[Product], recipe: str, folder: Path, threads: int) -> Prepare:
    """Writes and opens a TFLite file of products; the result makes, for a length, a call that runs them."""
    file = TfLiteFile()
    graph = Subgraph(_NAME, file)
    build(TfLiteOps(_weights(products), RECIPES[recipe], graph), products)
    graph.finish()
    path = folder / f"{_NAME}.tflite"
    path.write_bytes(file.serialize().data)
    interpreter = Interpreter(model_path=str(path), num_threads=threads)
    places = [each["index"] for each in interpreter.get_input_details()]

    def prepare(tokens: int) -> Callable[[], Any]:
        values = [_values(product, tokens) for product in products]
        for place, array in zip(places, values, strict=True):
            interpreter.resize_tensor_input(place, array.shape)
        interpreter.allocate_tensors()
        for place, array in zip(places, values, strict=True):
            interpreter.set_tensor(place, array)
        return interpreter.invoke

    return prepare


def _weights(products: Sequence[Product]) -> Weights:
    """Random weights: the time of a product does not depend on them."""
    random = np.random.default_rng(0)
    weights: Weights = {}
    for number, product in enumerate(products):
        shape = (product.outputs, product.inputs)
        weights[f"product_{number}.weight"] = random.standard_normal(shape, np.float32)
        weights[f"product_{number}.bias"] = random.standard_normal(product.outputs, np.float32)
    return weights


def _values(product: Product, tokens: int) -> Any:
    shape = (1, tokens if product.every_token else 1, product.inputs)
    return np.random.default_rng(1).standard_normal(shape, np.float32)
