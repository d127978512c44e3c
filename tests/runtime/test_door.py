"""An artifact that is opened again by its digest alone: its graphs are not hashed a second time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from manifests import BACKENDS, change_sealed

import litebert
from litebert import ArtifactError, InputError
from litebert.artifact import open_artifact

TEXT = "the film is great"


@pytest.fixture
def mine(artifact: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(artifact, tmp_path / "mine.litebert"))


@pytest.mark.parametrize("backend", BACKENDS)
def test_it_answers_alike_and_hashes_no_graph(
    backend: str, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with litebert.load(mine, backend) as model:
        digest, expected = model.digest, model(TEXT)
    monkeypatch.setattr("litebert.checked_files.file_sha256", None)
    with litebert.load(mine, backend, digest=digest) as model:
        assert (model.digest, model(TEXT)) == (digest, expected)


def test_another_digest_is_refused(mine: Path, float_artifact: Path) -> None:
    other = open_artifact(float_artifact).digest
    with pytest.raises(ArtifactError, match=f"expected {other}; open it once without a digest"):
        litebert.load(mine, digest=other)


def test_a_manifest_that_changed_is_refused(mine: Path) -> None:
    digest = open_artifact(mine).digest
    change_sealed(mine, "manifest.json", lambda body: body.update(name="other"))
    with pytest.raises(ArtifactError, match="open it once without a digest"):
        litebert.load(mine, digest=digest)


@pytest.mark.parametrize("digest", ["", "x", "A" * 64, "a" * 65, "a" * 64 + "\n", 1, b"a" * 64, True])
def test_what_is_no_digest_is_refused(digest: Any, mine: Path) -> None:
    with pytest.raises(InputError, match="expected 64 hex digits"):
        litebert.load(mine, digest=digest)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (Path.unlink, "missing from the artifact"),
        (lambda path: path.write_bytes(path.read_bytes() + b"x"), "bytes, the manifest says"),
        (lambda path: (path.unlink(), path.mkdir()), "a special file, expected a regular one"),
    ],
    ids=["missing", "longer", "a folder"],
)
@pytest.mark.parametrize("name", ["onnx/weights.bin", "onnx/whole.onnx", "tokenizer.json", "golden.json"])
def test_existence_and_size_are_still_checked(
    name: str, spoil: Callable[[Path], object], words: str, mine: Path
) -> None:
    digest = open_artifact(mine).digest
    spoil(mine / name)
    with pytest.raises(ArtifactError, match=words):
        litebert.load(mine, digest=digest)


def test_a_tokenizer_is_hashed_as_it_is_read(mine: Path) -> None:
    digest = open_artifact(mine).digest
    path = mine / "tokenizer.json"
    path.write_bytes(path.read_bytes().replace(b"film", b"f1lm"))
    with pytest.raises(ArtifactError, match="was replaced, changed or removed"):
        litebert.load(mine, digest=digest)


def test_a_graph_that_is_replaced_while_it_is_open_is_noticed(early_artifact: Path, tmp_path: Path) -> None:
    mine = Path(shutil.copytree(early_artifact, tmp_path / "mine.litebert"))
    model = litebert.load(mine, "onnxruntime", digest=open_artifact(mine).digest)
    later = mine / open_artifact(mine).targets["onnx"].segments[-1].file
    new = later.with_suffix(".new")
    new.write_bytes(later.read_bytes()[:-1] + b"\0")
    os.replace(new, later)  # noqa: PTH105 - Path.replace is the same
    with pytest.raises(ArtifactError, match="after the artifact was opened"):
        model(TEXT)
