"""Hostile and damaged files of torch.save: nothing in them is run, and none is believed."""

from __future__ import annotations

import argparse
import io
import os
import pickle
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bad_inputs import QUERY, Refuse
from safetensors.numpy import load_file

from litebert import CheckpointError, MissingExtraError, UnsupportedModelError
from litebert_exporter.export_cli import main

pytest_plugins = ("bad_fixtures",)

pytestmark = [  # torch's own, about the tensors made here
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

FORMATS = [pytest.param(True, id="archive"), pytest.param(False, id="legacy")]
SAVE_AGAIN = "save it with torch.save(model.state_dict(), FILE)"


class Calls:
    """Pickles into a call of a function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        """Args: the function and what it is called with."""
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def _state(student: Path, **more: Any) -> dict[str, Any]:
    """The student's state dict, with more in it."""
    tensors = load_file(student / "model.safetensors")
    return {name: torch.from_numpy(values.copy()) for name, values in tensors.items()} | more


def _save(student: Path, content: Any, archive: bool = True) -> None:
    """Puts a file of torch.save in the place of the weights."""
    (student / "model.safetensors").unlink(missing_ok=True)
    torch.save(content, student / "pytorch_model.bin", _use_new_zipfile_serialization=archive)


def _bytes(student: Path) -> bytes:
    """The student as torch.save writes it."""
    file = io.BytesIO()
    torch.save(_state(student), file)
    return file.getvalue()


def _write(student: Path, content: bytes) -> None:
    (student / "model.safetensors").unlink()
    (student / "pytorch_model.bin").write_bytes(content)


@pytest.mark.parametrize("archive", FORMATS)
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: Calls(os.system, "touch PWNED"), "posix.system"),
        (lambda: Calls(eval, "open('PWNED', 'w')"), "eval"),
        (lambda: Calls(exec, "open('PWNED', 'w')"), "exec"),
        (lambda: Calls(open, "PWNED", "w"), "io.open"),
        (lambda: Calls(Path("PWNED").touch), "getattr"),
    ],
)
def test_a_pickle_that_runs_something(
    make: Callable[[], Any], name: str, archive: bool, student: Path, refuse_export: Refuse
) -> None:
    _save(student, _state(student, x=make()), archive)
    line = refuse_export(CheckpointError, "student")
    assert f"student/pytorch_model.bin: holds {name}, which would run" in line and "nothing was run" in line
    assert not Path("PWNED").exists()
    if name != "io.open":
        assert "do not use it" in line and "weights_only=False" not in line


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_a_bare_pickle_that_runs_something(protocol: int, student: Path, refuse_export: Refuse) -> None:
    _write(student, pickle.dumps(Calls(os.system, "touch PWNED"), protocol))
    line = refuse_export(CheckpointError, "student")
    assert "nothing was run" in line and "weights_only" not in line and not Path("PWNED").exists()


@pytest.mark.parametrize("archive", FORMATS)
def test_a_whole_module(archive: bool, student: Path, refuse_export: Refuse) -> None:
    _save(student, torch.nn.Linear(2, 2), archive)
    line = refuse_export(CheckpointError, "student")
    assert "holds torch.nn.modules.linear.Linear, which would run code; nothing was run" in line
    assert (
        "torch.load('pytorch_model.bin', weights_only=False); torch.save(model.state_dict(), 'state.pt')"
        in line
    )


@pytest.mark.parametrize("archive", FORMATS)
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: [torch.zeros(2)], "holds a list"),
        (lambda: (torch.zeros(2),), "holds a tuple"),
        (lambda: torch.zeros(2), "holds a Tensor"),
        (lambda: {}, "holds a dict"),
        (lambda: None, "holds a NoneType"),
        (lambda: "text", "holds a str"),
        (lambda: {"model": {"a": {"b": 1}}}, "holds a dictionary with 'a'"),
        (lambda: {"state_dict": {}}, "holds a dict"),
        (lambda: {"epoch": 3, "best": 0.9}, "holds a dictionary with 'epoch', 'best'"),
        (lambda: {1: torch.zeros(2), "a": torch.zeros(2)}, "holds a dictionary with 1"),
        (lambda: {float("nan"): torch.zeros(2)}, "holds a dictionary with nan"),
        (lambda: {"a\nerror: b\x1b[31m": 3}, "holds a dictionary with 'a\\nerror: b\\x1b[31m'"),
        (lambda: {"k" * 1_000_000: 3}, "holds a dictionary with 'kkk"),
    ],
)
def test_no_state_dict(
    make: Callable[[], Any], words: str, archive: bool, student: Path, refuse_export: Refuse
) -> None:
    _save(student, make(), archive)
    line = refuse_export(CheckpointError, "student")
    assert (
        words in line
        and "expected a state dict, alone or under model_state_dict or" in line
        and SAVE_AGAIN in line
    )


