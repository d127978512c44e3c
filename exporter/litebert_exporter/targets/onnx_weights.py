"""The file beside ONNX graphs that holds their large tensors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

WEIGHTS_FILE = "weights.bin"
_ALIGNMENT_BYTES = 64


class WeightsFile:
    """The file that holds the large tensors of all graphs of an artifact, each once."""

    def __init__(self, path: Path) -> None:
        """Args: the file to write, which must not exist yet."""
        self._file = path.open("xb")
        self._places: dict[str, tuple[int, int]] = {}

    def place(self, name: str, values: NDArray[Any]) -> tuple[int, int]:
        """The offset and the length in bytes of a tensor, which is written at its first use."""
        if name not in self._places:
            self._file.write(b"\0" * (-self._file.tell() % _ALIGNMENT_BYTES))
            self._places[name] = (self._file.tell(), values.nbytes)
            self._file.write(np.ascontiguousarray(values).data)
        return self._places[name]

    def close(self) -> None:
        """Ends the file."""
        self._file.close()
