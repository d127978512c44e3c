"""The manifest as a file: facts in JSON under a seal over their bytes, written and read here alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litebert.errors import ArtifactError, UnsupportedFormatError
from litebert.fields import MANIFEST, positive
from litebert.strict_json import parse_json

FORMAT_VERSION = 3
JSON_LIMIT_BYTES = 16_000_000  # of the manifest, and of golden.json

_SEAL = '{"digest": "%s",\n'  # the first line


def manifest_bytes(facts: Mapping[str, Any]) -> bytes:
    """The bytes of a manifest: its facts, sealed; the same facts give the same bytes.

    Args:
        facts: one at least, format_version among them. A `digest` in it is replaced.

    Raises:
        ValueError: a number is not finite.
    """
    body = {key: value for key, value in facts.items() if key != "digest"}
    return seal(json.dumps(body, sort_keys=True, indent=1, ensure_ascii=True, allow_nan=False) + "\n")


def seal(text: str) -> bytes:
    """The bytes of a JSON object with a first line that holds the digest of the rest.

    Args:
        text: the object, in ASCII, with one key at least.
    """
    rest = text.partition("{")[2].lstrip("\n").encode("ascii")
    return (_SEAL % hashlib.sha256(rest).hexdigest()).encode("ascii") + rest


def digest_of(content: bytes) -> str:
    """The sha256 (hex) of a manifest's bytes behind its first line."""
    return hashlib.sha256(content.partition(b"\n")[2]).hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the artifact in a folder, after its format and its seal were checked.

    Raises:
        ArtifactError: it is damaged, or of an older format.
        UnsupportedFormatError: a newer LiteBERT wrote it.
    """
    path = folder / MANIFEST
    with path.open("rb") as file:
        content = file.read(JSON_LIMIT_BYTES + 1)
    if len(content) > JSON_LIMIT_BYTES:
        raise ArtifactError(f"{path}: larger than {JSON_LIMIT_BYTES} bytes; export the model again")
    manifest = parse_json(path, content)
    if not isinstance(manifest, dict):
        raise ArtifactError(f"{path}: not a JSON object; export the model again")
    version = positive(manifest, "format_version")
    if version > FORMAT_VERSION:
        raise UnsupportedFormatError(
            f"{path}: format_version {version!s:.80}, this litebert reads up to {FORMAT_VERSION}; "
            "install a newer LiteBERT from its checkout"
        )
    if version < FORMAT_VERSION:
        raise ArtifactError(
            f"{path}: format_version {version}, this litebert reads {FORMAT_VERSION}; export the model again"
        )
    if not content.startswith((_SEAL % digest_of(content)).encode("ascii")):
        raise ArtifactError(f"{path}: its digest does not match its content; export the model again")
    return manifest
