"""Files that are missing, changed, swapped or of another kind, and manifests that are none."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from damage import ANSWER, OPEN, TINY, VERIFY, Damage, Spoil, content, no_fact

from litebert.errors import UnsupportedFormatError

FILES = ("golden.json", "tokenizer.json", "onnx/whole.onnx", "onnx/weights.bin", "tflite/model.tflite")
_AGAIN = "export the model again"


def _made_anew(name: str, make: Callable[[Path, bytes], object]) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / name
        data = path.read_bytes()
        path.unlink()
        make(path, data)

    return spoil


_KINDS: dict[str, tuple[Callable[[Path, bytes], object], bool]] = {
    "a byte changed": (lambda path, data: path.write_bytes(data[:-1] + bytes([data[-1] ^ 1])), True),
    "truncated": (lambda path, data: path.write_bytes(data[:-1]), True),
    "extended": (lambda path, data: path.write_bytes(data + b"\0"), True),
    "empty": (lambda path, data: path.write_bytes(b""), True),
    "missing": (lambda path, data: None, True),
    "a folder": (lambda path, data: path.mkdir(), True),
    "a link to itself": (lambda path, data: path.symlink_to(path.name), False),
    "a link to nothing": (lambda path, data: path.symlink_to("nothing"), False),
    "a pipe": (lambda path, data: os.mkfifo(path), False),
    "a device": (lambda path, data: path.symlink_to("/dev/zero"), False),
}
_CHANGED = [
    Damage(f"file/{name}/{kind}", TINY, _made_anew(name, make), f"{name}: ", portable=portable)
    for name in FILES
    for kind, (make, portable) in _KINDS.items()
]


def _swapped(folder: Path) -> None:
    one, other = folder / "onnx/whole.onnx", folder / "tflite/model.tflite"
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(data)


def _linked(folder: Path) -> None:
    (folder / "onnx").rename(folder / "elsewhere")
    (folder / "onnx").symlink_to("elsewhere")


def _unlisted(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine", encoding="utf-8")


_FOLDERS = [
    Damage(
        "file/a folder that is a link", TINY, _linked, "a link or file, expected a folder", portable=False
    ),
    Damage("file/swapped", TINY, _swapped, "bytes, the manifest says"),
    Damage("file/not listed", TINY, _unlisted, error=None),
    Damage("file/a pipe not listed", TINY, lambda f: os.mkfifo(f / "pipe"), error=None, portable=False),
    Damage(
        "file/weights that are not listed", TINY, no_fact(("files", "onnx/weights.bin")), "which is none of"
    ),
]

_NO_MANIFESTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not readable as JSON"),
    "junk": (b"junk", "not readable as JSON"),
    "no UTF-8": (b"\xff", "not readable as JSON"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "not readable as JSON"),
    "nested": (b"[" * 100_000, "not readable as JSON"),
    "nested in an object": (b'{"format_version": 3, "a": ' + b"[" * 5000 + b"]" * 5000 + b"}", ""),
    "a number of 10,000 digits": (b'{"format_version": ' + b"9" * 10_000 + b"}", "not readable as JSON"),
    "a list": (b"[]", "not a JSON object"),
    "null": (b"null", "not a JSON object"),
    "an empty object": (b"{}", "format_version is None"),
    "a version that is a string": (b'{"format_version": "1"}', "format_version is '1'"),
    "format 1": (b'{"format_version": 1}', "format_version 1, this litebert reads 3"),
    "format 2": (b'{"format_version": 2}', "format_version 2, this litebert reads 3"),
    "no seal": (b'{"format_version": 3}', "its digest does not match"),
    "an infinite number": (b'{"format_version": 3, "a": 1e999}', "holds the number 1e999"),
    "minus infinity": (b'{"format_version": 3, "a": -Infinity}', "holds the number -Infinity"),
    "no number": (b'{"format_version": 3, "a": NaN}', "holds the number NaN, expected finite numbers"),
    "a key twice": (b'{"a": {"b": 1, "b": 1}}', "holds the key 'b' twice, expected once"),
    "too large": (b" " * 16_000_001, "larger than 16000000 bytes"),
}
_MANIFESTS = [
    Damage(
        f"manifest/{name}", TINY, content("manifest.json", data, False), words, portable=len(data) < 1_000_000
    )
    for name, (data, words) in _NO_MANIFESTS.items()
]
_NEWER = [
    Damage(
        f"manifest/format {version:.0e}" if version > 99 else f"manifest/format {version}",
        TINY,
        content("manifest.json", json.dumps({"format_version": version}).encode(), False),
        f"format_version {version}, this litebert reads up to 3; install a newer LiteBERT from",
        UnsupportedFormatError.__name__,
    )
    for version in (4, 99, 10**30)
]

_JUNK = {
    "empty": b"",
    "text": b"hello world",
    "zeros": b"\0" * 3000,
    "bytes": bytes(range(256)) * 12,
    "JSON": b"{}",
    "the start of a flatbuffer": b"\x1c\0\0\0TFL3" + b"\0" * 100,
}
_GRAPHS = [  # the hashes are right: the engine itself must refuse
    Damage(f"junk/{name}/{kind}", TINY, content(name, data), f"{name}: ", at=None)
    for name in ("onnx/whole.onnx", "tflite/model.tflite", "tokenizer.json")
    for kind, data in _JUNK.items()
]


def _inserted(name: str, data: bytes) -> Spoil:
    """More at the beginning of a JSON object."""

    def spoil(folder: Path) -> None:
        content(name, (folder / name).read_bytes().replace(b"{", b"{" + data, 1))(folder)

    return spoil


_AMBIGUOUS = [
    Damage(f"json/{name}/{kind}", TINY, _inserted(name, data), words, at=at)
    for name, at in (("tokenizer.json", OPEN), ("golden.json", VERIFY))
    for kind, data, words in (
        ("a key twice", b'"a": 1, "a": 1, ', f"{name}: an object holds the key 'a' twice"),
        ("no number", b'"a": NaN, ', f"{name}: it holds the number NaN"),
        ("an infinite number", b'"a": -1e999, ', f"{name}: it holds the number -1e999"),
    )
]


def _cut(name: str, part: float) -> Spoil:
    def spoil(folder: Path) -> None:
        data = (folder / name).read_bytes()
        content(name, data[: int(part * len(data))])(folder)

    return spoil


_SHORT = [
    Damage(f"junk/{name}/{part:.0%} of it", TINY, _cut(name, part), _AGAIN, at=None)
    for name in ("onnx/whole.onnx", "onnx/weights.bin")
    for part in (0.0, 0.5, 0.99)
]


def _beyond(folder: Path) -> None:
    """A token beyond the embeddings, of which the manifest says that they have more rows."""
    from manifests import change_sealed

    change_sealed(folder, "tokenizer.json", lambda body: body["model"]["vocab"].update(film=5000))
    change_sealed(folder, "manifest.json", lambda body: body["vocabulary"].update(size=5001))


ROWS = (
    *_CHANGED,
    *_FOLDERS,
    *_MANIFESTS,
    *_NEWER,
    *_GRAPHS,
    *_AMBIGUOUS,
    *_SHORT,
    Damage("junk/a token beyond the embeddings", TINY, _beyond, _AGAIN, at=ANSWER),
)
