"""The files that an ONNX graph makes an engine read beside its own: each must be one of the artifact's.

Engines refuse different places; some open any path. The graph is walked as a protobuf message, without the
onnx package. Read: onnx/onnx.proto (field numbers), protobuf.dev, "Encoding".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from litebert.checked_files import CheckedFiles
from litebert.errors import ArtifactError
from litebert.fields import is_path
from litebert.graph_formats import FORMATS
from litebert.targets import Target

_LIMIT_BYTES = 2**31  # of a protobuf message
_VARINT, _BYTES, _FIXED = 0, 2, {1: 8, 5: 4}
# For each message the fields that lead to a tensor or a subgraph, by number.
_FIELDS: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
_FIELDS_END, _DEPTH = 2**29, 100  # the limits of protobuf's parsers
_MALFORMED = "not an ONNX graph"
_EXTERNAL_DATA = 13  # of a tensor: entries of a key and a value
_KEYS = ("location", "offset", "length", "checksum")


def check_external(folder: Path, target: Target, files: CheckedFiles) -> None:
    """Checks that the graphs of an ONNX target read no file but those of the artifact.

    Args:
        folder: the artifact's folder.
        target: any; one whose graphs name no other files passes.
        files: the artifact's files.

    Raises:
        ArtifactError: a graph is malformed, reads another file, or reads beyond the end of one.
    """
    if not FORMATS[target.name].names_files:
        return
    for file in dict.fromkeys(segment.file for segment in target.segments):
        try:
            for entries in external_data(files.read(file, _LIMIT_BYTES)):
                _check_place(file, entries, files.sizes)
        except ValueError as error:
            raise ArtifactError(f"{folder / file}: {error}; export the model again") from error


def _check_place(file: str, entries: Mapping[str, str], sizes: Mapping[str, int]) -> None:
    location = entries.get("location", "")
    name = f"{file.rpartition('/')[0]}/{location}"
    if not is_path(name) or name not in sizes:
        raise ValueError(f"it reads the file {location!r:.80}, which is none of the artifact's")
    offset, length = (entries.get(key, "") for key in ("offset", "length"))
    sound = all(number.isascii() and number.isdigit() and len(number) < 20 for number in (offset, length))
    if not sound or int(offset) + int(length) > sizes[name]:
        raise ValueError(
            f"it reads {length!r:.20} bytes from {offset!r:.20} of {name}, which has {sizes[name]} bytes"
        )


def external_data(content: bytes) -> Iterator[dict[str, str]]:
    """The facts of each tensor that is kept in another file: location, offset, length.

    Raises:
        ValueError: the content is no ONNX graph, or such a fact is given twice or unknown.
    """
    waiting = [("model", 0, len(content), 0)]
    while waiting:
        kind, start, end, depth = waiting.pop()
        if depth > _DEPTH:
            raise ValueError(_MALFORMED)
        for field, here, there in _messages(content, start, end):
            inner = _FIELDS[kind].get(field)
            if inner is None or content.find(b"location", here, there) < 0:  # the key of every place
                continue
            if inner != "tensor":
                waiting.append((inner, here, there, depth + 1))
            elif entries := dict(_entries(content, here, there)):
                yield entries


def _entries(content: bytes, start: int, end: int) -> Iterator[tuple[str, str]]:
    """Keys and values of a tensor's external data."""
    keys = set()
    for field, here, there in _messages(content, start, end):
        if field == _EXTERNAL_DATA:
            parts = [(number, content[a:b]) for number, a, b in _messages(content, here, there)]
            if [number for number, _ in parts] != [1, 2]:
                raise ValueError("a tensor's external_data holds something other than a key with a value")
            key, value = (text.decode("utf-8") for _, text in parts)
            if key not in _KEYS or key in keys:
                raise ValueError(
                    f"a tensor's external_data has the key {key!r:.40} twice, or an unknown one; expected "
                    f"{', '.join(_KEYS)}"
                )
            keys.add(key)
            yield key, value


def _messages(content: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Number, start and end of each field of a message that holds bytes."""
    while start < end:
        tag, start = _varint(content, start, end)
        field, wire = tag >> 3, tag & 7
        if wire == _BYTES:
            length, start = _varint(content, start, end)
        elif wire == _VARINT:
            length, (_, start) = 0, _varint(content, start, end)
        elif wire in _FIXED:
            length = _FIXED[wire]
        else:
            raise ValueError(_MALFORMED)
        if not 0 < field < _FIELDS_END or length > end - start:  # of larger numbers, parsers drop high bits
            raise ValueError(_MALFORMED)
        if wire == _BYTES:
            yield field, start, start + length
        start += length


def _varint(content: bytes, start: int, end: int) -> tuple[int, int]:
    """A whole number, and the place behind it."""
    if start < end and content[start] < 128:  # one byte, as most are
        return content[start], start + 1
    value = 0
    for shift in range(min(10, end - start)):
        byte = content[start + shift]
        value |= (byte & 127) << 7 * shift
        if byte < 128:
            return value, start + shift + 1
    raise ValueError(_MALFORMED)
