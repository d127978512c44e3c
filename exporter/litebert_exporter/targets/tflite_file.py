"""A TFLite file under construction: its subgraphs, and their common parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litebert_exporter.targets.tflite_schema import (
    FLOAT32,
    OPERATORS,
    OPTIONS,
    SCHEMA_VERSION,
    TENSOR_TYPES,
    Table,
    serialize,
)


@dataclass(frozen=True)
class Tensor:
    """A tensor of a subgraph: its index and its shape, -1 where dynamic."""

    index: int
    shape: tuple[int, ...]


class TfLiteFile:
    """The common parts of a file's subgraphs: buffers, operator codes, quantization tables."""

    def __init__(self) -> None:
        """Starts an empty file."""
        self.subgraphs: list[Table] = []
        self.signatures: list[Table] = []
        self._buffers = [Table("Buffer")]  # buffer 0 means "no data"
        self._buffer_indices: dict[str, int] = {}
        self._codes: dict[tuple[str, int], int] = {}
        self._scales: dict[str, Table] = {}

    def buffer(self, name: str, values: NDArray[Any]) -> int:
        """The index of the buffer that holds a constant."""
        if name not in self._buffer_indices:
            data = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
            self._buffer_indices[name] = len(self._buffers)
            self._buffers.append(Table("Buffer", {"data": data}))
        return self._buffer_indices[name]

    def operator_code(self, kind: str, version: int) -> int:
        """The index of an operator in a version."""
        return self._codes.setdefault((kind, version), len(self._codes))

    def row_scales(self, name: str, scales: NDArray[np.float32]) -> Table:
        """The quantization table for int8 rows with these scales."""
        fields = {"scale": scales, "zero_point": np.zeros(len(scales), np.int64), "quantized_dimension": 0}
        return self._scales.setdefault(name, Table("QuantizationParameters", fields))

    def serialize(self) -> NDArray[np.uint8]:
        """The bytes of the file."""
        codes = [
            Table(
                "OperatorCode",
                {
                    "deprecated_builtin_code": min(OPERATORS[kind], 127),
                    "builtin_code": OPERATORS[kind],
                    "version": version,
                },
            )
            for kind, version in self._codes
        ]
        fields = {
            "version": SCHEMA_VERSION,
            "operator_codes": codes,
            "subgraphs": self.subgraphs,
            "description": "litebert",
            "buffers": self._buffers,
            "signature_defs": self.signatures,
        }
        return serialize(Table("Model", fields))


class Subgraph:
    """A graph under construction: one signature of a file."""

    def __init__(self, name: str, file: TfLiteFile) -> None:
        """Args: the signature's key, and the file that the subgraph becomes a part of."""
        self._name = name
        self._file = file
        self._tensors: list[Table] = []
        self._operators: list[Table] = []
        self._constants: dict[str, Tensor] = {}
        self._inputs: dict[str, Tensor] = {}
        self._outputs: dict[str, Tensor] = {}

    def input(self, name: str, shape: tuple[int, ...], kind: int) -> Tensor:
        """A new input."""
        self._inputs[name] = self._tensor(name, shape, kind)
        return self._inputs[name]

    def output(self, name: str, value: Tensor) -> None:
        """Makes a tensor an output."""
        self._outputs[name] = value

    def operator(
        self,
        kind: str,
        inputs: Sequence[Tensor],
        shape: tuple[int, ...],
        options: Table | None = None,
        tensor_type: int = FLOAT32,
        version: int = 1,
    ) -> Tensor:
        """The output, of this shape and type, of an operator that is appended."""
        (output,) = self.operators(kind, inputs, [shape], options, tensor_type, version)
        return output

    def operators(
        self,
        kind: str,
        inputs: Sequence[Tensor],
        shapes: Sequence[tuple[int, ...]],
        options: Table | None = None,
        tensor_type: int = FLOAT32,
        version: int = 1,
    ) -> tuple[Tensor, ...]:
        """The outputs, one of each shape, of an operator that is appended."""
        outputs = tuple(
            self._tensor(f"{kind.lower()}_{len(self._operators)}_{part}", shape, tensor_type)
            for part, shape in enumerate(shapes)
        )
        fields: dict[str, Any] = {
            "opcode_index": self._file.operator_code(kind, version),
            "inputs": _indices(inputs),
            "outputs": _indices(outputs),
        }
        if options is not None:
            fields |= {"builtin_options_type": OPTIONS[options.kind], "builtin_options": options}
        self._operators.append(Table("Operator", fields))
        return outputs

    def integers(self, *values: int) -> Tensor:
        """An int32 vector."""
        return self.constant("integers_" + "_".join(map(str, values)), np.array(values, np.int32))

    def constant(self, name: str, values: NDArray[Any], scales: NDArray[np.float32] | None = None) -> Tensor:
        """A constant; with scales its rows are int8, to be multiplied by these."""
        if name not in self._constants:
            buffer = self._file.buffer(name, values)
            table = None if scales is None else self._file.row_scales(name, scales)
            kind = TENSOR_TYPES[values.dtype]
            self._constants[name] = self._tensor(name, values.shape, kind, buffer, table)
        return self._constants[name]

    def finish(self) -> None:
        """Adds the subgraph and its signature to the file."""
        signature = {
            "inputs": _tensor_maps(self._inputs),
            "outputs": _tensor_maps(self._outputs),
            "signature_key": self._name,
            "subgraph_index": len(self._file.subgraphs),
        }
        subgraph = {
            "tensors": self._tensors,
            "inputs": _indices(self._inputs.values()),
            "outputs": _indices(self._outputs.values()),
            "operators": self._operators,
            "name": self._name,
        }
        self._file.signatures.append(Table("SignatureDef", signature))
        self._file.subgraphs.append(Table("SubGraph", subgraph))

    def _tensor(
        self,
        name: str,
        shape: tuple[int, ...],
        kind: int,
        buffer: int = 0,
        scales: Table | None = None,
    ) -> Tensor:
        fields: dict[str, Any] = {
            "shape": np.array([max(size, 1) for size in shape], np.int32),
            "type": kind,
            "buffer": buffer,
            "name": f"{self._name}/{name}",  # unique over all subgraphs
            "has_rank": True,
        }
        if -1 in shape:
            fields["shape_signature"] = np.array(shape, np.int32)
        if scales is not None:
            fields["quantization"] = scales
        self._tensors.append(Table("Tensor", fields))
        return Tensor(len(self._tensors) - 1, shape)


def _indices(tensors: Iterable[Tensor]) -> NDArray[np.int32]:
    return np.array([tensor.index for tensor in tensors], np.int32)


def _tensor_maps(tensors: dict[str, Tensor]) -> list[Table]:
    return [
        Table("TensorMap", {"name": name, "tensor_index": tensor.index}) for name, tensor in tensors.items()
    ]
