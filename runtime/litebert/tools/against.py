"""The other side of a comparison: another artifact, or the checkpoint that artifacts were made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from litebert.artifact import Artifact
from litebert.errors import InputError, MissingExtraError, first_line
from litebert.fields import MANIFEST
from litebert.tasks.measures import Measures
from litebert.tokenizer import TextTokenizer
from litebert.tools.comparison import Evaluation
from litebert.tools.data import Example
from litebert.tools.progress import Progress, silent

_EXPORTER = "litebert_exporter.original"


class Original(Protocol):
    """A checkpoint's own float model, read by the exporter."""

    @property
    def measures(self) -> Measures[Any]:
        """The measures of its task."""
        ...

    @property
    def tokenizer(self) -> TextTokenizer:
        """The checkpoint's own tokenizer."""
        ...

    @property
    def weights_sha256(self) -> Sequence[str]:
        """The hashes of its weights files."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """Facts that the compared artifact had to supply, a line each."""
        ...

    def evaluate(self, examples: Sequence[Example], progress: Progress = silent) -> Evaluation:
        """Its answers to texts."""
        ...


def is_artifact(path: Path) -> bool:
    """Whether a path is an artifact's; a checkpoint's otherwise.

    Raises:
        InputError: there is no file or folder.
    """
    if not path.exists():
        raise InputError(
            f"{path}: no such file or folder; expected an artifact or a checkpoint to compare with"
        )
    return (path / MANIFEST).is_file()


def read_original(path: Path, facts: Mapping[str, Any], artifact: Artifact) -> Original:
    """The checkpoint at a path; the artifact supplies the facts that its files and the user leave open.

    This is the one door from the runtime to the exporter. The exporter is imported here, by name.

    Raises:
        LiteBertError: the checkpoint cannot be read.
        MissingExtraError: a package that the exporter needs is not installed.
    """
    try:
        exporter = import_module(_EXPORTER)
    except ImportError as error:  # absent, or its installation is broken
        raise MissingExtraError(
            f"{path}: reading a checkpoint needs {error.name or first_line(error)}; "
            'install it with pip install "litebert[export]", or compare with an artifact'
        ) from error
    original: Original = exporter.read_original(path, facts, artifact)
    return original


def was_made_from(artifact: Artifact, weights_sha256: Sequence[str]) -> bool:
    """Whether an artifact was exported from the weights files of these hashes."""
    source = artifact.reread_manifest().get("source")
    return isinstance(source, dict) and source.get("weights_sha256") == [*weights_sha256]
