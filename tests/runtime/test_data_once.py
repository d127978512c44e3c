"""Data files: read once, so that a pipe will do; nothing waits for a named one; quotes of csv writers."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from litebert import InputError
from litebert.artifact import open_artifact
from litebert.calibration import read_calibrations
from litebert.tasks.label_column import numbers_of
from litebert.tools.cli import main
from litebert.tools.data import read_data_file, read_texts
from litebert_exporter.export_cli import main as export_main

LABELLED = b"text\tlabel\ngood film\tpositive\nwhat a bore\tnegative\n"


@contextmanager
def _piped(content: bytes) -> Iterator[str]:
    """The pipe that a shell gives a command for <(cat file)."""
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    try:
        yield f"/dev/fd/{reading}"
    finally:
        os.close(reading)


@pytest.mark.parametrize("content", [LABELLED, b"text,mood\ngood film,positive\nwhat a bore,negative\n"])
def test_calibrate_takes_a_pipe(
    content: bytes, early_artifact: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    early = tmp_path / "copy.litebert"
    subprocess.run(["cp", "-r", early_artifact, early], check=True)
    with _piped(content) as path:
        assert main(["calibrate", str(early), "--data", path]) == 0
    table = read_calibrations(open_artifact(early))["onnx"]
    assert table.examples == 2 and (table.rows[0].accuracy is None) == (content is not LABELLED)
    told = "no column is called label: its labels are not used; name one of 'mood' with --label-column"
    assert (told in capsys.readouterr().err) == (content is not LABELLED)


def test_verify_of_two_artifacts_takes_a_pipe(
    artifact: Path, float_artifact: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = LABELLED.replace(b"text\tlabel", b"review\tstars")
    with _piped(content) as path:
        arguments = ["verify", str(artifact), str(float_artifact), "--data", path, "--json"]
        assert main([*arguments, "--text-column", "review", "--label-column=stars"]) == 0
    rows = json.loads(capsys.readouterr().out)["data"]
    assert [row["examples"] for row in rows] == [2] * 4


@pytest.mark.slow
def test_bench_takes_a_pipe(artifact: Path, tmp_path: Path) -> None:
    few = ["--rounds", "1", "--processes", "1", "--backend", "onnxruntime"]
    with _piped(LABELLED) as path:
        assert main(["bench", str(artifact), "--texts", path, *few, "--json", str(tmp_path / "out")]) == 0
    assert '"accuracy"' in (tmp_path / "out").read_text(encoding="utf-8")


def test_a_trimmed_vocabulary_takes_a_pipe(checkpoint: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.litebert"
    with _piped(b'{"review": "the good film", "label": "?"}\n') as path:
        arguments = [str(checkpoint), "--trim-vocab", path, "--target", "onnx", "--out", str(out)]
        arguments += ["--text-column", "review"]
        assert export_main(arguments) == 0
    assert open_artifact(out).vocabulary is not None


@pytest.mark.slow
@pytest.mark.parametrize(
    "given", ["--data <(cat dev.tsv)", "--data /dev/stdin < dev.tsv", "--data /dev/stdin"]
)
def test_a_shell_pipes_data_in(given: str, artifact: Path, tmp_path: Path) -> None:
    (tmp_path / "dev.tsv").write_bytes(LABELLED)
    command = f"{sys.executable} -m litebert verify {artifact} {artifact} {given}"
    pipe = "" if "<" in given else "cat dev.tsv | "
    done = subprocess.run(
        ["bash", "-c", pipe + command], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0 and "\n2 examples;" in done.stdout, done.stderr


@pytest.mark.parametrize("command", ["calibrate", "verify", "bench", "export"])
def test_a_named_pipe_is_refused_at_once(
    command: str,
    early_artifact: Path,
    checkpoint: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    os.mkfifo(tmp_path / "dev.tsv")
    path = str(tmp_path / "dev.tsv")
    flag = "--texts" if command == "bench" else "--data"
    if command == "export":
        assert export_main([str(checkpoint), "--trim-vocab", path, "--out", str(tmp_path / "out")]) == 1
    else:
        assert main([command, str(early_artifact), flag, path]) == 1
    error = capsys.readouterr().err
    assert f"{path}: a named pipe or a device, expected a file" in error and error.count("\n") == 1


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "pipe.txt", "link"])
def test_neither_pipes_nor_devices_are_read(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "link").symlink_to("pipe.txt")
    with pytest.raises(
        InputError, match="a named pipe or a device, expected a file, /dev/stdin or a shell's"
    ):
        read_texts(tmp_path / name)


@pytest.mark.parametrize("name", [".", "absent.tsv", "/dev/fd/987", "-"])
def test_what_cannot_be_read(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read \(.*expected text in UTF-8"):
        read_data_file(tmp_path / name)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_ends_of_lines(end: str, tmp_path: Path) -> None:
    path = tmp_path / "dev.tsv"
    path.write_bytes(b"\xef\xbb\xbf" + f"text\tlabel{end}good film\t1{end}".encode())
    table = read_data_file(path)
    assert table.is_labelled and table.texts() == ["good film"]
    assert numbers_of(table.cells(), ["no", "yes"]) == [1]


def _csv(path: Path, texts: list[str]) -> Path:
    """The forms that csv.writer and pandas write."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows(
            [["text"], *([text] for text in texts)]
        )
    return path


@pytest.mark.parametrize(
    "texts",
    [
        ['a "good" film', "what a bore"],
        ['"', 'say "', '" good "', "plain"],
        ['""', 'all "a" and ""b""'],
        ["nothing", "quoted"],
    ],
)
def test_what_a_csv_writer_quotes_is_read_as_it_was(texts: list[str], tmp_path: Path) -> None:
    assert read_texts(_csv(tmp_path / "dev.tsv", texts)) == texts


@pytest.mark.parametrize("text", ['say "good"', '"good film"', '" good " film', '"" good ""', '""', '"'])
def test_quotes_of_a_plain_file_are_part_of_the_text(text: str, tmp_path: Path) -> None:
    (tmp_path / "dev.tsv").write_text(f"text\tlabel\n{text}\t1\nbad\t0\n", encoding="utf-8")
    assert read_texts(tmp_path / "dev.tsv") == [text, "bad"]


def test_both_ways_in_one_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "dev.tsv").write_text('text\nbad\n"a ""b"" c"\nsay "good"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"dev.tsv: line 3 has its quotes doubled, .*, but line 4 has not"):
        read_texts(tmp_path / "dev.tsv")
