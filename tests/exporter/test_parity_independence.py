"""Padding changes nothing, and neither do the other rows of a batch: graphs run by their engines alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from graphs import Ids, Run, manifest, open_graph
from kin import KIN, kin_config, write_kin
from references import BACKENDS, Export
from students import (
    UNCASED,
    bert_config,
    bert_tensors,
    distilbert_config,
    distilbert_tensors,
    mobilebert_config,
    mobilebert_tensors,
    write_checkpoint,
)

import litebert

FAMILIES = ("bert", "distilbert", "mobilebert", *KIN)
LENGTHS = (2, 3, 7, 16, 31)
CASES = [
    (target, recipe, family)
    for target, recipe in (("onnx", "none"), ("onnx", "int8"), ("tflite", "none"), ("tflite", "int8"))
    for family in FAMILIES
]
# An engine may cut the sums of a longer row or a larger batch into other blocks, a matter of float32's last
# digits. Int8 integers are then the same, unless such a digit pushes a value over the border between two of
# them. On an x86 with AVX-512 VNNI all four are exactly equal; LiteRT's int8 kernels differ by a few 1e-2 on
# other CPUs. A lost mask costs 0.5 and more.
TOLERANCES = {
    ("onnx", "none"): 2e-5,
    ("tflite", "none"): 2e-5,
    ("onnx", "int8"): 2e-5,
    ("tflite", "int8"): 0.06,
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Returns a checkpoint per family."""
    base = tmp_path_factory.mktemp("independence")
    bert, distilbert, mobilebert = bert_config(), distilbert_config(), mobilebert_config()
    return {
        **{family: write_kin(base / family, kin_config(family)) for family in KIN},
        "bert": write_checkpoint(base / "bert", bert, bert_tensors(bert)),
        "distilbert": write_checkpoint(base / "distilbert", distilbert, distilbert_tensors(distilbert)),
        "mobilebert": write_checkpoint(base / "mobilebert", mobilebert, mobilebert_tensors(mobilebert)),
    }


def _row(tokens: int, seed: int) -> dict[str, Ids]:
    """A row [1, tokens] of random ids, half of it of the second type."""
    ids = np.random.default_rng(seed).integers(5, len(UNCASED), (1, tokens), dtype=np.int32)
    types = (np.arange(tokens)[None] >= tokens // 2).astype(np.int32)
    return {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}


def _padded(row: dict[str, Ids], tokens: int, seed: int) -> dict[str, Ids]:
    """The row with random ids and types behind it, masked."""
    rest = _row(tokens - row["input_ids"].shape[1], seed)
    rest["attention_mask"][:] = 0
    return {name: np.concatenate([row[name], rest[name]], axis=1) for name in row}


def _stacked(rows: list[dict[str, Ids]]) -> dict[str, Ids]:
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def _worst_padding_difference(run: Run, masked: bool) -> float:
    worst = 0.0
    for seed, tokens in enumerate(LENGTHS):
        row = _row(tokens, seed)
        alone = run(row)
        for total in (tokens + 1, 40, 48):
            padded = _padded(row, total, seed=100 + seed)
            if not masked:
                padded["attention_mask"][:] = 1
            worst = max(worst, float(np.abs(run(padded) - alone).max()))
    return worst


@pytest.mark.parametrize(("target", "recipe", "family"), CASES)
def test_padding_changes_nothing(
    target: str, recipe: str, family: str, folders: dict[str, Path], export_to: Export
) -> None:
    """Any ids and types behind the text change nothing, as long as the mask is 0 there."""
    run = open_graph(export_to(folders[family], target, quantize=recipe), target)
    assert _worst_padding_difference(run, masked=True) <= TOLERANCES[target, recipe]
    assert _worst_padding_difference(run, masked=False) > 0.5  # what a lost mask would cost


@pytest.mark.parametrize("recipe", ["none", "int8"])
@pytest.mark.parametrize("family", FAMILIES)
def test_batch_neighbours_change_nothing(
    family: str, recipe: str, folders: dict[str, Path], export_to: Export
) -> None:
    """Rows of unequal lengths padded together, each among short, long and repeated neighbours."""
    run = open_graph(export_to(folders[family], "onnx", quantize=recipe), "onnx")
    rows = [_row(tokens, seed) for seed, tokens in enumerate(LENGTHS)]
    alone = np.concatenate([run(row) for row in rows])
    together = run(_stacked([_padded(row, 40, seed=7) for row in rows]))
    assert np.abs(together - alone).max() <= TOLERANCES["onnx", recipe]
    pairs = run(_stacked([_padded(rows[0], 40, 1), _padded(rows[0], 40, 2), _padded(rows[4], 40, 3)]))
    assert np.abs(pairs - alone[[0, 0, 4]]).max() <= TOLERANCES["onnx", recipe]
    assert np.abs(alone[0] - alone[4]).max() > 0.1  # rows that were mixed up would show


@pytest.mark.parametrize(
    ("target", "recipe"),
    [("onnx", "none"), ("onnx", "int8"), ("onnx", "int8-fast"), ("tflite", "none"), ("tflite", "int8")],
)
def test_a_list_gives_what_its_texts_give_alone(
    target: str, recipe: str, folders: dict[str, Path], export_to: Export
) -> None:
    """The runtime runs rows of equal length in one call; that must not show in the answers."""
    texts: list[str | tuple[str, str]] = [
        "the film was good .",
        "good good good good !",
        "中 文 film is dull",
        "bad",
        "",
        ("good", "bad film"),
        ("film", "not good"),
        "x # % ( )",
    ]
    with litebert.load(export_to(folders["bert"], target, quantize=recipe), BACKENDS[target]) as model:
        together = np.array([answer.logits for answer in model(texts)])
        alone = np.array([model(text).logits for text in texts])
        streamed = np.array([answer.logits for answer in model.stream(iter(texts))])
    assert np.abs(together - alone).max() <= 2e-5  # the float32 sums of a batch, as above
    assert np.array_equal(streamed, together)


@pytest.mark.parametrize("target", ["onnx", "tflite"])
def test_the_graph_has_the_inputs_that_the_manifest_names(
    target: str, folders: dict[str, Path], export_to: Export
) -> None:
    for family, expected in (
        ("bert", ["input_ids", "attention_mask", "token_type_ids"]),
        ("distilbert", ["input_ids", "attention_mask"]),
    ):
        artifact = export_to(folders[family], target)
        (segment,) = manifest(artifact)["targets"][target]["segments"]
        assert (segment["inputs"], segment["outputs"]) == (expected, ["logits"])
        open_graph(artifact, target)(_row(5, 0))
