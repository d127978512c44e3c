"""The TFLite files, read with the reader that comes with ai-edge-litert: every number of the schema holds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from graphs import open_tflite, run_ops
from numpy.typing import NDArray
from references import FLOAT_TOLERANCE, Export
from students import TEXTS, bert_config, bert_tensors, write_checkpoint

import litebert
from litebert_exporter.blocks.nonlinearities import ACTIVATIONS, activate
from litebert_exporter.slots import Slot
from litebert_exporter.targets import tflite_schema
from litebert_exporter.targets.tflite_schema import FIELDS, OPERATORS, OPTIONS

RECIPES = ("none", "int8")
# The schema's BuiltinOptions of each operator; None: the operator has none.
OPTIONS_OF = {
    "ADD": "AddOptions",
    "BATCH_MATMUL": "BatchMatMulOptions",
    "CAST": "CastOptions",
    "CUMSUM": "CumsumOptions",
    "DIV": "DivOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "GATHER": "GatherOptions",
    "GELU": "GeluOptions",
    "LOGISTIC": None,
    "MAXIMUM": "MaximumMinimumOptions",
    "MEAN": "ReducerOptions",
    "MUL": "MulOptions",
    "NOT_EQUAL": "NotEqualOptions",
    "PACK": "PackOptions",
    "PAD": "PadOptions",
    "REDUCE_MAX": "ReducerOptions",
    "RELU": None,
    "RESHAPE": "ReshapeOptions",
    "RSQRT": None,
    "SLICE": "SliceOptions",
    "SOFTMAX": "SoftmaxOptions",
    "SPLIT": "SplitOptions",
    "SQRT": None,
    "STRIDED_SLICE": "StridedSliceOptions",
    "SUB": "SubOptions",
    "SUM": "ReducerOptions",
    "TANH": None,
    "TRANSPOSE": "TransposeOptions",
}


class _Slots:
    """Stands for a flatbuffer builder and notes what a generated `XAddY` asks of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, Any]] = []

    def __getattr__(self, method: str) -> Any:
        return lambda number, value, default: self.asked.append((method, number, default))


def test_operator_and_option_codes_are_the_schemas() -> None:
    assert {name: getattr(schema.BuiltinOperator, name) for name in OPERATORS} == OPERATORS
    assert {name: getattr(schema.BuiltinOptions, name) for name in OPTIONS} == OPTIONS
    assert (tflite_schema.FLOAT32, tflite_schema.INT32, tflite_schema.BOOL, tflite_schema.INT8) == (
        schema.TensorType.FLOAT32,
        schema.TensorType.INT32,
        schema.TensorType.BOOL,
        schema.TensorType.INT8,
    )
    assert set(OPTIONS_OF) == set(OPERATORS)
    assert {name for name in OPTIONS_OF.values() if name} == set(OPTIONS)


