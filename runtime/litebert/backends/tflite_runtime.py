"""tflite-runtime, LiteRT's predecessor, whose last version is 2.14."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from litebert.backends import Opening
from litebert.backends.interpreter import TfLiteEngine, TfLiteSession, tflite_opener
from litebert.targets import Segment


def opener(folder: Path, threads: int, opening: Opening) -> Callable[[Segment], TfLiteSession]:
    """A function that opens a segment with tflite-runtime.

    Raises:
        ImportError: numpy is newer than the one that tflite-runtime was built for.
    """
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":  # it would print, and fail later
        raise ImportError(f"it was built for numpy below 2, this is {np.__version__}")
    from tflite_runtime.interpreter import Interpreter

    return tflite_opener(
        TfLiteEngine("tflite-runtime", Interpreter, "use ai-edge-litert"), folder, threads, opening
    )
