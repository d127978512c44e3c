"""What depends on the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from litebert.backends import onnx


@pytest.mark.parametrize(
    ("machine", "flags", "saturates"),
    [
        ("x86_64", "flags : fpu avx2 avx512f avx512_vnni", False),
        ("AMD64", "flags : avx2 avx_vnni", False),
        ("x86_64", "flags : fpu avx2 avx512f", True),
        ("x86_64", None, True),
        ("aarch64", "Features : asimd asimddp", False),
        ("arm64", None, False),
    ],
)
def test_exact_arithmetic_is_asked_for_where_sums_saturate(
    monkeypatch: pytest.MonkeyPatch, machine: str, flags: str | None, saturates: bool
) -> None:
    def read_text(self: Path, encoding: str) -> str:
        if flags is None:
            raise FileNotFoundError(self)
        return flags

    monkeypatch.setattr(onnx.platform, "machine", lambda: machine)
    monkeypatch.setattr(Path, "read_text", read_text)
    assert onnx._int8_sums_saturate() is saturates
