"""A wheel of the code that answers and measures, so that a device runs the same code as this machine."""

from __future__ import annotations

import hashlib
import io
import zipfile
from base64 import urlsafe_b64encode
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import litebert
from litebert.errors import InputError

_PACKAGES = (Path(litebert.__file__).parent, Path(__file__).parents[1])
_STAYS = ("litebert/tools/", "litebert/__main__.py")  # for people at a terminal
_GOES = ("litebert_bench/__init__.py", "litebert_bench/measure/")  # and nothing else of the benchmarks
_WHEEL = "Wheel-Version: 1.0\nGenerator: litebert\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def pack_wheel() -> tuple[str, bytes]:
    """The name and the bytes of a wheel of the runtime's core and of `litebert_bench.measure`.

    The same files give the same bytes. The dependencies are those of this installation. The form is that of
    the binary distribution format (PyPA specifications, version 1.0).

    Raises:
        InputError: litebert was not installed by pip, so that its dependencies are unknown.
    """
    try:
        installed = distribution("litebert")
    except PackageNotFoundError as error:
        raise InputError(
            f"{_PACKAGES[0]}: not installed by pip; use pip install -e in its checkout"
        ) from error
    facts = f"litebert-{installed.version}.dist-info"
    files = {
        name: path.read_bytes()
        for package in _PACKAGES
        for path in sorted(package.rglob("*"))
        if _belongs(name := path.relative_to(package.parent).as_posix(), path)
    }
    files |= {f"{facts}/{name}": text.encode() for name, text in _facts(installed).items()}
    record = [f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in files.items()]
    files[f"{facts}/RECORD"] = "".join([*record, f"{facts}/RECORD,,\n"]).encode()
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:  # not compressed: zlib's versions differ in bytes
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)  # of 1980
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return f"litebert-{installed.version}-py3-none-any.whl", memory.getvalue()


def _belongs(name: str, path: Path) -> bool:
    """Whether a file goes into the wheel: a module, not a file that an editor or a user left there."""
    goes = name.startswith(_GOES) if name.startswith("litebert_bench/") else not name.startswith(_STAYS)
    return (
        goes
        and path.suffix == ".py"
        and path.stem.isidentifier()
        and path.is_file()
        and not path.is_symlink()
    )


def _facts(installed: Distribution) -> dict[str, str]:
    """The texts beside the package, by name."""
    licences = installed.metadata.get_all("License-File") or []
    texts = {f"licenses/{name}": installed.read_text(f"licenses/{name}") for name in licences}
    texts |= {"METADATA": installed.read_text("METADATA") or installed.read_text("PKG-INFO"), "WHEEL": _WHEEL}
    return {name: text for name, text in sorted(texts.items()) if text is not None}


def _digest(data: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
