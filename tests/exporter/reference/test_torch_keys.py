"""Files in which training loops keep more than weights: the weights are found by their kind, not by a key."""

from __future__ import annotations

import collections
from pathlib import Path
from typing import Any

import pytest
import torch

from litebert import CheckpointError
from litebert_exporter.leftovers import belongs_to_no_layer
from litebert_exporter.torch_file import read_torch

TABLE = "bert.embeddings.word_embeddings.weight"
STATE = {TABLE: torch.ones(3, 2), "classifier.weight": torch.zeros(2, 2)}
OTHER = {TABLE: torch.zeros(3, 2), "classifier.weight": torch.ones(2, 2)}
OPTIMIZER = {
    "state": {0: {"exp_avg": torch.ones(3, 2), "step": torch.tensor(7.0)}},
    "param_groups": [{"lr": 1}],
}
ONE_NETWORK: dict[str, dict[str, Any]] = {
    "Lightning": {
        "state_dict": STATE,
        "callbacks": {"ModelCheckpoint{'monitor': 'f1'}": {"best_model_score": torch.tensor(0.5)}},
        "optimizer_states": [OPTIMIZER],
        "hyper_parameters": {"lr": 2e-5},
    },
    "DeepSpeed": {
        "module": STATE,
        "buffer_names": [],
        "param_shapes": [collections.OrderedDict((name, each.shape) for name, each in STATE.items())],
        "optimizer": None,
        "ds_version": "0.16.0",
    },
    "a key of one's own": {"net": STATE, "optimizer": OPTIMIZER, "acc": 0.9},
    "keys within keys": {"best": {"epoch": 3, "model": STATE}},
    "random states beside": {"model": STATE, "rng": {"cpu": torch.get_rng_state()}},
}


@pytest.mark.parametrize("name", ONE_NETWORK)
def test_one_network(name: str, tmp_path: Path) -> None:
    torch.save(ONE_NETWORK[name], tmp_path / "a.pt")
    found = read_torch(tmp_path / "a.pt")
    assert {each: values.tolist() for each, values in found.items()} == {
        each: values.tolist() for each, values in STATE.items()
    }


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ({"model": STATE, "ema": OTHER}, {"model", "ema"}),
        ({"state_dict": STATE, "current_model_state": OTHER}, {"state_dict", "current_model_state"}),
        ({"encoder": {TABLE: STATE[TABLE]}, "fc": {"weight": torch.ones(2, 2)}}, {"encoder", "fc"}),
        ({"model": STATE, "norm": {"weight": torch.ones(2)}}, {"model", "norm"}),
    ],
)
def test_several_are_all_read_under_their_keys(content: Any, names: set[str], tmp_path: Path) -> None:
    """So that the reader of names reports them, and layers beside the network."""
    torch.save(content, tmp_path / "a.pt")
    assert {name.partition(".")[0] for name in read_torch(tmp_path / "a.pt")} == names


def test_a_file_that_refers_to_itself(tmp_path: Path) -> None:
    """A thousand times on each of many levels: looked into once."""
    tangle: dict[str, Any] = {"model": STATE, "best": STATE}
    tangle |= dict.fromkeys(map(str, range(1000)), tangle)
    torch.save({"a": tangle}, tmp_path / "a.pt")
    assert read_torch(tmp_path / "a.pt").keys() == STATE.keys()


PATH, MODULE = Path("data"), torch.nn.Linear(2, 2)


@pytest.mark.parametrize("archive", [True, False])
@pytest.mark.parametrize(
    ("content", "cure"),
    [
        (
            {"state_dict": STATE, "hyper_parameters": {"dir": PATH}},
            "torch.save({}[\"state_dict\"], 'state.pt')",
        ),
        ({"args": PATH, "model_state_dict": STATE}, "torch.save({}[\"model_state_dict\"], 'state.pt')"),
        (
            {**STATE, "dir": PATH},
            "state = {}; torch.save({{k: v for k, v in state.items() if torch.is_tensor(v)}}",
        ),
        ({"epoch": 3, "net": MODULE}, "torch.save({}[\"net\"].state_dict(), 'state.pt')"),
        (MODULE, "model = {}; torch.save(model.state_dict(), 'state.pt')"),
    ],
)
def test_objects_beside_the_weights(content: Any, cure: str, archive: bool, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "a.pt", _use_new_zipfile_serialization=archive)
    with pytest.raises(CheckpointError) as caught:
        read_torch(tmp_path / "a.pt")
    line = str(caught.value)
    assert cure.format("torch.load('a.pt', weights_only=False)") in line and "this runs its code" in line


def test_plain_values_beside_the_weights(tmp_path: Path) -> None:
    torch.save({**STATE, "epoch": 3, "note": "best", "f1": 0.5, "seed": None}, tmp_path / "a.pt")
    found = read_torch(tmp_path / "a.pt")
    assert found.keys() == {*STATE, "epoch", "note", "f1", "seed"}
    assert all(belongs_to_no_layer(name, found[name]) for name in ("epoch", "note", "f1", "seed"))


def test_class_weights_in_double_precision(tmp_path: Path) -> None:
    torch.save({**STATE, "loss_fct.weight": torch.ones(2, dtype=torch.float64)}, tmp_path / "a.pt")
    assert read_torch(tmp_path / "a.pt")["loss_fct.weight"].dtype == "float64"