SPECIAL = "is sparse, quantized, complex or otherwise special"


@pytest.mark.parametrize("archive", FORMATS)
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: torch.zeros(1).expand(10**6, 10**6),
            "x claims shape [1000000, 1000000], more than the file holds",
        ),
        (lambda: torch.eye(4).to_sparse(), f"x {SPECIAL}"),
        (lambda: torch.eye(4).to_sparse_csr(), f"x {SPECIAL}"),
        (lambda: torch.quantize_per_tensor(torch.zeros(3), 1.0, 0, torch.qint8), f"x {SPECIAL}"),
        (lambda: torch.zeros(3, dtype=torch.complex64), f"x {SPECIAL}"),
        (lambda: torch.zeros(3, device="meta"), f"x {SPECIAL}"),
        (lambda: torch._neg_view(torch.zeros(2)), f"x {SPECIAL}"),
        (lambda: torch.zeros([1] * 65), f"x {SPECIAL}"),
        (lambda: torch.zeros([1] * 102), f"x {SPECIAL}"),
        (lambda: torch.zeros(0, 2**62 - 1), f"x {SPECIAL}"),
        (lambda: torch.zeros(3, dtype=torch.float64), "x is float64; expected float32, float16 or bfloat16"),
        (lambda: torch.zeros(3), "1 left over (x)"),
    ],
)
def test_tensors_of_special_kinds(
    make: Callable[[], Any], words: str, archive: bool, student: Path, refuse_export: Refuse
) -> None:
    _save(student, _state(student, x=make()), archive)
    assert words in refuse_export(CheckpointError, "student")


def test_tensors_of_8_bits(student: Path, refuse_export: Refuse) -> None:
    _save(student, _state(student, x=torch.zeros(3).to(torch.float8_e4m3fn)))
    assert "x is float8_e4m3fn; expected float32" in refuse_export(CheckpointError, "student")


@pytest.mark.parametrize("archive", FORMATS)
def test_a_weight_of_one_number_repeated(archive: bool, student: Path, refuse_export: Refuse) -> None:
    _save(student, _state(student, **{QUERY: torch.zeros(1).expand(24, 24)}), archive)
    assert f"{QUERY} claims shape [24, 24]" in refuse_export(CheckpointError, "student")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(bytes(range(256)) * 20, id="bytes"),
        pytest.param(b"\0" * 5000, id="zeros"),
        pytest.param(b"hello world", id="text"),
        pytest.param(pickle.dumps({"a": 1}), id="a pickle of Python's"),
        pytest.param(b"PK\x03\x04", id="start of an archive"),
    ],
)
def test_no_file_of_torch(content: bytes, student: Path, refuse_export: Refuse) -> None:
    _write(student, content)
    line = refuse_export(CheckpointError, "student")
    assert (
        "student/pytorch_model.bin: " in line and "download it again" in line and "weights_only" not in line
    )


@pytest.mark.parametrize("kept", [10, 100, 5000, -1, -22, -30, -100])
def test_a_truncated_archive(kept: int, student: Path, refuse_export: Refuse) -> None:
    _write(student, _bytes(student)[:kept])
    assert "a damaged archive (File is not a zip file); download it again" in refuse_export(
        CheckpointError, "student"
    )


