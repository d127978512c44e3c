"""Other forms of a model in place of a checkpoint: each is taken, or named with the one next step."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bad_inputs import Refuse, change_json
from safetensors.numpy import load_file, save_file
from students import bert_config, write_facts

from litebert import CheckpointError, InputError, LiteBertError, UnsupportedModelError
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.checkpoint_reader import read_checkpoint
from litebert_exporter.export_cli import main

pytest_plugins = ("bad_fixtures",)

WEIGHTS = "model.safetensors"
ORIGIN = "take the checkpoint it was made from: model.safetensors or pytorch_model.bin"
SAVE_AGAIN = "call save_pretrained('NEW')"


def _told(path: Path | str) -> str:
    with pytest.raises(LiteBertError) as caught:
        read_checkpoint(Path(path))
    return str(caught.value)


def _save_torch(student: Path, *names: str) -> None:
    tensors = {name: torch.from_numpy(values) for name, values in load_file(student / WEIGHTS).items()}
    (student / WEIGHTS).unlink()
    for name in names:
        torch.save(tensors, student / name)


def _same(one: Checkpoint, other: Checkpoint) -> bool:
    return one.tensors.keys() == other.tensors.keys() and all(
        np.array_equal(values, other.tensors[name]) for name, values in one.tensors.items()
    )


# Weights under other names.


@pytest.mark.parametrize(
    "name",
    [
        "fastbert_model.bin",
        "best.pt",
        "mp_rank_00_model_states.pt",
        "epoch=3-step=1000.ckpt",
        "model.pth.tar",
        "model.pkl",
    ],
)
def test_the_only_weights_file_is_taken(name: str, student: Path, capfd: pytest.CaptureFixture[str]) -> None:
    whole = read_checkpoint(student)
    _save_torch(student, name)
    for state in ("optimizer.pt", "scheduler.pt", "rng_state_0.pth", "scaler.pt", "training_args.bin"):
        (student / state).write_bytes(b"no weights")
    assert _same(read_checkpoint(student), whole)
    if name == "best.pt":
        assert main(["student", "--target", "onnx", "-o", "out", "--json"]) == 0
        shown = capfd.readouterr()
        assert "read: weights taken from best.pt\n" in shown.err
        assert json.loads(shown.out)["notes"] == ["weights taken from best.pt"]


def test_a_variant_is_taken(student: Path) -> None:
    (student / WEIGHTS).rename(student / "model.fp16.safetensors")
    assert read_checkpoint(student).notes == ("weights taken from model.fp16.safetensors",)


def test_of_two_formats_the_first_is_taken_and_named(student: Path) -> None:
    whole = load_file(student / WEIGHTS)
    _save_torch(student, "pytorch_model.bin")
    save_file({name: values + 1 for name, values in whole.items()}, student / WEIGHTS)
    read = read_checkpoint(student)
    assert np.array_equal(read.tensors["classifier.bias"], whole["classifier.bias"] + 1)
    assert read.notes == ("weights taken from model.safetensors, not from pytorch_model.bin beside it",)


@pytest.mark.parametrize("name", ["adapter_model.safetensors", f"{WEIGHTS}.index.json"])
def test_what_would_change_the_weights_is_named(name: str, student: Path) -> None:
    (student / name).touch()
    assert read_checkpoint(student).notes == (f"weights taken from {WEIGHTS}, not from {name} beside it",)


def test_a_weights_file_of_any_name(student: Path, refuse_export: Refuse) -> None:
    whole = read_checkpoint(student)
    _save_torch(student, "best")
    assert _same(read_checkpoint(student / "best"), whole)
    (student / "best").write_bytes(b"PK\x03\x04" + b"\0" * 40)
    assert "student/best: expected a folder or a regular file ending in" in refuse_export(
        InputError, "student/best"
    )


def test_several_weights_files_are_listed(student: Path, refuse_export: Refuse) -> None:
    _save_torch(student, "last.ckpt", "epoch=1.ckpt")
    line = refuse_export(CheckpointError, "student")
    assert "2 weights files (epoch=1.ckpt, last.ckpt), expected one or model.safetensors or " in line
    assert "name the one you mean, such as student/epoch=1.ckpt" in line


def test_a_trainings_state_is_no_weights(student: Path) -> None:
    (student / WEIGHTS).rename(student / "optimizer.pt")
    (student / "training_args.bin").touch()
    assert "no weights in it, expected the file " in _told(student)
    assert "(optimizer.pt, training_args.bin hold none); save the model there" in _told(student)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt"])
def test_a_safetensors_file_of_another_name(name: str, student: Path) -> None:
    whole = read_checkpoint(student)
    (student / WEIGHTS).rename(student / name)
    assert _same(read_checkpoint(student), whole)


def test_a_file_of_torch_of_another_name(student: Path) -> None:
    _save_torch(student, WEIGHTS)
    assert "model.safetensors: a file of torch.save, not of safetensors; rename it to end in .pt" in _told(
        student
    )


# Shards and their index.


def _sharded(student: Path, **changes: str | None) -> dict[str, str]:
    """Splits the weights into two files; changes are to the index, where None leaves one out."""
    tensors = load_file(student / WEIGHTS)
    (student / WEIGHTS).unlink()
    first = {name for name in tensors if name.startswith("bert.e")}
    names = {name: f"model-0000{1 if name in first else 2}-of-00002.safetensors" for name in tensors}
    for shard in set(names.values()):
        save_file({name: tensors[name] for name in names if names[name] == shard}, student / shard)
    changed = names | {name.replace("__", "."): value for name, value in changes.items()}
    said = {name: value for name, value in changed.items() if value is not None}
    change_json(student / f"{WEIGHTS}.index.json", metadata={"total_size": 3}, weight_map=said)
    return names


def test_a_sound_index(student: Path) -> None:
    whole = read_checkpoint(student)
    _sharded(student)
    assert _same(read_checkpoint(student), whole) and read_checkpoint(student).notes == ()


ONE, TWO = (f"model-0000{number}-of-00002.safetensors" for number in (1, 2))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"classifier__weight": ONE}, f"classifier.weight is in {TWO}, expected in {ONE}"),
        ({"classifier__scale": TWO}, f"classifier.scale is in no shard, expected in {TWO}"),
        ({"classifier__weight": None}, f"classifier.weight is in {TWO}, expected in none"),
        ({"classifier__x": "model-00003-of-00003.safetensors"}, "it names shards of 00002 and of 00003"),
    ],
    ids=["another shard", "no shard", "not in the index", "of another run"],
)
def test_an_index_that_contradicts_its_shards(
    changes: dict[str, str | None], words: str, student: Path, refuse_export: Refuse
) -> None:
    _sharded(student, **changes)
    save_file({"classifier.x": np.ones(2, np.float32)}, student / "model-00003-of-00003.safetensors")
    line = refuse_export(CheckpointError, "student")
    assert "student/model.safetensors.index.json: contradicts its shards" in line and words in line
    assert "save the model again, or download all of them again" in line


def test_a_stale_index_names_the_shard_beside_it(student: Path) -> None:
    names = _sharded(student)
    change_json(student / f"{WEIGHTS}.index.json", weight_map=dict.fromkeys(names, ONE))
    assert f"({TWO} beside it, which it does not name): " in _told(student)


def test_shards_without_their_index(student: Path) -> None:
    _sharded(student)
    (student / f"{WEIGHTS}.index.json").unlink()
    assert f"{ONE}, {TWO} without the index model.safetensors.index.json" in _told(student)
    (student / ONE).unlink()
    assert f"{TWO} without the index model.safetensors.index.json" in _told(student)


# Other formats.

FORMS = [
    (["tf_model.h5"], "a TensorFlow model (tf_model.h5)", "transformers==4.49.0 torch tensorflow tf-keras"),
    (["flax_model.msgpack"], "a Flax model (flax_model.msgpack)", "transformers==4.49.0 torch flax jax"),
    (
        ["bert_model.ckpt.data-00000-of-00001", "bert_model.ckpt.index", "bert_model.ckpt.meta"],
        "a TensorFlow 1 checkpoint (bert_model.ckpt.index)",
        "docs/troubleshooting.md",
    ),
    (["model.ckpt-99.meta", "model.ckpt-99.index"], "a TensorFlow 1 checkpoint", "docs/troubleshooting.md"),
    (["saved_model/1/saved_model.pb"], "a TensorFlow SavedModel (saved_model/1/saved_model.pb)", SAVE_AGAIN),
    (["weights.h5"], "a Keras file", SAVE_AGAIN),
    (["model.onnx", "vocab.json"], "an ONNX graph (model.onnx)", ORIGIN),
    (["onnx/model_quantized.onnx"], "an ONNX graph (onnx/model_quantized.onnx)", ORIGIN),
    (["openvino_model.bin", "openvino_model.xml"], "an OpenVINO graph", ORIGIN),
    (["model.mlmodel"], "a Core ML graph", ORIGIN),
    (["coreml/model.mlpackage/x"], "a Core ML graph", ORIGIN),
    (["model.tflite"], "a TFLite graph", ORIGIN),
    (["model.gguf"], "a GGUF file of llama.cpp", ORIGIN),
    (["rust_model.ot"], "weights for rust-bert", ORIGIN),
    (["model_state.pdparams"], "weights of PaddlePaddle", ORIGIN),
    (["zero_to_fp32.py", "global_step9/x_optim_states.pt"], "of DeepSpeed", "python zero_to_fp32.py . NEW"),
    (["pytorch_model_fsdp_0/__0_0.distcp"], "of FSDP", "merge-weights student/pytorch_model_fsdp_0 NEW"),
    (["student.zip"], "an archive (student.zip)", "unpack it"),
    (["model.pkl"], "a pickle, which would run code", SAVE_AGAIN),
    (
        ["golden.json", "manifest.json"],
        "an artifact that litebert-export has written",
        "litebert run student",
    ),
    (["adapter_config.json", "adapter_model.safetensors"], "an adapter of peft", "merge_and_unload()"),
]


@pytest.mark.parametrize(("files", "found", "cure"), FORMS, ids=[files[0] for files, _, _ in FORMS])
def test_another_format_is_named(files: list[str], found: str, cure: str, student: Path) -> None:
    (student / WEIGHTS).unlink()
    for name in files:
        (student / name).parent.mkdir(parents=True, exist_ok=True)
        (student / name).touch()
    told = _told(student)
    assert told.startswith("student: ") and found in told and "; " in told and cure in told


@pytest.mark.parametrize("name", ["model.onnx", "tf_model.h5", "a.zip", "a.tar.gz", "openvino_model.bin"])
def test_a_file_of_another_format_is_named(name: str, student: Path, refuse_export: Refuse) -> None:
    Path(name).touch()
    assert f"error: {name}: a" in refuse_export(InputError, name)


def test_a_tensorflow_1_checkpoint_by_its_own_name(student: Path, refuse_export: Refuse) -> None:
    Path("model.ckpt-9.index").touch()
    assert "model.ckpt-9.index: a TensorFlow 1 checkpoint" in refuse_export(InputError, "model.ckpt-9")


@pytest.mark.parametrize(("dialect", "found"), [("tf", "a TensorFlow model"), ("flax", "a Flax model")])
def test_safetensors_of_another_framework(dialect: str, found: str, student: Path) -> None:
    save_file({"bert/classifier/kernel": np.ones((2, 2))}, student / WEIGHTS, metadata={"format": dialect})
    assert f"student/model.safetensors: {found}" in _told(student)


def test_a_setfit_model(student: Path, refuse_export: Refuse) -> None:
    (student / "config_setfit.json").write_text("{}", encoding="utf-8")
    (student / "model_head.pkl").touch()
    line = refuse_export(UnsupportedModelError, "student")
    assert "a SetFit model, whose classifier is a pickle" in line
    assert "AutoModelForSequenceClassification.from_pretrained('student')" in line


@pytest.mark.parametrize("model_type", ["bert", None])
def test_a_config_of_the_old_name(model_type: str | None, student: Path) -> None:
    (student / "config.json").unlink()
    write_facts(Path("other"), bert_config(model_type=model_type, architectures=None))
    Path("other/config.json").rename(student / "bert_config.json")
    assert read_checkpoint(student).config == bert_config(model_type=model_type, architectures=None)
    assert read_checkpoint(student).notes == ("config taken from bert_config.json",)


# Folders of checkpoints.


def _trainer_output(root: Path, *steps: int, best: str | None = None) -> None:
    for step in steps:
        folder = root / f"checkpoint-{step}"
        folder.mkdir(parents=True)
        (folder / WEIGHTS).touch()
        change_json(folder / "trainer_state.json", best_model_checkpoint=best)


@pytest.mark.parametrize(
    ("best", "words"),
    [
        (None, "name the newest: out/checkpoint-1000"),
        ("out/checkpoint-500", "best as checkpoint-1000/trainer_state.json says: out/checkpoint-500"),
        ("C:\\run\\checkpoint-500", "best as checkpoint-1000/trainer_state.json says: out/checkpoint-500"),
        ("out/checkpoint-9", "name the newest: out/checkpoint-1000"),
    ],
)
def test_the_output_of_a_trainer(best: str | None, words: str, student: Path) -> None:
    _trainer_output(Path("out"), 500, 1000, best=best)
    Path("out/checkpoint-2000").mkdir()
    for name in ("training_args.bin", "checkpoint-3000"):
        (Path("out") / name).touch()
    told = _told("out")
    assert "out: the output of a Trainer, with 3 checkpoints in it; " in told and words in told


def test_a_trainers_state_that_is_damaged(student: Path) -> None:
    _trainer_output(Path("out"), 9)
    state = Path("out/checkpoint-9/trainer_state.json")
    state.write_text("junk", encoding="utf-8")
    assert "with 1 checkpoint in it; name the newest: out/checkpoint-9" in _told("out")
    state.unlink()
    os.mkfifo(state)
    assert "with 1 checkpoint in it; name the newest: out/checkpoint-9" in _told("out")


def _hub_cache(
    student: Path, root: Path, model: str = "models--org--tiny-bert", commit: str = "0a1b"
) -> Path:
    """The snapshot of a student in a hub's cache, which holds links to blobs."""
    snapshot, blobs = root / model / "snapshots" / commit, root / model / "blobs"
    for folder in (snapshot, blobs, root / model / "refs"):
        folder.mkdir(parents=True, exist_ok=True)
    (root / model / "refs/main").write_text(commit, encoding="utf-8")
    for path in filter(Path.is_file, student.iterdir()):  # other tests export into the shared checkpoint
        blob = f"{commit}{path.name.encode().hex()}"
        shutil.copyfile(path, blobs / blob)
        (snapshot / path.name).symlink_to(f"../../blobs/{blob}")
    return snapshot


