"""The same weights in any file that people keep them in give the same answers."""

from __future__ import annotations

import argparse
import collections
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from references import (
    FLOAT_TOLERANCE,
    Answers,
    Export,
    assert_parity,
    difference,
    transformers_answers,
    transformers_model,
)
from safetensors.torch import load_file, save_file
from students import (
    TEXTS,
    bert_config,
    bert_tensors,
    distilbert_config,
    distilbert_tensors,
    write_checkpoint,
    write_facts,
)
from transformers import AutoTokenizer

CONFIG = bert_config()
State = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder with model.safetensors in float32."""
    return write_checkpoint(tmp_path_factory.mktemp("plain") / "m", CONFIG, bert_tensors(CONFIG))


@pytest.fixture(scope="module")
def state(plain: Path) -> State:
    """Returns its tensors for torch."""
    return load_file(plain / "model.safetensors")


@pytest.fixture(scope="module")
def expected(plain: Path) -> Answers:
    """Returns what transformers answers for it."""
    return transformers_answers(plain, TEXTS)


def _write_bin(folder: Path, state: State) -> None:
    torch.save(state, folder / "pytorch_model.bin")


def _write_old_bin(folder: Path, state: State) -> None:
    """The format of torch before 1.6, in which the first TinyBERT and Theseus checkpoints were saved."""
    torch.save(state, folder / "pytorch_model.bin", _use_new_zipfile_serialization=False)


def _shards(state: State) -> tuple[State, State]:
    names = sorted(state)
    return {name: state[name] for name in names[::2]}, {name: state[name] for name in names[1::2]}


def _write_sharded(
    folder: Path, state: State, stem: str, suffix: str, save: Callable[[State, Path], None]
) -> None:
    weight_map = {}
    for number, shard in enumerate(_shards(state), start=1):
        file = f"{stem}-{number:05}-of-00002.{suffix}"
        save(shard, folder / file)
        weight_map |= dict.fromkeys(shard, file)
    size = sum(tensor.nbytes for tensor in state.values())
    index = {"metadata": {"total_size": size}, "weight_map": weight_map}
    (folder / f"{stem}.{suffix}.index.json").write_text(json.dumps(index))


def _write_sharded_safetensors(folder: Path, state: State) -> None:
    _write_sharded(
        folder, state, "model", "safetensors", lambda shard, path: save_file(shard, path, {"format": "pt"})
    )


def _write_sharded_bin(folder: Path, state: State) -> None:
    _write_sharded(folder, state, "pytorch_model", "bin", torch.save)


def _write_both(folder: Path, state: State) -> None:
    """model.safetensors is preferred to what an earlier training left beside it."""
    save_file(state, folder / "model.safetensors", {"format": "pt"})
    _write_bin(folder, {name: torch.zeros_like(tensor) for name, tensor in state.items()})


FOLDERS: dict[str, Callable[[Path, State], None]] = {
    "pytorch_model.bin": _write_bin,
    "pytorch_model.bin of old torch": _write_old_bin,
    "sharded safetensors": _write_sharded_safetensors,
    "sharded bin": _write_sharded_bin,
    "safetensors and bin": _write_both,
}


@pytest.mark.parametrize("name", FOLDERS)
def test_folders(name: str, tmp_path: Path, state: State, expected: Answers, export_to: Export) -> None:
    folder = write_facts(tmp_path / "m", CONFIG)
    FOLDERS[name](folder, state)
    theirs = transformers_answers(folder, TEXTS)
    assert difference(theirs.logits, expected.logits) <= FLOAT_TOLERANCE / 10
    assert_parity(export_to(folder, "onnx"), "onnx", TEXTS, theirs)


def _alone(state: State) -> Any:
    return state


def _ordered(state: State) -> Any:
    return collections.OrderedDict(state)


def _of_parallel_training(state: State) -> Any:
    return {f"module.{name}": tensor for name, tensor in state.items()}


def _of_compiled_training(state: State) -> Any:
    return {f"_orig_mod.{name}": tensor for name, tensor in state.items()}


def _with_optimizer(state: State) -> Any:
    """The file of a training loop of one's own, in the form that all tutorials show."""
    weight = torch.nn.Parameter(torch.ones(3, 2))
    optimizer = torch.optim.AdamW([weight], lr=1e-3)
    weight.sum().backward()
    optimizer.step()
    return {
        "epoch": 3,
        "model_state_dict": state,
        "optimizer_state_dict": optimizer.state_dict(),
        "loss": np.float64(0.25),
        "best": np.float32(0.5),
        "steps": np.int64(17),
        "done": np.bool_(True),
    }


def _with_arguments(state: State) -> Any:
    args = argparse.Namespace(learning_rate=2e-5, data="train.tsv", seeds=[1, 2], amp=None)
    return {"args": args, "state_dict": _of_parallel_training(state), "rng": torch.get_rng_state()}


def _under_model(state: State) -> Any:
    return {"model": state, "metrics": {"accuracy": 0.9, "f1": (0.8, 0.7)}, "note": "best so far"}


FILES: dict[str, Callable[[State], Any]] = {
    "a state dict": _alone,
    "an ordered one": _ordered,
    "module.": _of_parallel_training,
    "_orig_mod.": _of_compiled_training,
    "model_state_dict with optimizer and numpy scalars": _with_optimizer,
    "state_dict with argparse.Namespace": _with_arguments,
    "model": _under_model,
}


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".ckpt", ".bin"])
def test_a_lone_file_with_its_facts_beside_it(
    suffix: str, tmp_path: Path, state: State, expected: Answers, export_to: Export
) -> None:
    folder = write_facts(tmp_path / "m", CONFIG)
    torch.save(state, folder / f"best{suffix}")
    assert_parity(export_to(folder / f"best{suffix}", "onnx"), "onnx", TEXTS, expected)


