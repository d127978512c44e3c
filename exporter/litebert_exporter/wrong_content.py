"""Files whose content is not the one their names promise, such as broken downloads and clones leave.

Read: git-lfs, docs/spec.md ("The Pointer").
"""

from __future__ import annotations

from pathlib import Path

from litebert import CheckpointError

_AGAIN = "download it again"
# The beginning of each, in small letters and without blanks before it; its kind; the cure.
_STARTS = (
    (
        b"version https://git-lfs",
        "a Git LFS pointer",
        "fetch the file itself with git lfs pull in {folder}",
    ),
    (b"version https://hawser", "a Git LFS pointer", "fetch the file itself with git lfs pull in {folder}"),
    (b"<!doctype html", "an HTML page", _AGAIN),
    (b"<html", "an HTML page", _AGAIN),
    (b"<?xml", "an XML page", _AGAIN),
    (b"<error>", "an XML page", _AGAIN),
    (b'{"error":"', "a server's error", _AGAIN),
    (b'{"error": "', "a server's error", _AGAIN),
    (b"entry not found", "a server's error", _AGAIN),
    (b"repository not found", "a server's error", _AGAIN),
    (b"access to model", "a server's error", "accept the model's terms on its page, and download it again"),
    (b"invalid username or password", "a server's error", "log in to the hub, and download it again"),
    (b"404: not found", "a server's error", _AGAIN),
    (
        b"\x89hdf",
        "an HDF5 file of TensorFlow",
        "name it tf_model.h5 and export its folder: the error then says how to convert it",
    ),
    (b"\x1f\x8b", "a gzip archive", "unpack it with gunzip"),
    (b"gguf", "a GGUF file of llama.cpp", "take the weights it was made from"),
)
_READ_BYTES = 512


def refuse_wrong_content(path: Path) -> None:
    """Refuses a file that is empty, or that begins as a page, a pointer or an error of a server does.

    Raises:
        CheckpointError: it is such a file, or no regular file: a pipe would never end.
    """
    if path.exists() and not path.is_file():
        raise CheckpointError(f"{path}: not a regular file; put the file itself there")
    with path.open("rb") as file:
        start = file.read(_READ_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if path.stat().st_size == 0:
        raise CheckpointError(f"{path}: an empty file, as a broken download leaves it; {_AGAIN}")
    for begins, found, cure in _STARTS:
        if start.startswith(begins):
            folder = path.parent
            raise CheckpointError(f"{path}: {found}, not the file itself; {cure.format(folder=folder)}")