def test_a_snapshot_is_read_and_called_as_its_model(student: Path) -> None:
    snapshot = _hub_cache(student, Path("hub"))
    assert _same(read_checkpoint(snapshot), read_checkpoint(student))
    assert [read_checkpoint(path).name for path in (snapshot, snapshot / WEIGHTS)] == ["tiny-bert"] * 2
    Path("mine").symlink_to(snapshot)
    assert read_checkpoint(Path("mine")).name == "mine"


def test_a_cache_names_its_snapshot(student: Path) -> None:
    _hub_cache(student, Path("cache/hub"), commit="ffff")
    snapshot = _hub_cache(student, Path("cache/hub"))
    model = snapshot.parents[1]
    for path in (model, model / "snapshots", model / "blobs"):
        assert _told(path) == f"{path}: a hub's cache of org/tiny-bert; name its snapshot: {snapshot}"
    for path in (Path("cache"), Path("cache/hub")):
        assert _told(path) == f"{path}: a hub's cache; name the one checkpoint in it: {snapshot}"
    other = _hub_cache(student, Path("cache/hub"), "models--bert-base")
    assert f"one of the 2 checkpoints in it: {other}, {snapshot}" in _told("cache/hub")


@pytest.mark.parametrize("content", [b"", b"\xff", b"a" * 1000])
def test_a_cache_whose_ref_is_damaged(student: Path, content: bytes) -> None:
    snapshot = _hub_cache(student, Path("hub"))
    (snapshot.parents[1] / "refs/main").write_bytes(content)
    assert f"name its snapshot: {snapshot}" in _told(snapshot.parents[1])


