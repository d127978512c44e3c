"""The graphs of an artifact run as a stranger would run them: by the engine alone, without the runtime."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from litebert_exporter.quantize.recipe import RECIPES
from litebert_exporter.targets.onnx_ops import OnnxOps
from litebert_exporter.targets.onnx_weights import WeightsFile
from litebert_exporter.targets.tflite_file import Subgraph, TfLiteFile
from litebert_exporter.targets.tflite_ops import TfLiteOps

Ids: TypeAlias = "NDArray[np.int32]"
Run: TypeAlias = "Callable[[Mapping[str, Ids]], NDArray[np.float32]]"


def open_onnx(path: Path, exact: bool = True) -> Run:
    """A function from named inputs to logits: a plain session, by default with exact int8 sums.

    x86 without VNNI adds int8 products in 16 bits, which may overflow, unless it is asked not to.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if exact:
        options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(str(path), options)
    names = [item.name for item in session.get_inputs()]
    return lambda inputs: session.run(["logits"], {name: inputs[name] for name in names})[0]


def open_tflite(path: Path, xnnpack: bool = True) -> Run:
    """The same for the signature `whole` of a TFLite file, by XNNPACK or by TFLite's own kernels."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    resolver = OpResolverType.AUTO if xnnpack else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_path=str(path), num_threads=1, experimental_op_resolver_type=resolver)
    runner = interpreter.get_signature_runner("whole")
    names = runner.get_input_details()
    return lambda inputs: np.array(runner(**{name: inputs[name] for name in names})["logits"])


def open_graph(artifact: Path, target: str) -> Run:
    """The graph of one target of an artifact."""
    if target == "onnx":
        return open_onnx(artifact / "onnx" / "whole.onnx")
    return open_tflite(artifact / "tflite" / "model.tflite")


def manifest(artifact: Path) -> dict[str, Any]:
    """The artifact's manifest."""
    body: dict[str, Any] = json.loads((artifact / "manifest.json").read_text(encoding="utf-8"))
    return body


def run_ops(
    target: str,
    recipe: str,
    weights: dict[str, NDArray[np.float32]],
    build: Callable[[Any, Any], Any],
    ids: Sequence[int],
    folder: Path,
) -> NDArray[np.float32]:
    """The result of a few operations in an engine.

    Args:
        target: onnx or tflite.
        recipe: the name of a recipe.
        weights: tensors by slot name.
        build: the operations, on the target's Ops and ids [1, tokens]; gives [1, tokens, width].
        ids: the ids.
        folder: a folder to make for the graph.

    Returns:
        The first row of the result, [1, width].
    """
    folder.mkdir()
    feeds = {"input_ids": np.array([ids], np.int32)}
    if target == "onnx":
        weights_file = WeightsFile(folder / "weights.bin")
        onnx_ops = OnnxOps(weights, RECIPES[recipe], weights_file)
        first = onnx_ops.squeeze_token(onnx_ops.first_token(build(onnx_ops, onnx_ops.input("input_ids"))))
        onnx_ops.output("logits", first, ("batch", "width"))
        weights_file.close()
        (folder / "graph.onnx").write_bytes(onnx_ops.model("graph").SerializeToString())
        return open_onnx(folder / "graph.onnx")(feeds)
    file = TfLiteFile()
    graph = Subgraph("whole", file)
    ops = TfLiteOps(weights, RECIPES[recipe], graph)
    first = ops.squeeze_token(ops.first_token(build(ops, ops.input("input_ids"))))
    ops.output("logits", first, ("batch", "width"))
    graph.finish()
    (folder / "graph.tflite").write_bytes(file.serialize().tobytes())
    return open_tflite(folder / "graph.tflite")(feeds)
