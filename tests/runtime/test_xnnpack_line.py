"""LiteRT's line about XNNPACK, and nothing else, is kept off the stderr of commands."""

from __future__ import annotations

import os
from typing import Any

import flatbuffers
import pytest
from ai_edge_litert import schema_py_generated as schema

from litebert.backends.xnnpack_line import GRAPH, greet, hushed
from litebert.tools.command_line import guarded

LINE = "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"


class Interpreter:
    """Writes on stderr as engines do, past Python."""

    said = ""

    def __init__(self, model_content: bytes) -> None:
        assert model_content == GRAPH

    def allocate_tensors(self) -> None:
        """Says what it says."""
        os.write(2, self.said.encode())


class Broken(Interpreter):
    """Fails once it has written."""

    def allocate_tensors(self) -> None:
        """The same, and it fails."""
        super().allocate_tensors()
        raise RuntimeError("no XNNPACK")


@pytest.mark.parametrize("kind", [Interpreter, Broken])
@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (LINE, ""),
        (f"Error in cpuinfo\n{LINE}WARNING: slow\nno end", "Error in cpuinfo\nWARNING: slow\nno end"),
        (f"not {LINE}\xff", f"not {LINE}\xff"),
        ("", ""),
    ],
)
def test_only_the_line_is_unheard(
    kind: type[Interpreter], said: str, heard: str, capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Interpreter, "said", said)
    os.write(2, b"before\n")
    assert guarded(lambda: greet(kind) or 0) == 0
    os.write(2, b"after\n")
    assert capfd.readouterr().err == f"before\n{heard}after\n"


def test_it_is_heard_outside_of_commands() -> None:
    def unwanted(**options: Any) -> Any:
        raise AssertionError

    greet(unwanted)
    with hushed(), pytest.raises(AssertionError):
        greet(unwanted)
    greet(unwanted)


def test_a_command_without_stderr_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(file: int) -> int:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr("litebert.backends.xnnpack_line.os.dup", closed)
    with hushed():
        greet(Interpreter)


def test_the_graph_is_one_addition() -> None:
    def tensor(name: str) -> Any:
        made = schema.TensorT()
        made.name, made.shape = name, [1]
        return made

    addition = schema.OperatorT()
    addition.inputs, addition.outputs = [0, 0], [1]
    addition.builtinOptionsType, addition.builtinOptions = (
        schema.BuiltinOptions.AddOptions,
        schema.AddOptionsT(),
    )
    graph, kind, model = schema.SubGraphT(), schema.OperatorCodeT(), schema.ModelT()
    graph.tensors, graph.operators = [tensor("a"), tensor("b")], [addition]
    graph.inputs, graph.outputs = [0], [1]
    kind.version = 1
    model.version, model.description = 3, ""
    model.operatorCodes, model.subgraphs, model.buffers = [kind], [graph], [schema.BufferT()]
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    assert bytes(builder.Output()) == GRAPH
