"""TensorFlow, whose tf.lite.Interpreter is LiteRT's predecessor too."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from litebert.backends import Opening
from litebert.backends.interpreter import TfLiteEngine, TfLiteSession, tflite_opener
from litebert.targets import Segment


def opener(folder: Path, threads: int, opening: Opening) -> Callable[[Segment], TfLiteSession]:
    """A function that opens a segment with TensorFlow.

    Raises:
        ImportError: this TensorFlow has no Interpreter any more; every version since 2.19 says it will go.
    """
    import tensorflow

    interpreter = getattr(getattr(tensorflow, "lite", None), "Interpreter", None)
    if interpreter is None:
        raise ImportError(f"TensorFlow {tensorflow.__version__} has no tf.lite.Interpreter any more")

    def quiet(**options: Any) -> Any:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"\s*Warning: tf\.lite\.Interpreter is deprecated")
            return interpreter(**options)

    return tflite_opener(TfLiteEngine("TensorFlow", quiet, "use ai-edge-litert"), folder, threads, opening)
