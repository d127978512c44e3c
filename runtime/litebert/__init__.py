"""LiteBERT's runtime: `litebert.load(path)` opens an artifact and answers text with it."""

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from litebert.loading import load
    from litebert.model import Model
    from litebert.tasks.prediction import Prediction

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


if not TYPE_CHECKING:  # for a type checker every name would be one of the module

    def __getattr__(name: str) -> object:
        """Imports at its first use a name that needs numpy, so that a command can be stopped at once."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from litebert.loading import load
        from litebert.model import Model
        from litebert.tasks.prediction import Prediction

        globals().update(Model=Model, Prediction=Prediction, load=load)
        return globals()[name]


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
