"""The requests, the output and the answers of a hostile device: a bench believes none of it unchecked."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from made_records import make_run
from standins import listener, pack_stand_in, plan

from litebert.errors import InputError
from litebert_bench.devices import device
from litebert_bench.devices.device import Device, bench_on_device
from litebert_bench.measure.record_line import to_line
from litebert_bench.measure.records import Record, Run
from litebert_bench.record_file import parse_records, read_records, write_records


@pytest.fixture(autouse=True)
def _stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack_stand_in(tmp_path / "package", monkeypatch)


def _ask(artifact: Path, folder: Path, *lines: bytes, said: list[str] | None = None) -> list[Record]:
    """The result of a bench with a device that says these lines, and reads on until nobody writes."""
    (folder / "says").write_bytes(b"".join(lines))
    program = f"import sys; sys.stdout.buffer.write(open({str(folder / 'says')!r}, 'rb').read()); "
    program += "sys.stdout.flush(); sys.stdin.buffer.read()"
    there = Device("there", (sys.executable, "-c", program), "", "python3", True, (255,), "try again")
    heard = listener([].append if said is None else said.append)
    return bench_on_device(there, artifact, plan(), listener=heard)


def _line(kind: str, value: Any) -> bytes:
    return json.dumps({"litebert": kind, "value": value}).encode() + b"\n"


@pytest.mark.parametrize(
    "wanted", [["/etc/passwd"], ["artifact/../../secret"], "manifest.json", [["a"]], [1], None, {"a": 1}]
)
def test_a_device_gets_nothing_that_it_was_not_offered(wanted: Any, artifact: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there: asks for .*expected files that it was offered"):
        _ask(artifact, tmp_path, _line("send", wanted))


def test_what_a_device_says_cannot_steer_a_terminal(artifact: Path, tmp_path: Path) -> None:
    said: list[str] = []
    steers = "\033]0;title\007\033[2J\033[1A\u202e\x9b31m\x08"
    records = _ask(
        artifact,
        tmp_path,
        b"Welcome\n[1, 2]\n{\n\xff\xfe\n",
        _line("progress", [0.5, steers]),
        *(_line("progress", each) for each in (None, 0.5, ["a", "b"], [2, "b"], [-1, "b"], [0.5], {"a": 1})),
        b'{"litebert": "progress", "value": [NaN, "b"]}\n',
        _line("said", f"{steers}\n"),
        _line("said", None),
        _line("records", "".join(f"{to_line(each)}\n" for each in make_run())),
        said=said,
    )
    escaped = "\\x1b]0;title\\x07\\x1b[2J\\x1b[1A\\u202e\\x9b31m\\x08\\n"
    assert said == [escaped.removesuffix("\\n"), *[""] * 8, escaped, "None"]
    assert isinstance(records[0], Run) and records[0].device == "there"


def test_a_line_without_an_end_is_not_kept(
    artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "_LINE_BYTES", 10_000)
    with pytest.raises(InputError, match="there: a line without an end; expected at most 10000 bytes"):
        _ask(artifact, tmp_path, b"x" * 100_000)


@pytest.mark.parametrize("answer", ["", "{}", "[]", None, 5, "\n", '{"record": "run"}', "\x00", {"a": 1}])
def test_records_that_are_none(answer: Any, artifact: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there"):
        _ask(artifact, tmp_path, _line("records", answer))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tokens", [10**400]),
        ("tokens", [2**63]),
        ("tokens", [1.5]),
        ("cpu", {"model": json.loads("[" * 200 + "]" * 200)}),
        ("format_version", 10**400),
        ("packages", {"a": None}),
    ],
)
def test_values_that_nothing_measures_are_refused(field: str, value: Any) -> None:
    body = {**json.loads(to_line(make_run()[0])), field: value}
    with pytest.raises(
        InputError, match=f"there 1: {field} of the record run is absent, unknown or of another"
    ):
        parse_records(json.dumps(body), "there")


def test_a_time_beyond_all_numbers_is_refused() -> None:
    conditions = next(json.loads(to_line(each)) for each in make_run() if each.record == "conditions")
    for mhz in ("1" + "0" * 400, "1e999", "NaN"):
        line = json.dumps({**conditions, "mhz": []}).replace('"mhz": []', f'"mhz": [{mhz}]')
        with pytest.raises(InputError, match="there 1"):
            parse_records(line, "there")


def test_names_of_any_characters_are_written_and_read_again(tmp_path: Path) -> None:
    run = make_run()[0]
    assert isinstance(run, Run)
    options = {"a": "half \udcff", "b": "ends\u2028of\x85lines\n", "c": "重要"}
    path = tmp_path / "records.jsonl"
    write_records([Run(**{**vars(run), "options": options, "texts": "bad \udcff.tsv"})], path)
    (read,) = read_records(path)
    assert isinstance(read, Run) and read.options == options and read.texts == "bad \udcff.tsv"
    assert "重要" in path.read_text(encoding="utf-8")
