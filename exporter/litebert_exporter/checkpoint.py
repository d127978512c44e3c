"""A checkpoint in memory: its tensors by their family's names, and the facts in the files beside them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from numpy.typing import NDArray

from litebert.visible import is_hidden
from litebert_exporter.checkpoint_folders import hub_name
from litebert_exporter.reading import Reading

Tensors: TypeAlias = "dict[str, NDArray[Any]]"

CROSS_ENCODER = "config_sentence_transformers.json"
_CARD_CHARACTERS = 65536


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint as it was read.

    Attributes:
        path: the folder or file the user named.
        weights_files: the files the tensors came from.
        tensors: arrays by the names that the family has for them, float32, float16, bfloat16 or integer as in
            the file.
        config: config.json, or an empty mapping where there is none.
        tokenizer_config: tokenizer_config.json, likewise.
        cross_encoder: config_sentence_transformers.json, likewise.
        vocabulary_file: the file of the vocabulary; None where there is none.
        notes: choices and omissions in reading it, a line each.
        reading: how the tensors' names in the files became those here.
    """

    path: Path
    weights_files: tuple[Path, ...]
    tensors: Tensors
    config: Mapping[str, Any]
    tokenizer_config: Mapping[str, Any]
    cross_encoder: Mapping[str, Any]
    vocabulary_file: Path | None
    notes: tuple[str, ...] = ()
    reading: Reading = field(default_factory=Reading)

    @property
    def name(self) -> str:
        """The name of the folder or file, without its suffix; characters that cannot be shown become `?`.

        In a hub's cache the folder's name is a hash, so there it is the model's name.
        """
        path = Path(os.path.abspath(self.path))  # noqa: PTH100 - a link keeps its own name
        own = path.name if path.is_dir() else path.stem
        model = hub_name(path if path.is_dir() else path.parent)
        name = own if model is None else model.rpartition("/")[2]
        return "".join("?" if is_hidden(each) else each for each in name)

    @property
    def licence(self) -> str | None:
        """The licence that the model card's front matter names."""
        card = self.folder / "README.md"
        if not card.is_file():
            return None
        with card.open(encoding="utf-8", errors="replace") as file:
            lines = file.read(_CARD_CHARACTERS).splitlines()
        if lines[:1] != ["---"]:
            return None
        front = lines[1 : lines.index("---", 1)] if "---" in lines[1:] else []
        found = (re.fullmatch(r"license: *([\w.-]+) *", line) for line in front)
        return next((match[1] for match in found if match), None)

    @property
    def folder(self) -> Path:
        """The folder of config and vocabulary."""
        return self.path if self.path.is_dir() else self.path.parent