@pytest.mark.parametrize("archive", FORMATS)
def test_a_call_for_gigabytes_of_zeros(archive: bool, student: Path, refuse_export: Refuse) -> None:
    """By itself torch lets `bytearray(10**10)` through; this one would fail the test by memory and time."""
    _save(student, {"model": _state(student), "more": Calls(bytearray, 10**11)}, archive)
    assert "holds a bytearray" in refuse_export(CheckpointError, "student")


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_a_truncated_legacy_file(kept: float, student: Path, refuse_export: Refuse) -> None:
    _save(student, _state(student), archive=False)
    path = student / "pytorch_model.bin"
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    assert "or a damaged one" in refuse_export(CheckpointError, "student")


def test_a_flipped_byte(student: Path, refuse_export: Refuse) -> None:
    content = bytearray(_bytes(student))
    weights = load_file(student / "model.safetensors")["classifier.weight"]
    content[content.index(weights.tobytes()) + 50] ^= 1
    _write(student, bytes(content))
    assert "a damaged archive (checksum of " in refuse_export(CheckpointError, "student")


def _repacked(student: Path, method: int, bomb_bytes: int = 0) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_bytes(student))) as old, zipfile.ZipFile(packed, "w", method) as new:
        for record in old.infolist():
            new.writestr(record.filename, old.read(record))
        if bomb_bytes:
            new.writestr("archive/data/bomb", b"\0" * bomb_bytes)
    return packed.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("bomb_bytes", [0, 50_000_000])
def test_a_compressed_archive(method: int, bomb_bytes: int, student: Path, refuse_export: Refuse) -> None:
    _write(student, _repacked(student, method, bomb_bytes))
    assert "an archive that unpacks to more than its size" in refuse_export(CheckpointError, "student")


def test_an_archive_that_lies_about_sizes(student: Path, refuse_export: Refuse) -> None:
    content = bytearray(_bytes(student))
    entry = content.rfind(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 0xFFFFFFF0)
    _write(student, bytes(content))
    assert "unpacks to more than its size" in refuse_export(CheckpointError, "student")


def test_a_torchscript_program(student: Path, refuse_export: Refuse) -> None:
    (student / "model.safetensors").unlink()
    torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2)).save(student / "pytorch_model.bin")
    assert SAVE_AGAIN in refuse_export(CheckpointError, "student")