def test_a_download_that_has_not_finished(student: Path) -> None:
    snapshot = _hub_cache(student, Path("hub"))
    (snapshot / WEIGHTS).resolve().unlink()
    assert f"{snapshot}: model.safetensors in it is a link to nothing; download it again (hf " in _told(
        snapshot
    )
    (snapshot / WEIGHTS).unlink()
    (snapshot.parents[1] / "blobs/0123.incomplete").touch()
    for path in (snapshot, snapshot.parents[1], Path("hub")):
        assert "(1 of its files begun); finish the download with hf download org/tiny-bert" in _told(path)


def test_a_download_to_a_folder_that_has_not_finished(student: Path) -> None:
    (student / WEIGHTS).unlink()
    (student / ".cache/huggingface/download").mkdir(parents=True)
    (student / ".cache/huggingface/download/0123.incomplete").touch()
    assert "finish the download with hf download NAME --local-dir student" in _told(student)


@pytest.mark.parametrize(
    "make", [lambda link: link.symlink_to("nothing"), lambda link: link.symlink_to(link.name)]
)
def test_weights_that_are_a_link_to_nothing(make: Callable[[Path], Any], student: Path) -> None:
    (student / WEIGHTS).unlink()
    make(student / WEIGHTS)
    assert "student: model.safetensors in it is a link to nothing; copy the folder with" in _told(student)