@pytest.mark.parametrize("name", FILES)
def test_what_training_loops_save(
    name: str, tmp_path: Path, state: State, expected: Answers, export_to: Export
) -> None:
    path = write_facts(tmp_path / "m", CONFIG) / "checkpoint.pt"
    torch.save(FILES[name](state), path)
    assert_parity(export_to(path, "onnx"), "onnx", TEXTS, expected)


def test_parameters_and_tied_views_in_a_state_dict(
    tmp_path: Path, state: State, expected: Answers, export_to: Export
) -> None:
    """Tensors that are parameters, slices of a larger storage or not contiguous are read by their values."""
    name = "bert.encoder.layer.0.attention.self.query.weight"
    odd: State = {key: torch.nn.Parameter(tensor) for key, tensor in state.items()}
    odd[name] = state[name].T.contiguous().T
    odd["classifier.weight"] = torch.cat([torch.ones(1, 24), state["classifier.weight"]])[1:]
    path = write_facts(tmp_path / "m", CONFIG) / "checkpoint.pt"
    torch.save(odd, path)
    assert_parity(export_to(path, "onnx"), "onnx", TEXTS, expected)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_facts_that_lie_elsewhere(
    suffix: str, tmp_path: Path, plain: Path, state: State, expected: Answers, export_to: Export
) -> None:
    elsewhere = tmp_path / "facts"
    elsewhere.mkdir()
    shutil.copy(plain / "config.json", elsewhere / "student.json")
    shutil.copy(plain / "vocab.txt", elsewhere / "words.txt")
    path = tmp_path / f"weights{suffix}"
    if suffix == ".pt":
        torch.save(state, path)
    else:
        save_file(state, path)
    options = {"config": elsewhere / "student.json", "vocab": elsewhere / "words.txt", "cased": False}
    assert_parity(export_to(path, "onnx", **options), "onnx", TEXTS, expected)


@pytest.mark.parametrize("family", ["bert", "distilbert"])
@pytest.mark.parametrize("file", ["model.safetensors", "pytorch_model.bin"])
@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision_weights(
    kind: torch.dtype, file: str, family: str, tmp_path: Path, export_to: Export
) -> None:
    """Transformers computes in float32 with the rounded weights, and so do the graphs."""
    config = bert_config() if family == "bert" else distilbert_config()
    tensors = (bert_tensors if family == "bert" else distilbert_tensors)(config)
    folder = write_checkpoint(tmp_path / "m", {**config, "dtype": str(kind).removeprefix("torch.")}, tensors)
    exact = transformers_answers(folder, TEXTS)
    rounded = {name: tensor.to(kind) for name, tensor in load_file(folder / "model.safetensors").items()}
    (folder / "model.safetensors").unlink()
    if file.endswith(".bin"):
        torch.save(rounded, folder / file)
    else:
        save_file(rounded, folder / file, {"format": "pt"})
    expected = transformers_answers(folder, TEXTS)
    assert difference(expected.logits, exact.logits) > 2 * FLOAT_TOLERANCE  # the rounding is felt
    assert_parity(export_to(folder, "onnx"), "onnx", TEXTS, expected)


def test_mixed_precision_in_one_file(tmp_path: Path, state: State, export_to: Export) -> None:
    kinds = (torch.float32, torch.float16, torch.bfloat16)
    folder = write_facts(tmp_path / "m", CONFIG)
    mixed = {name: state[name].to(kinds[number % 3]) for number, name in enumerate(sorted(state))}
    save_file(mixed, folder / "model.safetensors", {"format": "pt"})
    assert_parity(export_to(folder, "tflite"), "tflite", TEXTS, transformers_answers(folder, TEXTS))


def test_a_folder_that_transformers_saved(
    tmp_path: Path, plain: Path, expected: Answers, export_to: Export
) -> None:
    folder = tmp_path / "m"
    transformers_model(plain).save_pretrained(folder)
    AutoTokenizer.from_pretrained(plain).save_pretrained(folder)
    assert not (folder / "vocab.txt").exists()
    assert_parity(export_to(folder, "onnx"), "onnx", TEXTS, expected)


def test_the_state_dict_of_a_live_model(
    tmp_path: Path, plain: Path, expected: Answers, export_to: Export
) -> None:
    """It carries an attribute `_metadata`, and buffers where the model has some."""
    path = write_facts(tmp_path / "m", CONFIG) / "live.pt"
    live = transformers_model(plain).state_dict()
    assert hasattr(live, "_metadata")
    torch.save(live, path)
    assert_parity(export_to(path, "onnx"), "onnx", TEXTS, expected)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["onnx", "tflite"])
def test_shards_written_by_transformers(
    target: str, tmp_path: Path, plain: Path, expected: Answers, export_to: Export
) -> None:
    folder = write_facts(tmp_path / "m", CONFIG)
    transformers_model(plain).save_pretrained(folder, max_shard_size="10KB")
    assert len(list(folder.glob("model-*.safetensors"))) > 2
    assert_parity(export_to(folder, target), target, TEXTS, expected)
