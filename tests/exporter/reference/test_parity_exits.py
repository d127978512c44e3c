"""Checkpoints of FastBERT's, DeeBERT's and PABEE's own code: its numbers at every exit, its decisions."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from original_exits import CASES, LABELS, NAMES, Case, read_cases, write_original
from references import BACKENDS, FLOAT_TOLERANCE, Export, difference, exit_logits
from safetensors.torch import load_file, save_file

import litebert
from litebert import InputError
from litebert.exit_rules import RULES
from litebert.exit_settings import choose_setting
from litebert_exporter import export
from litebert_exporter.checkpoint_reader import read_checkpoint
from litebert_exporter.families import fastbert
from litebert_exporter.slots import Norm

RULE_NAMES = {
    "fastbert-uer": "entropy-at-most",
    "fastbert-pypi": "entropy-below",
    "deebert": "raw-entropy-below",
    "pabee": "patience",
    "pabee-regression": "patience-within",
}
ENTROPY = ("fastbert-uer", "fastbert-pypi", "deebert")
# Rows of pairs that are too long, which ours cuts as `tokenizers` does: the longer text first, [SEP]s kept.
# FastBERT's script cuts [CLS] a [SEP] b [SEP] behind the first 128; of two texts that are both too long, the
# old Python tokenizers of the others give the odd place to the first.
CUT_OTHERWISE = {"fastbert-uer": (), "deebert": (8,), "pabee": (9,), "pabee-regression": (9,)}
Open = Callable[..., litebert.Model]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, export_to: Export) -> Open:
    """Returns a function that opens a model as exported with some options, once for equal ones."""
    root = tmp_path_factory.mktemp("originals")
    folders = {name: write_original(name, root / name) for name in NAMES}
    made: dict[str, litebert.Model] = {}

    def run(name: str, target: str, **options: Any) -> litebert.Model:
        key = json.dumps([name, target, options], sort_keys=True)
        if key not in made:
            labels = {"labels": LABELS} if name == "fastbert-pypi" else {}
            artifact = export_to(folders[name], target, **labels, **options)
            made[key] = litebert.load(artifact, BACKENDS[target])
        return made[key]

    return run


def same_ids(name: str) -> list[Case]:
    """The cases whose text gives the authors' ids; the package's pairs are refused."""
    cases = read_cases(name)
    if name == "fastbert-pypi":
        return [case for case in cases if isinstance(case.text, str)]
    return [case for row, case in enumerate(cases) if row not in CUT_OTHERWISE[name]]


def all_logits(model: litebert.Model, cases: list[Case]) -> np.ndarray:
    """Logits [texts, exits, outputs]."""
    return np.stack([exit_logits(model, case.encoding) for case in cases])


@pytest.mark.parametrize("target", ["onnx", "tflite"])
@pytest.mark.parametrize("name", NAMES)
def test_logits_of_every_exit_are_the_authors(name: str, target: str, opened: Open) -> None:
    """For all of their ids, also those that our tokenizer does not make. At most 1.4e-5 apart."""
    cases, model = read_cases(name), opened(name, target)
    expected = np.stack([case.logits for case in cases])
    assert model.exit_layers == tuple(range(expected.shape[1]))
    assert difference(all_logits(model, cases), expected) <= FLOAT_TOLERANCE


@pytest.mark.parametrize("name", NAMES)
def test_ids_are_the_authors(name: str, opened: Open) -> None:
    cases, model = same_ids(name), opened(name, "onnx")
    assert len(cases) == {"fastbert-uer": 15, "fastbert-pypi": 10, "deebert": 10}.get(name, 11)
    for case in cases:
        found = model.tokenize(case.text)
        assert (found.input_ids, found.type_ids) == (case.encoding.input_ids, case.encoding.type_ids)


@pytest.mark.parametrize(
    ("name", "target", "options"),
    [
        *((name, target, {"layout": "split"}) for name in NAMES for target in BACKENDS),
        *((name, "onnx", {"layout": "whole"}) for name in NAMES),
        *((name, "onnx", {"layout": "branched"}) for name in ENTROPY),
    ],
)
def test_texts_leave_where_the_authors_leave(
    name: str, target: str, options: dict[str, Any], opened: Open
) -> None:
    model, left = opened(name, target, **options), set()
    for case in same_ids(name):
        for decision in case.decisions:
            answer = model(case.text, leave=decision.setting)
            assert answer.exit_layer == decision.exit_layer
            left.add(answer.exit_layer)
            if decision.value is not None:
                assert answer.value == pytest.approx(decision.value, abs=FLOAT_TOLERANCE)
            else:
                full = model.labels[int(np.argmax(case.logits[-1]))]
                assert answer.label == (decision.label or full)
    assert len(left) >= len(model.exit_layers) - 1  # with patience nothing leaves behind the first layer


@pytest.mark.parametrize("name", NAMES)
def test_ids_leave_where_the_authors_leave(name: str, opened: Open) -> None:
    """The cases that no text of ours reaches as well."""
    model = opened(name, "onnx")
    for case in read_cases(name):
        for decision in case.decisions:
            setting = choose_setting(RULES[RULE_NAMES[name]], len(model.exit_layers) - 1, decision.setting)
            (answer,) = model._runner.answers([case.encoding], setting)
            assert answer.exit == decision.exit_layer


@pytest.mark.parametrize("name", NAMES)
def test_the_artifact_names_family_and_rule(name: str, tmp_path: Path) -> None:
    folder, out = write_original(name, tmp_path / "m"), tmp_path / "out"
    report = export(folder, targets=("onnx",), out=out, quantize="none")
    manifest = json.loads((out / "manifest.json").read_text())
    assert (report.family, manifest["exit_rule"]["name"]) == (
        name.split("-", maxsplit=1)[0],
        RULE_NAMES[name],
    )
    assert manifest["max_tokens"] == (128 if "fastbert" in name else 32)
    pairs = {"fastbert-uer": "joined", "fastbert-pypi": "none"}
    assert manifest["pairs"] == pairs.get(name, "longest-first")


@pytest.mark.parametrize("target", ["onnx", "tflite"])
@pytest.mark.parametrize("name", NAMES)
def test_most_decisions_survive_int8(name: str, target: str, opened: Open) -> None:
    """319 of 320 fall the same on either target: one text of fastbert-uer leaves at another layer."""
    cases, model = read_cases(name), opened(name, target, quantize="int8")
    expected = np.stack([case.logits for case in cases])
    assert 1e-4 < difference(all_logits(model, cases), expected) < 0.1 * np.abs(expected).max()
    same = total = 0
    for case in cases:
        for decision in case.decisions:
            setting = choose_setting(RULES[RULE_NAMES[name]], len(model.exit_layers) - 1, decision.setting)
            (answer,) = model._runner.answers([case.encoding], setting)
            same, total = same + (answer.exit == decision.exit_layer), total + 1
    assert total - same <= max(1, total // 50)


@pytest.mark.parametrize("text", [("a film", "a plot"), ("", "")])
def test_the_package_refuses_pairs(text: tuple[str, str], opened: Open) -> None:
    model = opened("fastbert-pypi", "onnx")
    for ask in (model, model.tokenize, model.all_exits, lambda pair: model([pair])):
        with pytest.raises(InputError, match="takes single texts only") as raised:
            ask(text)
        assert "\n" not in str(raised.value)


def test_speed_0_never_leaves_as_in_the_script(tmp_path: Path, export_to: Export) -> None:
    """A classifier so sure that its entropy is 0: torch's clamped one is not, so u <= 0 never holds there."""
    folder = write_original("fastbert-uer", tmp_path / "m")
    state = load_file(folder / "model.safetensors")
    state["classifiers.0.output_layer_2.bias"] = torch.tensor([1e4, 0, 0], dtype=torch.float16)
    save_file(state, folder / "model.safetensors")
    for target, layout in (("onnx", "split"), ("onnx", "branched"), ("tflite", "split")):
        with litebert.load(export_to(folder, target, layout=layout), BACKENDS[target]) as model:
            answers = [model("the film", speed=speed) for speed in (0, 1e-6)]
            assert [answer.exit_layer for answer in answers] == [1, 0]
            assert answers[1].uncertainty == 0


