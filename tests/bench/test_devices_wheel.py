"""The wheel that goes to a device is one that pip installs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from email import message_from_string
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

from litebert.errors import InputError
from litebert_bench.devices import wheel

pytestmark = pytest.mark.slow  # processes on a stand-in for a device


def test_pip_installs_it_and_it_measures(tmp_path: Path) -> None:
    name, data = wheel.pack_wheel()
    (tmp_path / name).write_bytes(data)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target"]
    subprocess.run([*pip, tmp_path / "site", tmp_path / name], check=True, timeout=120)
    program = "import litebert; print(litebert.__file__)"
    environment = {"PYTHONPATH": str(tmp_path / "site")}
    where = subprocess.run(
        [sys.executable, "-P", "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert where.stdout.startswith(str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "litebert_bench.measure", "nowhere", "plan.json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and json.loads(done.stdout)["problem"].startswith("nowhere: ")


def test_it_is_the_same_each_time_and_holds_what_answers_and_measures(tmp_path: Path) -> None:
    name, data = wheel.pack_wheel()
    assert wheel.pack_wheel() == (name, data)
    (tmp_path / name).write_bytes(data)
    with zipfile.ZipFile(tmp_path / name) as archive:
        names = archive.namelist()
        (facts,) = (each for each in names if each.endswith("/METADATA"))
        told = message_from_string(archive.read(facts).decode())
    assert {each.split("/")[0] for each in names} == {"litebert", "litebert_bench", facts.split("/")[0]}
    assert {"litebert/__init__.py", "litebert_bench/measure/records.py"} <= {*names}
    assert not any(part in each for each in names for part in ("tools", "report", "devices", "entry_points"))
    assert not any("__pycache__" in each for each in names)
    assert told.get_all("Requires-Dist") == metadata("litebert").get_all("Requires-Dist")


def test_it_holds_nothing_that_lies_beside_the_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, bench = wheel._PACKAGES
    package = shutil.copytree(bench, tmp_path / "litebert_bench", ignore=shutil.ignore_patterns("*.pyc"))
    monkeypatch.setattr(wheel, "_PACKAGES", (package,))
    clean = wheel.pack_wheel()
    for name in (".env", "notes.txt", "sample.txt~", "cli.py.orig", "records.jsonl", "py.typed.swp"):
        (package / name).write_text("private")
        (package / "measure" / name).write_text("private")
    (package / ".#cli.py").symlink_to("someone@somewhere:1")  # as Emacs locks a file
    (package / "key.py").symlink_to("/etc/passwd")
    (package / "etc").symlink_to("/etc", target_is_directory=True)
    assert wheel.pack_wheel() == clean


def test_without_an_installation_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(wheel, "distribution", missing)
    with pytest.raises(InputError, match="pip install"):
        wheel.pack_wheel()
