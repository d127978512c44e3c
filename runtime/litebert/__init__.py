"""LiteBERT's runtime: `litebert.load(path)` opens an artifact and answers text with it."""

from litebert.errors import (
    ArtifactError,
    CheckpointError,
    InputError,
    LiteBertError,
    MissingExtraError,
    ParityError,
    UnsupportedFormatError,
    UnsupportedModelError,
)
from litebert.loading import load
from litebert.runner import Model
from litebert.tasks import Prediction

__version__ = "0.1.0"  # which pyproject.toml takes from here; metadata would be slow, and may be absent

__all__ = [
    "ArtifactError",
    "CheckpointError",
    "InputError",
    "LiteBertError",
    "MissingExtraError",
    "Model",
    "ParityError",
    "Prediction",
    "UnsupportedFormatError",
    "UnsupportedModelError",
    "load",
]
