"""LiteRT, of the package ai-edge-litert."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from litebert.backends import Opening
from litebert.backends.interpreter import TfLiteEngine, TfLiteSession, tflite_opener
from litebert.targets import Segment


def opener(folder: Path, threads: int, opening: Opening) -> Callable[[Segment], TfLiteSession]:
    """A function that opens a segment with LiteRT."""
    from ai_edge_litert.interpreter import Interpreter

    return tflite_opener(
        TfLiteEngine("LiteRT", Interpreter, "export the model again"), folder, threads, opening
    )
