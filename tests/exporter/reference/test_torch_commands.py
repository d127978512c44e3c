"""Hostile files of torch.save, given to the command: nothing in them is run."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from bad_inputs import QUERY, check_refusal, command, nothing_left
from safetensors.numpy import load_file

pytest_plugins = ("bad_fixtures",)

Spoil = Callable[[Path], object]


def _saved(make: Callable[[dict[str, object]], object], archive: bool = True) -> Spoil:
    def spoil(student: Path) -> None:
        state = {
            name: torch.from_numpy(v.copy()) for name, v in load_file(student / "model.safetensors").items()
        }
        (student / "model.safetensors").unlink()
        path = student / "pytorch_model.bin"
        torch.save(make(state), path, _use_new_zipfile_serialization=archive)

    return spoil


class _Shell:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch PWNED",)


def _expanded(state: dict[str, object]) -> dict[str, object]:
    return state | {QUERY: torch.zeros(1).expand(10**6, 10**7)}


def _bomb(student: Path) -> None:
    (student / "model.safetensors").unlink()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}.")
        with archive.open("archive/data/0", "w") as record:
            for _ in range(300):
                record.write(b"\0" * 1_000_000)
    (student / "pytorch_model.bin").write_bytes(file.getvalue())


@pytest.mark.slow  # torch's import takes longer than anything else here
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(_saved(lambda state: state | {"x": _Shell()}), "nothing was run", id="a pickle"),
        pytest.param(
            _saved(lambda state: state | {"x": _Shell()}, archive=False),
            "nothing was run",
            id="a legacy pickle",
        ),
        pytest.param(_saved(_expanded), "more than the file holds", id="terabytes by stride"),
        pytest.param(_bomb, "unpacks to more than its size", id="a zip bomb"),
    ],
)
def test_a_refusal_is_cheap(spoil: Spoil, words: str, student: Path) -> None:
    spoil(student)
    with nothing_left(Path.cwd()):
        check_refusal(command("litebert-export", "student"), words)
    assert not Path("PWNED").exists()