@pytest.mark.parametrize(("table", "field"), [(table, field) for table in FIELDS for field in FIELDS[table]])
def test_field_numbers_kinds_and_defaults_are_the_schemas(table: str, field: str) -> None:
    """Each generated writer tells a stand-in where, as what and with what default it writes."""
    slots = _Slots()
    camel = "".join(part.capitalize() for part in field.split("_"))
    getattr(schema, f"{table}Add{camel}")(slots, 1)
    ((method, number, default),) = slots.asked
    ours_number, kind = FIELDS[table][field]
    scalar = "UOffsetTRelative" if kind in ("TABLES", "NUMBERS", "BYTES", "string", "table") else kind
    assert (number, method) == (ours_number, f"Prepend{scalar}Slot")
    # Ours leaves out zeros: right where zero is the default, or where zero is never written.
    assert default == 0 or (table, field) == ("OperatorCode", "version")


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory, export_to: Export) -> dict[str, Path]:
    """Returns a TFLite artifact per recipe."""
    config = bert_config()
    folder = write_checkpoint(tmp_path_factory.mktemp("schema") / "m", config, bert_tensors(config))
    return {recipe: export_to(folder, "tflite", quantize=recipe) for recipe in RECIPES}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a graph of trigrams, counts, sums and activations that a BERT does not use."""
    folder = tmp_path_factory.mktemp("operators") / "graph"
    rows = np.linspace(-3, 3, 24, dtype=np.float32).reshape(2, 12)

    def build(ops: Any, ids: Any) -> Any:
        x = ops.gather_trigrams(Slot("x", rows.shape), ids, ids)
        x = ops.binary("add", x, ops.counted_rows(Slot("y", (2, 36)), ids, padding_id=0))
        for name in ACTIVATIONS:
            x = activate(ops, name, x)
        x = ops.unary("sqrt", ops.binary("maximum", x, 0.5))
        x = ops.binary("divide", x, x)
        reduced = ops.binary("add", ops.reduce("max", x, "tokens"), ops.reduce("sum", x, "width"))
        return ops.binary("add", x, reduced)

    assert np.isfinite(
        run_ops("tflite", "none", {"x": rows, "y": np.ones((2, 36), np.float32)}, build, [1], folder)
    ).all()
    return folder / "graph.tflite"


def _bytes(artifact: Path) -> bytes:
    return (artifact / "tflite" / "model.tflite").read_bytes()


def _parsed(content: bytes) -> Any:
    return schema.ModelT.InitFromPackedBuf(bytearray(content), 0)


def _operator_name(model: Any, operator: Any) -> str:
    code = model.operatorCodes[operator.opcodeIndex]
    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if name.isupper()}
    assert code.deprecatedBuiltinCode == min(code.builtinCode, 127)  # what old readers look at
    assert code.customCode is None
    return names[code.builtinCode]


@pytest.mark.parametrize("recipe", RECIPES)
def test_operators_carry_their_own_options(recipe: str, artifacts: dict[str, Path], everything: Path) -> None:
    for content in (_bytes(artifacts[recipe]), everything.read_bytes()):
        model = _parsed(content)
        for operator in model.subgraphs[0].operators:
            expected = OPTIONS_OF[_operator_name(model, operator)]
            if expected is None:
                assert (operator.builtinOptionsType, operator.builtinOptions) == (0, None)
            else:
                assert operator.builtinOptionsType == getattr(schema.BuiltinOptions, expected)
                assert type(operator.builtinOptions).__name__ == f"{expected}T"


def test_every_operator_we_name_was_read_back(artifacts: dict[str, Path], everything: Path) -> None:
    used = set()
    for content in (*map(_bytes, artifacts.values()), everything.read_bytes()):
        model = _parsed(content)
        used |= {_operator_name(model, operator) for operator in model.subgraphs[0].operators}
    assert used == set(OPERATORS)


@pytest.mark.parametrize("recipe", RECIPES)
def test_options_hold_what_the_operators_need(recipe: str, artifacts: dict[str, Path]) -> None:
    model = _parsed(_bytes(artifacts[recipe]))
    (graph,) = model.subgraphs
    seen: Counter[str] = Counter()
    for operator in graph.operators:
        name, options = _operator_name(model, operator), operator.builtinOptions
        version = model.operatorCodes[operator.opcodeIndex].version
        seen[name] += 1
        if name == "FULLY_CONNECTED":
            weight = graph.tensors[operator.inputs[1]]
            int8 = weight.type == schema.TensorType.INT8
            assert options.keepNumDims and options.fusedActivationFunction == 0
            assert options.asymmetricQuantizeInputs == int8
            assert version == (12 if int8 else 5)
            seen["int8 product"] += int8
        elif name == "SOFTMAX":
            assert options.beta == 1.0
        elif name == "GATHER":
            assert (options.axis, options.batchDims) == (0, 0)
        elif name == "MEAN":
            assert options.keepDims
        elif name == "RESHAPE":
            shape = graph.tensors[operator.inputs[1]]
            assert list(options.newShape) == _constant(model, shape, np.int32).tolist()
            assert sum(size == -1 for size in options.newShape) <= 1
        elif name == "SPLIT":
            assert options.numSplits == len(operator.outputs) == 3
        elif name == "CUMSUM":
            assert options.exclusive and not options.reverse
        elif name == "GELU":
            assert not options.approximate
    layers = 2
    assert seen["FULLY_CONNECTED"] == 4 * layers + 2  # q+k+v, output, two of the feed-forward; the head
    assert seen["int8 product"] == (4 * layers if recipe == "int8" else 0)
    assert (seen["SOFTMAX"], seen["BATCH_MATMUL"], seen["SPLIT"]) == (layers, 2 * layers, layers)


def _constant(model: Any, tensor: Any, kind: type) -> NDArray[Any]:
    return np.asarray(model.buffers[tensor.buffer].data, np.uint8).view(kind)


@pytest.mark.parametrize("recipe", RECIPES)
def test_names_signature_and_shapes(recipe: str, artifacts: dict[str, Path]) -> None:
    model = _parsed(_bytes(artifacts[recipe]))
    assert (model.version, len(model.subgraphs), len(model.signatureDefs)) == (3, 1, 1)
    (graph,), (signature,) = model.subgraphs, model.signatureDefs
    names = [tensor.name for tensor in graph.tensors]
    assert len(set(names)) == len(names)
    assert (signature.signatureKey, signature.subgraphIndex, graph.name) == (b"whole", 0, b"whole")
    inputs = {item.name.decode(): item.tensorIndex for item in signature.inputs}
    outputs = {item.name.decode(): item.tensorIndex for item in signature.outputs}
    assert list(inputs) == ["input_ids", "attention_mask", "token_type_ids"]
    assert list(outputs) == ["logits"]
    assert (list(graph.inputs), list(graph.outputs)) == (list(inputs.values()), list(outputs.values()))
    for index in graph.inputs:
        tensor = graph.tensors[index]
        assert (tensor.type, list(tensor.shape), list(tensor.shapeSignature)) == (2, [1, 1], [1, -1])
    for tensor in graph.tensors:
        assert tensor.hasRank
        if tensor.shapeSignature is not None:
            assert [max(size, 1) for size in tensor.shapeSignature] == list(tensor.shape)
            assert tensor.buffer == 0  # a constant has no open length


@pytest.mark.parametrize("recipe", RECIPES)
def test_buffers(recipe: str, artifacts: dict[str, Path]) -> None:
    """Buffer 0 is empty, every other one is used once, as long as its tensor, and on a 16-byte boundary."""
    content = np.frombuffer(_bytes(artifacts[recipe]), np.uint8)
    start = content.__array_interface__["data"][0]
    assert content[4:8].tobytes() == b"TFL3"
    model = schema.Model.GetRootAs(content, 0)
    assert model.Buffers(0).DataIsNone()
    places = []
    for index in range(1, model.BuffersLength()):
        data = model.Buffers(index).DataAsNumpy()
        place = data.__array_interface__["data"][0] - start
        assert place % 16 == 0
        places.append((place, place + len(data)))
    assert all(end <= begin for (_, end), (begin, _) in zip(sorted(places), sorted(places)[1:], strict=False))
    parsed = _parsed(content.tobytes())
    sizes = {schema.TensorType.FLOAT32: 4, schema.TensorType.INT32: 4, schema.TensorType.INT8: 1}
    users: Counter[int] = Counter()
    for tensor in parsed.subgraphs[0].tensors:
        users[tensor.buffer] += 1
        if tensor.buffer:
            values = len(parsed.buffers[tensor.buffer].data)
            assert values == sizes[tensor.type] * int(np.prod(tensor.shape))
    assert set(users) == set(range(model.BuffersLength()))
    assert max(count for buffer, count in users.items() if buffer) == 1


def test_quantization_tables(artifacts: dict[str, Path]) -> None:
    """int8 weights [outputs, inputs] carry a scale per output; scales of embeddings are a table beside it."""
    model = _parsed(_bytes(artifacts["int8"]))
    original = bert_tensors(bert_config())
    seen = 0
    for tensor in model.subgraphs[0].tensors:
        parameters = tensor.quantization
        name = tensor.name.decode().removeprefix("whole/")
        if parameters is None or parameters.scale is None:
            assert tensor.type != schema.TensorType.INT8 or tensor.buffer == 0 or "embeddings" in name
            continue
        parts = [original[part] for part in name.removesuffix(".int8").split("+")]
        weight = np.concatenate(parts)
        assert (tensor.type, list(tensor.shape)) == (schema.TensorType.INT8, list(weight.shape))
        assert (len(parameters.scale), parameters.quantizedDimension) == (len(weight), 0)
        assert list(parameters.zeroPoint) == [0] * len(weight)
        values = _constant(model, tensor, np.int8).reshape(weight.shape)
        # Rounding to the nearest of 255 steps errs by half a step at most.
        errors = np.abs(values * np.array(parameters.scale)[:, None] - weight)
        assert (errors <= 0.5001 * np.array(parameters.scale)[:, None]).all()
        seen += 1
    assert seen == 8


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_length_gives_the_shapes_that_the_file_declares(
    recipe: str, artifacts: dict[str, Path]
) -> None:
    """LiteRT infers shapes itself; a wrong declaration would mislead delegates that trust the file."""
    interpreter = Interpreter(
        model_content=_bytes(artifacts[recipe]),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        experimental_preserve_all_tensors=True,
    )
    runner = interpreter.get_signature_runner("whole")
    for tokens in (1, 2, 7, 48):
        ids = np.ones((1, tokens), np.int32)
        runner(input_ids=ids, attention_mask=ids, token_type_ids=ids * 0)
        for details in interpreter.get_tensor_details():
            declared, found = details["shape_signature"].tolist(), details["shape"].tolist()
            if not details["name"]:
                continue  # scratch space of the kernels
            assert len(declared) == len(found), details["name"]
            assert all(a in (-1, b) for a, b in zip(declared, found, strict=True)), details["name"]
            assert all(b in (1, tokens) for a, b in zip(declared, found, strict=True) if a == -1)


@pytest.mark.parametrize(("recipe", "tolerance"), [("none", FLOAT_TOLERANCE), ("int8", 0.05)])
def test_kernels_without_xnnpack_agree(recipe: str, tolerance: float, artifacts: dict[str, Path]) -> None:
    """Where XNNPACK is absent TFLite's own kernels run; int8 may round other values to other integers."""
    run = open_tflite(artifacts[recipe] / "tflite" / "model.tflite", xnnpack=False)
    with litebert.load(artifacts[recipe], "ai-edge-litert") as model:
        for text in TEXTS:
            encoding = model.tokenize(text)
            ids = np.array([encoding.input_ids], np.int32)
            types = np.array([encoding.type_ids], np.int32)
            found = run({"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types})
            assert np.abs(found[0] - model(text).logits).max() <= tolerance


def test_the_same_bytes_every_time(artifacts: dict[str, Path], tmp_path: Path, export_to: Export) -> None:
    config = bert_config()
    folder = write_checkpoint(tmp_path / "m", config, bert_tensors(config))
    for recipe, artifact in artifacts.items():
        assert _bytes(export_to(folder, "tflite", quantize=recipe)) == _bytes(artifact)
