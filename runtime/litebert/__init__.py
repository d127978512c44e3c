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
