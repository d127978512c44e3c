"""Manifests whose exits or segments do not fit together: one error before or when a graph is run."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from manifests import manifest_of, seal

import litebert
from litebert import ArtifactError, LiteBertError
from litebert.exit_rules import RULES

VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**63,
    1.5,
    float("nan"),
    "",
    "x",
    "\ud800",
    [],
    [1],
    [None],
    {},
    {"a": 1},
)
Damage = Callable[[dict[str, Any]], object]


@pytest.fixture
def early(early_artifact: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(early_artifact, tmp_path / "copy.litebert"))


def change(artifact: Path, damage: Damage) -> None:
    """Changes every target and seals the manifest again."""
    manifest = manifest_of(artifact)
    for target in manifest["targets"].values():
        damage(target)
    seal(artifact, manifest)


@pytest.mark.parametrize("key", ["layer", "outputs", "compute_share"])
@pytest.mark.parametrize("value", VALUES)
def test_a_field_of_an_exit(key: str, value: Any, early: Path) -> None:
    change(early, lambda target: target["exits"][0].update({key: value}))
    with contextlib.suppress(LiteBertError):
        assert litebert.load(early)("the film", speed=1).exit_layer is not None


@pytest.mark.parametrize("key", ["exits", "calibration", "layout"])
@pytest.mark.parametrize("value", VALUES)
def test_a_field_of_a_target(key: str, value: Any, early: Path) -> None:
    change(early, lambda target: target.update({key: value}))
    with contextlib.suppress(LiteBertError):
        assert litebert.load(early)("the film").label in {"negative", "positive"}
    with contextlib.suppress(LiteBertError):
        litebert.load(early, max_accuracy_drop=1)


def test_a_branched_graph_with_a_rule_without_thresholds(branched_artifact: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(branched_artifact, tmp_path / "copy.litebert"))
    seal(folder, {**manifest_of(folder), "exit_rule": RULES["patience"].facts()})
    with pytest.raises(ArtifactError, match="is patience, but onnx is branched, which takes thresholds"):
        litebert.load(folder)
