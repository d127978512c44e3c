"""The part of the TFLite schema that our graphs use, and its flatbuffer writer.

Field numbers, operator codes and option codes are those of tensorflow/compiler/mlir/lite/schema/schema.fbs
(schema version 3). A test compares them with the reader in ai-edge-litert.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
from numpy.typing import NDArray

SCHEMA_VERSION, FILE_IDENTIFIER = 3, b"TFL3"
FLOAT32, INT32, BOOL, INT8 = 0, 2, 6, 9
TENSOR_TYPES = {np.dtype(np.float32): FLOAT32, np.dtype(np.int32): INT32, np.dtype(np.int8): INT8}

OPERATORS = {
    "ADD": 0,
    "BATCH_MATMUL": 126,
    "CAST": 53,
    "CUMSUM": 128,
    "DIV": 42,
    "FULLY_CONNECTED": 9,
    "GATHER": 36,
    "GELU": 150,
    "LOGISTIC": 14,
    "MAXIMUM": 55,
    "MEAN": 40,
    "MUL": 18,
    "NOT_EQUAL": 72,
    "PACK": 83,
    "PAD": 34,
    "REDUCE_MAX": 82,
    "RELU": 19,
    "RESHAPE": 22,
    "RSQRT": 76,
    "SLICE": 65,
    "SOFTMAX": 25,
    "SPLIT": 49,
    "SQRT": 75,
    "STRIDED_SLICE": 45,
    "SUB": 41,
    "SUM": 74,
    "TANH": 28,
    "TRANSPOSE": 39,
}
OPTIONS = {
    "AddOptions": 11,
    "BatchMatMulOptions": 101,
    "CastOptions": 37,
    "CumsumOptions": 102,
    "DivOptions": 29,
    "FullyConnectedOptions": 8,
    "GatherOptions": 23,
    "GeluOptions": 116,
    "MaximumMinimumOptions": 39,
    "MulOptions": 21,
    "NotEqualOptions": 54,
    "PackOptions": 59,
    "PadOptions": 22,
    "ReducerOptions": 27,
    "ReshapeOptions": 17,
    "SliceOptions": 48,
    "SoftmaxOptions": 9,
    "SplitOptions": 35,
    "StridedSliceOptions": 32,
    "SubOptions": 28,
    "TransposeOptions": 26,
}
# The fields of each table: number and kind. Kinds in capitals are vectors.
FIELDS: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "Model": {
        "version": (0, "Uint32"),
        "operator_codes": (1, "TABLES"),
        "subgraphs": (2, "TABLES"),
        "description": (3, "string"),
        "buffers": (4, "TABLES"),
        "signature_defs": (7, "TABLES"),
    },
    "OperatorCode": {
        "deprecated_builtin_code": (0, "Int8"),
        "version": (2, "Int32"),
        "builtin_code": (3, "Int32"),
    },
    "SubGraph": {
        "tensors": (0, "TABLES"),
        "inputs": (1, "NUMBERS"),
        "outputs": (2, "NUMBERS"),
        "operators": (3, "TABLES"),
        "name": (4, "string"),
    },
    "Tensor": {
        "shape": (0, "NUMBERS"),
        "type": (1, "Int8"),
        "buffer": (2, "Uint32"),
        "name": (3, "string"),
        "quantization": (4, "table"),
        "shape_signature": (7, "NUMBERS"),
        "has_rank": (8, "Bool"),
    },
    "QuantizationParameters": {
        "scale": (2, "NUMBERS"),
        "zero_point": (3, "NUMBERS"),
        "quantized_dimension": (6, "Int32"),
    },
    "Buffer": {"data": (0, "BYTES")},
    "Operator": {
        "opcode_index": (0, "Uint32"),
        "inputs": (1, "NUMBERS"),
        "outputs": (2, "NUMBERS"),
        "builtin_options_type": (3, "Uint8"),
        "builtin_options": (4, "table"),
    },
    "SignatureDef": {
        "inputs": (0, "TABLES"),
        "outputs": (1, "TABLES"),
        "signature_key": (2, "string"),
        "subgraph_index": (4, "Uint32"),
    },
    "TensorMap": {"name": (0, "string"), "tensor_index": (1, "Uint32")},
    "BatchMatMulOptions": {"adj_x": (0, "Bool"), "adj_y": (1, "Bool")},
    "CastOptions": {"in_data_type": (0, "Int8"), "out_data_type": (1, "Int8")},
    "CumsumOptions": {"exclusive": (0, "Bool")},
    "FullyConnectedOptions": {"keep_num_dims": (2, "Bool"), "asymmetric_quantize_inputs": (3, "Bool")},
    "GatherOptions": {"axis": (0, "Int32")},
    "GeluOptions": {"approximate": (0, "Bool")},
    "PackOptions": {"values_count": (0, "Int32"), "axis": (1, "Int32")},
    "ReducerOptions": {"keep_dims": (0, "Bool")},
    "ReshapeOptions": {"new_shape": (0, "NUMBERS")},
    "SoftmaxOptions": {"beta": (0, "Float32")},
    "SplitOptions": {"num_splits": (0, "Int32")},
    "StridedSliceOptions": {"begin_mask": (0, "Int32"), "end_mask": (1, "Int32")},
}
_DATA_ALIGNMENT_BYTES = 16  # stated in the schema; the generated Python writers ignore it


@dataclass(frozen=True, eq=False)
class Table:
    """A table of the schema: its kind and its fields by name, vectors of numbers as 1-D arrays."""

    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def serialize(model: Table) -> NDArray[np.uint8]:
    """The bytes of a TFLite file; a table that several tables hold is written once."""
    size = sum(len(buffer.fields.get("data", b"")) for buffer in model.fields["buffers"])
    builder = flatbuffers.Builder(size + size // 64 + (1 << 20))
    builder.Finish(_write(builder, model, {}), FILE_IDENTIFIER)
    return np.frombuffer(builder.Bytes, np.uint8)[builder.Head() :]


def _write(builder: Any, table: Table, written: dict[Table, int]) -> int:
    """The offset of a table, which is appended behind its parts."""
    if table in written:
        return written[table]
    kinds = FIELDS.get(table.kind, {})
    parts = {
        name: _write_part(builder, kinds[name][1], value, written) for name, value in table.fields.items()
    }
    builder.StartObject(1 + max((number for number, _ in kinds.values()), default=-1))
    for name, value in parts.items():
        number, kind = kinds[name]
        scalar = kind if kind in _SCALARS else "UOffsetTRelative"
        getattr(builder, f"Prepend{scalar}Slot")(number, value, 0)
    written[table] = builder.EndObject()
    return written[table]


_SCALARS = ("Bool", "Float32", "Int8", "Int32", "Uint8", "Uint32")


def _write_part(builder: Any, kind: str, value: Any, written: dict[Table, int]) -> Any:
    if kind == "string":
        return builder.CreateSharedString(value)
    if kind == "table":
        return _write(builder, value, written)
    if kind == "NUMBERS":
        return builder.CreateNumpyVector(value)
    if kind == "BYTES":
        return _write_bytes(builder, value)
    if kind == "TABLES":
        offsets = [_write(builder, item, written) for item in value]
        builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            builder.PrependUOffsetTRelative(offset)
        return builder.EndVector()
    return value


def _write_bytes(builder: Any, data: NDArray[np.uint8]) -> int:
    builder.StartVector(1, len(data), _DATA_ALIGNMENT_BYTES)
    builder.head -= len(data)
    builder.Bytes[builder.head : builder.head + len(data)] = data.data
    offset: int = builder.EndVector()
    return offset
