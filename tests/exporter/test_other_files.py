"""Files of a checkpoint that are something else: a pointer, a page, an error of a server, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_inputs import Refuse

from litebert import CheckpointError
from litebert_exporter.text.byte_level import read_merges
from litebert_exporter.text.spiece import spiece_ids

pytest_plugins = ("bad_fixtures",)

WEIGHTS = "model.safetensors"
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:53aa51172d14\nsize 90868376\n"


@pytest.mark.parametrize("name", [WEIGHTS, "config.json", "vocab.txt", "tokenizer_config.json"])
@pytest.mark.parametrize(
    ("content", "found", "cure"),
    [
        (LFS, "a Git LFS pointer", "git lfs pull in student"),
        (b"\n<!DOCTYPE html><html>", "an HTML page", "download it again"),
        (b"<?xml version='1.0'?><Error>", "an XML page", "download it again"),
        (b"Entry not found", "a server's error", "download it again"),
        (b'{"error":"Repository not found"}', "a server's error", "download it again"),
        (b"", "an empty file", "download it again"),
    ],
    ids=["pointer", "html", "xml", "text", "json", "empty"],
)
def test_a_file_that_is_something_else(
    name: str, content: bytes, found: str, cure: str, student: Path, refuse_export: Refuse
) -> None:
    (student / name).write_bytes(content)
    line = refuse_export(CheckpointError, "student")
    assert f"student/{name}: {found}" in line and cure in line


@pytest.mark.parametrize("name", ["tokenizer.json", "pytorch_model.bin"])
def test_a_pointer_in_place_of_another_file(name: str, student: Path, refuse_export: Refuse) -> None:
    (student / {"pytorch_model.bin": WEIGHTS}.get(name, "vocab.txt")).unlink()
    (student / name).write_bytes(LFS)
    assert f"student/{name}: a Git LFS pointer" in refuse_export(CheckpointError, "student")


@pytest.mark.parametrize(("name", "read"), [("merges.txt", read_merges), ("spiece.model", spiece_ids)])
def test_a_pointer_in_place_of_a_vocabulary(name: str, read: Callable[[Path], Any], tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(LFS)
    with pytest.raises(CheckpointError, match=rf"{name}: a Git LFS pointer"):
        read(tmp_path / name)