def test_a_folder_of_folders(student: Path) -> None:
    shutil.copytree(student, "all/run/final")
    assert _told("all") == "all: no weights of its own; name the one checkpoint in it: all/run/final"
    shutil.copytree(student, "all/other")
    assert "one of the 2 checkpoints in it: all/other, all/run/final" in _told("all")


# Quantized by another tool.


def _codes(student: Path, name: str, codes: np.ndarray) -> None:
    tensors = load_file(student / WEIGHTS)
    del tensors["classifier.weight"]
    save_file({**tensors, name: codes}, student / WEIGHTS)


@pytest.mark.parametrize(
    ("config", "name", "codes", "words"),
    [
        (
            {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4"},
            "classifier.weight",
            np.ones((4, 1), np.uint8),
            "quantized by bitsandbytes, 4 bits, ",
        ),
        ({"load_in_8bit": True}, "classifier.weight", np.ones((4, 1), np.int8), "by bitsandbytes, 8 bits, "),
        ({"quant_method": "gptq", "bits": 4}, "a.qweight", np.ones((4, 1), np.int32), "by gptq, 4 bits, "),
        ({"quant_method": "awq", "bits": 4}, "a.qweight", np.ones((4, 1), np.int32), "by awq, 4 bits, "),
        ({"quant_method": "torchao"}, "classifier.weight", np.ones((4, 1), np.int8), "by torchao, "),
        (
            {"quant_method": "compressed-tensors"},
            "a.weight_packed",
            np.ones((4, 1), np.int32),
            "by compressed-",
        ),
        ({"quant_method": "quanto"}, "a.weight._data", np.ones((4, 1), np.uint8), "by quanto, "),
        (None, "a.qweight", np.ones((4, 1), np.int32), "by GPTQ or AWQ, "),
    ],
    ids=["nf4", "bnb8", "gptq", "awq", "torchao", "compressed", "quanto", "no config"],
)
def test_quantized_weights(
    config: Any, name: str, codes: np.ndarray, words: str, student: Path, refuse_export: Refuse
) -> None:
    change_json(student / "config.json", **({} if config is None else {"quantization_config": config}))
    _codes(student, name, codes)
    line = refuse_export(UnsupportedModelError, "student")
    assert words in line and "expected floating-point weights; " in line
    undone = "model.dequantize(); torch.save(model.state_dict(), 'student/dequantized.pt')"
    assert (undone if "bitsandbytes" in line else "take the float model it was made from") in line


def test_quantized_weights_with_a_config_of_auto_gptq(student: Path) -> None:
    _codes(student, "a.qweight", np.ones((4, 1), np.int32))
    (student / WEIGHTS).rename(student / "gptq_model-4bit-128g.safetensors")
    change_json(student / "quantize_config.json", bits=4)
    assert "student: quantized by GPTQ, expected " in _told(student)


def test_weights_that_torch_has_quantized(student: Path) -> None:
    (student / WEIGHTS).unlink()
    name = "classifier._packed_params.dtype"
    torch.save({"a": torch.ones(2), name: torch.qint8}, student / "pytorch_model.bin")
    assert f"holds weights that torch quantized ('{name}'), expected" in _told(student)


@pytest.mark.parametrize("stated", [{"quant_method": "bitsandbytes"}, {}, None, [], "gptq"])
def test_weights_that_are_no_codes_with_any_config(stated: object, student: Path) -> None:
    """As after `model.dequantize()`, where the config may stay."""
    whole = read_checkpoint(student)
    change_json(student / "config.json", quantization_config=stated)
    assert _same(read_checkpoint(student), whole)


def test_a_folder_that_cannot_be_walked_is_no_traceback(student: Path) -> None:
    Path("loop").mkdir()
    (Path("loop") / "loop").symlink_to(os.curdir)
    os.mkfifo("loop/pipe.bin")
    assert "loop: no weights in it, expected the file model.safetensors" in _told("loop")
