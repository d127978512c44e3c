"""The seal of a manifest: no byte behind its first line changes unnoticed, and a shell can check it.

Facts that are wrong under a right seal are rows of tests/artifacts.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from damaged_manifest import ANYTHING, CHECKED, TEXTS
from manifests import changed_at, manifest_of

from litebert import ArtifactError
from litebert.artifact import open_artifact


def test_a_change_without_a_new_digest(artifact: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(artifact, tmp_path / "copy"))
    file = folder / "manifest.json"
    sound = file.read_bytes()
    first, _, rest = sound.partition(b"\n")
    changed = [
        json.dumps(changed_at(manifest_of(folder), path, "x")) for path in (*CHECKED, *TEXTS, *ANYTHING)
    ]
    for content in (
        *(text.partition("{")[2].encode("ascii") for text in changed),
        rest + b"\n",
        rest.replace(b"\n", b"\r\n"),
        rest.replace(b": 48,", b": 48.0,", 1),
        rest.replace(b' "', b'  "', 1),
    ):
        assert content != rest
        file.write_bytes(first + b"\n" + content)
        with pytest.raises(ArtifactError):
            open_artifact(folder)
    for other in (first.replace(b'{"', b'{ "'), first + b" ", first + b"\r", b"\n" + first):
        file.write_bytes(other + b"\n" + rest)
        with pytest.raises(ArtifactError, match="its digest does not match its content"):
            open_artifact(folder)
    file.write_bytes(sound)
    assert open_artifact(folder).digest.encode("ascii") in first


def test_the_seal_is_checked_by_a_shell(artifact: Path) -> None:
    found = subprocess.run(
        "tail -n +2 manifest.json | sha256sum", shell=True, cwd=artifact, capture_output=True, check=True
    )
    assert found.stdout.decode("ascii").split()[0] == open_artifact(artifact).digest
