"""Manifests whose exits or segments do not fit together: one error before or when a graph is run."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from manifests import BACKENDS, changed_at, manifest_of, seal

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


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda t: t.update(layout="whole"), "5 segments in the layout whole, expected one"),
        (lambda t: t.update(layout="branched"), "5 segments in the layout branched"),
        (lambda t: t.update(segments=[]), "0 segments"),
        (lambda t: t["segments"].pop(), "the outputs"),
        (lambda t: t["segments"].reverse(), "inputs in 'layer_03'"),
        (lambda t: t["segments"].insert(2, t["segments"][1]), "the outputs"),
        (lambda t: t["segments"][1]["inputs"].append("logits"), "inputs in 'layer_00'"),
        (lambda t: t["segments"][1]["outputs"].reverse(), None),
        (lambda t: t["segments"][1]["outputs"].remove("logits_00"), "the outputs"),
        (lambda t: t["exits"].pop(), "the outputs"),
        (lambda t: t["exits"].reverse(), "running order"),
        (lambda t: t["exits"][1].update(layer=0), "running order"),
        (lambda t: t["exits"][0].update(layer=-1), "running order"),
        (lambda t: t["exits"][0].update(compute_share=0.0), "running order"),
        (lambda t: t["exits"][3].update(compute_share=1.5), "running order"),
        (lambda t: t["exits"][0].update(outputs={"logits": "logits_01"}), "the outputs"),
        (lambda t: t["exits"][0].pop("layer"), "layer is None"),
        (lambda t: t.update(exits={}), "exits is {}"),
        (lambda t: t["exits"][0].update(table="scores.bin"), "an exit has the field 'table'"),
        (lambda t: t["exits"][1]["outputs"].update(more="logits_01"), "with the outputs 'logits, more'"),
    ],
)
def test_segments_and_exits_must_fit(damage: Damage, words: str | None, early: Path) -> None:
    change(early, damage)
    if words is None:  # the order of outputs in a segment means nothing
        assert litebert.load(early)("the film", speed=1).exit_layer == 0
        return
    with pytest.raises(ArtifactError, match=words):
        litebert.load(early)


ENTROPY, WITHIN = RULES["entropy-below"].facts(), RULES["patience-within"].facts()


@pytest.mark.parametrize(
    "rule",
    [
        *("vote", "entropy-below", 1, True, [], {}),
        {**ENTROPY, "name": "vote"},
        {**ENTROPY, "name": []},
        {**ENTROPY, "per_exit": False},
        {**ENTROPY, "more": 1},
        {**ENTROPY, "parameters": []},
        {**ENTROPY, "parameters": [{**ENTROPY["parameters"][0], "maximum": None}]},
        {"name": "entropy-below"},
    ],
)
def test_a_rule_that_the_reader_does_not_know(rule: Any, early: Path) -> None:
    seal(early, manifest_of(early) | {"exit_rule": rule})
    with pytest.raises(ArtifactError, match="exit_rule is"):
        litebert.load(early)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("exit_rule",), None, "exit_rule is None, but onnx has 4 exits"),
        (
            ("exit_rule",),
            RULES["patience-within"].facts(),
            "exit_rule is patience-within, which reads numbers, but the task gives classes",
        ),
        (
            ("task", "activation"),
            "sigmoid",
            "reads classes, but the task gives nothing",
        ),
    ],
)
def test_a_rule_that_does_not_fit(path: tuple[str, ...], value: Any, words: str, early: Path) -> None:
    manifest = changed_at(manifest_of(early), path, value)
    if path[-1] == "activation":
        manifest = changed_at(manifest, ("task", "problem_type"), "multi-label")
        manifest["task"]["threshold"] = 0.5
    seal(early, manifest)
    with pytest.raises(ArtifactError, match=words):
        litebert.load(early)


def test_targets_have_the_same_exits(early: Path) -> None:
    manifest = manifest_of(early)
    del manifest["targets"]["onnx"]["exits"][0]
    seal(early, manifest)
    with pytest.raises(ArtifactError, match="onnx and tflite have exits behind other layers"):
        litebert.load(early)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "damage",
    [
        lambda t: t["segments"][2].update(file=t["segments"][3]["file"], entry=t["segments"][3]["entry"]),
        lambda t: t["segments"][2].update(inputs=["hidden_01"]),
        lambda t: t["segments"][0].update(inputs=["input_ids"]),
        lambda t: t["segments"][1].update(inputs=["hidden_00", "attention_mask"]),
        lambda t: t["segments"][2].update(entry="none", file="tokenizer.json"),
    ],
)
def test_a_graph_that_is_not_what_the_manifest_says(damage: Damage, backend: str, early: Path) -> None:
    change(early, damage)
    with pytest.raises(ArtifactError, match="export the model again"):
        litebert.load(early, backend)("the film")


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
