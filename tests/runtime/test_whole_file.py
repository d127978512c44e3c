"""Files are written whole or not at all, with anything in their place or in that of the partial file."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from litebert import InputError
from litebert.tools.whole_file import ARRIVING, arriving_file, check_writable, write_whole


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where to write; the file beside it must never change."""
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "report.html"


def _precious(place: Path) -> Path:
    return place.parents[1] / "precious"


def _names(place: Path) -> list[str]:
    return sorted(path.name for path in place.parent.iterdir())


def test_a_file_is_written_replaced_and_keeps_its_permissions(place: Path) -> None:
    mask = os.umask(0o027)
    try:
        write_whole(place, "é")
        assert place.read_bytes() == "é".encode() and stat.S_IMODE(place.stat().st_mode) == 0o640
        place.chmod(0o604)
        write_whole(place, b"new")
    finally:
        os.umask(mask)
    assert place.read_bytes() == b"new" and stat.S_IMODE(place.stat().st_mode) == 0o604
    assert _names(place) == ["report.html"]


def test_a_link_is_followed_and_stays(place: Path) -> None:
    place.symlink_to("../precious")
    write_whole(place, "new")
    assert place.is_symlink() and _precious(place).read_text() == "new" and _names(place) == ["report.html"]
    place.unlink()
    place.symlink_to("../nothing yet")
    write_whole(place, "new")
    assert place.is_symlink() and (place.parents[1] / "nothing yet").read_text() == "new"


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize(
    "stand",
    [
        lambda path: path.mkdir(),
        os.mkfifo,
        _socket,
        lambda path: path.symlink_to("../out"),
        lambda path: path.symlink_to("report.html"),
        lambda path: path.symlink_to("/dev/null"),
        lambda path: (os.mkfifo(path.with_name("pipe")), path.symlink_to("pipe")),
        lambda path: path.parent.rmdir(),
        lambda path: (path.parent.rmdir(), path.parent.symlink_to("precious")),
    ],
    ids=[
        "folder",
        "pipe",
        "socket",
        "link to a folder",
        "loop",
        "device",
        "link to a pipe",
        "nowhere",
        "file",
    ],
)
def test_what_is_no_file_is_refused_before_and_after_the_work(
    stand: Callable[[Path], object], place: Path
) -> None:
    stand(place)
    before = os.lstat(place) if os.path.lexists(place) else None
    for write in (check_writable, lambda path: write_whole(path, "new")):
        with pytest.raises(
            InputError, match=r"report.html: (a folder|a device|its folder|cannot be written)"
        ):
            write(place)
    assert (os.lstat(place) if os.path.lexists(place) else None) == before
    assert _precious(place).read_text() == "mine"
    assert not [path for path in place.parents[1].rglob("*") if ARRIVING.fullmatch(path.name)]


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/null", "/dev/none"])
def test_a_descriptor_is_no_place_even_where_it_is_a_file(name: str, tmp_path: Path) -> None:
    """To replace that file would take what is printed to it away."""
    program = f"""
from pathlib import Path
from litebert import InputError
from litebert.tools.whole_file import write_whole
try:
    write_whole(Path({name!r}), "new")
except InputError as error:
    print(error)
"""
    with (tmp_path / "printed").open("w") as printed:
        subprocess.run([sys.executable, "-c", program], stdout=printed, check=True, timeout=60)
    assert (
        (tmp_path / "printed").read_text().startswith(f"{name}: a device, a pipe or the like; expected a f")
    )


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
def test_a_failure_leaves_what_was_there(error: type[BaseException], place: Path) -> None:
    write_whole(place, "old")
    with pytest.raises(InputError if error is OSError else error), arriving_file(place) as file:
        file.write(b"half")
        (arriving,) = set(_names(place)) - {"report.html"}
        assert ARRIVING.fullmatch(arriving)
        raise error
    assert place.read_text() == "old" and _names(place) == ["report.html"]


def test_every_name_is_another(place: Path) -> None:
    names = set()
    for _ in range(5):
        with arriving_file(place):
            names |= {*_names(place)} - {"report.html"}
    assert len(names) == 5