def _archive(pickled: bytes) -> bytes:
    """An archive as torch lays it out, around a pickle of one's own making."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/byteorder", "little")
        archive.writestr("archive/data/0", b"\0" * 4)
        archive.writestr("archive/version", "3\n")
    return file.getvalue()


def _tensor(elements: int, size: list[int], stride: list[int], offset: int = 0) -> bytes:
    """The pickle of a state dict whose one tensor claims these numbers over a storage of 4 bytes."""

    def text(value: str) -> bytes:
        return b"X" + struct.pack("<I", len(value)) + value.encode()

    def number(value: int) -> bytes:
        length = value.bit_length() // 8 + 1
        return b"\x8a" + bytes([length]) + value.to_bytes(length, "little", signed=True)

    def numbers(values: list[int]) -> bytes:
        return b"(" + b"".join(map(number, values)) + b"t"

    storage = (
        b"("
        + text("storage")
        + b"ctorch\nFloatStorage\n"
        + text("0")
        + text("cpu")
        + number(elements)
        + b"tQ"
    )
    rest = number(offset) + numbers(size) + numbers(stride) + b"\x89ccollections\nOrderedDict\n)R"
    return b"\x80\x02}" + text("a") + b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + rest + b"tRs."


@pytest.mark.parametrize(
    "pickled",
    [
        pytest.param(_tensor(10**12, [10**12], [1]), id="a storage of terabytes"),
        pytest.param(_tensor(1, [100], [1]), id="a size beyond the storage"),
        pytest.param(_tensor(1, [1], [1], offset=10**9), id="an offset beyond the storage"),
        pytest.param(_tensor(1, [1], [1], offset=-1), id="a negative offset"),
        pytest.param(_tensor(1, [-1], [1]), id="a negative size"),
        pytest.param(_tensor(1, [2], [-1]), id="a negative stride"),
        pytest.param(_tensor(1, [2**62, 2**62], [0, 0]), id="a size that overflows"),
        pytest.param(_tensor(1, [2**40], [0]), id="terabytes of one number"),
        pytest.param(_tensor(1, [1] * 5000, [1] * 5000), id="5000 axes"),
        pytest.param(b"", id="no pickle"),
        pytest.param(b"\x80\x02", id="a pickle of nothing"),
        pytest.param(b"\x80\x02X\xff\xff\xff\xff", id="a string of 4 GB"),
        pytest.param(b"\x80\x02\x8b\xff\xff\xff\x7f", id="a number of 2 GB"),
        pytest.param(b"\x80\x02I" + b"9" * 100_000 + b"\n.", id="a number of 100000 digits"),
        pytest.param(b"\x80\x02h\x05.", id="an unknown memo"),
        pytest.param(b"\x80\x020.", id="an empty stack"),
        pytest.param(b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".", id="nested lists"),
        pytest.param(b"\x80\x02" + b"(" * 100_000 + b"t" * 100_000 + b".", id="nested tuples"),
        pytest.param(b"\x80\x02cos`x\x1b[31m\nsys`tem\n.", id="a name with escapes"),
        pytest.param(b"\x80\x04\x8c\x02os\x8c\x06system\x93.", id="a name from the stack"),
        pytest.param(b"\x80\x02(X\x02\x00\x00\x00hiios\nsystem\n.", id="an instance"),
    ],
)
def test_a_pickle_that_lies(pickled: bytes, student: Path, refuse_export: Refuse) -> None:
    _write(student, _archive(pickled))
    assert "student/pytorch_model.bin: " in refuse_export(CheckpointError, "student")


def test_the_archive_made_here_can_be_read(student: Path, refuse_export: Refuse) -> None:
    """So the refusals above are for the lies alone."""
    _write(student, _archive(_tensor(1, [1], [1])))
    assert "its tensors (a ...) fit no supported family" in refuse_export(UnsupportedModelError, "student")


def test_an_archive_without_a_pickle(student: Path, refuse_export: Refuse) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")
    _write(student, file.getvalue())
    assert "not a file of tensors that torch.save wrote" in refuse_export(CheckpointError, "student")


@pytest.mark.parametrize("archive", FORMATS)
@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda state: state, id="a state dict"),
        pytest.param(lambda state: {k: torch.nn.Parameter(v) for k, v in state.items()}, id="parameters"),
        pytest.param(
            lambda state: {
                "epoch": 3,
                "best": np.float64(0.5),
                "args": argparse.Namespace(rate=1e-3),
                "state_dict": state,
            },
            id="a training loop's dictionary",
        ),
        pytest.param(lambda state: {k: v.half() for k, v in state.items()}, id="float16"),
        pytest.param(lambda state: {k: v.bfloat16() for k, v in state.items()}, id="bfloat16"),
        pytest.param(lambda state: {f"module.{k}": v for k, v in state.items()}, id="wrapped"),
        pytest.param(lambda state: state | {QUERY: state[QUERY].T.contiguous().T}, id="another stride"),
        pytest.param(lambda state: state | {"bert.embeddings.position_ids": torch.arange(48)}, id="a buffer"),
    ],
)
def test_what_is_sound_is_read(
    wrap: Callable[[Any], Any], archive: bool, student: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _save(student, wrap(_state(student)), archive)
    assert main(["student", "--target", "onnx", "-o", "out"]) == 0, capfd.readouterr().err


def test_torch_is_absent(student: Path, refuse_export: Refuse, monkeypatch: pytest.MonkeyPatch) -> None:
    _save(student, _state(student))
    monkeypatch.setitem(sys.modules, "torch", None)
    line = refuse_export(MissingExtraError, "student")
    assert 'reading it needs torch; install it with pip install "litebert[torch]", or save the model' in line


@pytest.mark.parametrize("release", ["2.9.1", "2.5.0+cpu", "1.13.1"])
def test_torch_is_too_old_to_be_safe(
    release: str, student: Path, refuse_export: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    _save(student, _state(student))
    monkeypatch.setattr(torch, "__version__", release)
    line = refuse_export(MissingExtraError, "student")
    assert f"torch {release} can be made to run code" in line and "pip install -U" in line