@pytest.mark.parametrize("beside", [True, False])
def test_the_script_s_own_file(beside: bool, tmp_path: Path, export_to: Export) -> None:
    """models/fastbert.bin in float32, and config and vocabulary where the command line says."""
    facts = write_original("fastbert-uer", tmp_path / "facts")
    state = {name: tensor.float() for name, tensor in load_file(facts / "model.safetensors").items()}
    file = (facts if beside else tmp_path) / "fastbert.bin"
    torch.save(state, file)
    given = {} if beside else {"config": facts / "config.json", "vocab": facts / "vocab.txt"}
    cases = read_cases("fastbert-uer")
    with litebert.load(export_to(file, "onnx", **given)) as model:
        expected = np.stack([case.logits for case in cases])
        assert difference(all_logits(model, cases), expected) <= FLOAT_TOLERANCE


def test_more_tokens_than_128_on_demand(tmp_path: Path) -> None:
    """`--seq_length` is in no file of theirs; their table has 512 positions."""
    out = tmp_path / "out"
    export(CASES / "fastbert-uer", targets=("onnx",), out=out, quantize="none", max_tokens=300)
    with litebert.load(out) as model:
        assert model("the " * 500).tokens == model.max_tokens == 300


def norm_of(values: np.ndarray, norm: Norm, tensors: dict[str, Any]) -> np.ndarray:
    centred = values - values.mean(-1, keepdims=True)
    scaled = centred / np.sqrt(values.var(-1, keepdims=True) + norm.epsilon)
    return scaled * tensors[norm.gamma.name] + tensors[norm.beta.name]


@pytest.mark.parametrize("scale", [1, 0.1])
def test_norms_stand_for_those_of_the_authors(scale: float, tmp_path: Path) -> None:
    """Theirs: gamma · (x − mean) / (unbiased deviation + 1e-6) + beta; embeddings also small, as trained."""
    original = read_checkpoint(write_original("fastbert-uer", tmp_path / "m"))
    plain = {name: values.astype(np.float64) for name, values in original.tensors.items()}
    for kind in ("word", "position", "segment"):
        plain[f"embedding.{kind}_embedding.weight"] *= scale
    adapted = fastbert.FAMILY.adapt(replace(original, tensors=plain))
    norm = fastbert.FAMILY.specify(adapted, None).embeddings.norm  # type: ignore[attr-defined]
    words, segments = (plain[f"embedding.{kind}_embedding.weight"] for kind in ("word", "segment"))
    summed = words + plain["embedding.position_embedding.weight"][: len(words)] + segments[1]
    theirs = (summed - summed.mean(-1, keepdims=True)) / (summed.std(-1, ddof=1, keepdims=True) + 1e-6)
    expected = theirs * plain["embedding.layer_norm.weight"] + plain["embedding.layer_norm.bias"]
    apart = np.abs(norm_of(summed, norm, adapted.tensors) - expected).max()
    assert apart < 4e-6 / scale
    assert np.abs(norm_of(summed, replace(norm, epsilon=1e-12), adapted.tensors) - expected).max() > 2 * apart
    assert np.abs(norm_of(summed, norm, plain) - expected).max() > 0.01  # without the correction of gamma
