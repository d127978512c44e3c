"""Artifacts whose files are links, as a hub's cache holds what it has downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from bad_inputs import Refuse
from manifests import BACKENDS

import litebert
from litebert import ArtifactError, InputError
from litebert.tools.calibrate import calibrate
from litebert.tools.verify import verify_artifact

pytest_plugins = ("bad_fixtures",)

TEXT = "the film is great"


def _cached(artifact: Path, root: Path) -> Path:
    """The snapshot in a cache as huggingface_hub fills it: links to blobs that are called by their number."""
    snapshot, blobs = root / "models--org--name/snapshots/0123abcd", root / "models--org--name/blobs"
    blobs.mkdir(parents=True)
    for number, path in enumerate(sorted(path for path in artifact.rglob("*") if path.is_file())):
        link = snapshot / path.relative_to(artifact)
        link.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, blobs / str(number))
        link.symlink_to(os.path.relpath(blobs / str(number), link.parent))
    return snapshot


def test_the_folder_above_a_snapshot(artifact_copy: Path, refuse_run: Refuse) -> None:
    snapshot = _cached(artifact_copy, Path("hub"))
    line = refuse_run(InputError, "run", "hub/models--org--name", TEXT)
    assert "a folder with artifacts in it; expected an artifact" in line and line.endswith(f"name {snapshot}")


def _link_anew(link: Path, content: bytes) -> None:
    other = link.with_name("other")
    other.write_bytes(content)
    link.unlink()
    link.symlink_to(other.name)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_artifact_of_links(backend: str, early_artifact: Path, tmp_path: Path) -> None:
    snapshot = _cached(early_artifact, tmp_path)
    assert litebert.load(snapshot, backend)(TEXT) == litebert.load(early_artifact, backend)(TEXT)
    assert all(replay.passed for replay in verify_artifact(snapshot))


@pytest.mark.parametrize("preload", [True, False])
def test_a_link_that_leads_elsewhere_later(preload: bool, early_artifact: Path, tmp_path: Path) -> None:
    """Open files go on; a file that is opened later is another one by then."""
    snapshot = _cached(early_artifact, tmp_path)
    model = litebert.load(snapshot, "onnxruntime", preload=preload)
    old = litebert.load(early_artifact, "onnxruntime")(TEXT)
    weights = snapshot / "onnx/weights.bin"
    _link_anew(weights, weights.read_bytes()[::-1])
    if preload:
        assert model(TEXT) == old
    else:
        with pytest.raises(ArtifactError, match="was replaced, changed or removed"):
            model(TEXT)


@pytest.mark.parametrize("name", ["onnx/weights.bin", "tokenizer.json"])
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda link: _link_anew(link, link.read_bytes()[::-1]), "sha256 differs from the manifest's"),
        (lambda link: _link_anew(link, b""), "0 bytes, the manifest says "),
        (lambda link: link.resolve().unlink(), "a link to nothing; copy or download it again"),
    ],
    ids=["other content", "empty", "nothing"],
)
def test_links_to_other_files(
    name: str, spoil: Callable[[Path], object], words: str, artifact_copy: Path, refuse_run: Refuse
) -> None:
    snapshot = _cached(artifact_copy, Path.cwd())
    spoil(snapshot / name)
    assert words in refuse_run(ArtifactError, "run", str(snapshot), TEXT)


def test_an_engine_that_refuses_links(
    early_artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX Runtime 1.24.1 does: "External data path escapes model directory"."""
    import onnxruntime

    def refuse(*arguments: object, **options: object) -> None:
        raise RuntimeError("weights.bin escapes model directory")

    monkeypatch.setattr(onnxruntime, "InferenceSession", refuse)
    with pytest.raises(ArtifactError, match=r"escapes model directory\); upgrade it, or copy .* --local-dir"):
        litebert.load(_cached(early_artifact, tmp_path), "onnxruntime")


def test_a_calibration_changes_no_cache(early_artifact: Path, tmp_path: Path) -> None:
    snapshot = _cached(early_artifact, tmp_path)
    before = (snapshot / "manifest.json").read_bytes()
    with pytest.raises(InputError, match=r"manifest\.json: a link, .* calibrate a copy without links"):
        calibrate(snapshot, [TEXT] * 3)
    assert (snapshot / "manifest.json").read_bytes() == before


def test_weights_with_several_names(branched_artifact: Path, tmp_path: Path) -> None:
    """ONNX Runtime reads them in a graph, and refuses them in a graph's branch."""
    folder = Path(shutil.copytree(branched_artifact, tmp_path / "copy.litebert"))
    (weights,) = folder.glob("onnx/*.bin")
    os.link(weights, tmp_path / "another name")
    with pytest.raises(ArtifactError, match=r"; copy the artifact without hard links, as with cp -r$"):
        litebert.load(folder)
