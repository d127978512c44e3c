"""The commands and programs in README.md and docs/ work as shown, in their order there."""

from __future__ import annotations

import argparse
import io
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from blocks import DOCUMENTS, OURS, ROOT, Command, blocks, prose, read, shell_commands
from encoders import write_encoder
from google_dialect import google_tensors
from safetensors.numpy import load_file
from students import bert_config, bert_tensors, write_checkpoint

from litebert.tools.cli import main as litebert_main
from litebert_bench import bench_cli
from litebert_exporter import export
from litebert_exporter.export_cli import main as export_main
from litebert_exporter.families import FAMILIES
from litebert_students import mobilebert_cli
from litebert_students.exits_cli import main as exits_main
from litebert_students.theseus_cli import main as theseus_main

STUDENT = "examples/sst2-fastbert-3l"
MAINS: tuple[Callable[[list[str]], int], ...] = (
    litebert_main,
    bench_cli.main,
    export_main,
    exits_main,
    theseus_main,
    mobilebert_cli.main,
)
PROGRAMS = dict(zip(OURS, MAINS, strict=True))
MAKEFILE = read("Makefile")
EXTRAS = tomllib.loads(read("pyproject.toml"))["project"]["optional-dependencies"]
TABLE = "text\tlabel\na good film\tpositive\ndull\tnegative\nnot good\tnegative\n"
TEXTS = "a good film\na bad film\nnot good\n"
FILES = {"dev.tsv": TABLE, "train.tsv": TABLE, "reviews.tsv": TABLE, "texts.txt": TEXTS, "reviews.txt": TEXTS}
MODELS = ("my-student", "my-bert-6l", "student.litebert", "model.ckpt", "model.ckpt-1000", "my-encoder")


def _languages(name: str) -> set[str]:
    return {each.language for each in blocks(read(name))}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout after `make demo`."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / "build" / "demo").mkdir(parents=True)
    export(folder / STUDENT, out=folder / "build" / "demo" / "student.litebert")
    return folder


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, artifact: Path) -> Path:
    """A student of 3 layers, a teacher of 6, an artifact and an encoder, as the documents call them."""
    folder = tmp_path_factory.mktemp("models")
    for name, layers in ((MODELS[0], 3), (MODELS[1], 6)):
        config = bert_config(num_hidden_layers=layers, max_position_embeddings=128)
        write_checkpoint(folder / name, config, bert_tensors(config))
    (folder / MODELS[2]).symlink_to(artifact)
    (folder / MODELS[4]).touch()
    torch.save({"state_dict": {}, "hyper_parameters": {"folder": folder}}, folder / MODELS[3])
    write_encoder(folder / MODELS[5])
    return folder


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if {"sh", "python"} & _languages(name)])
def test_every_block_works_in_the_order_in_which_it_is_there(
    name: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = blocks(read(name))
    scripts = [each.code for each in shown if each.language == "sh"]
    start, variables = request.getfixturevalue("checkout"), {}
    if name != "README.md":
        variables = {"LITEBERT": str(start)}
        start = _folder(tmp_path / "work", request.getfixturevalue("models"))
        code = "".join(each.code for each in shown)
        used = [each for each in (*FILES, *MODELS) if re.search(rf"[\s\"]{each}[\s\"]", code)]
        assert [each for each in used if f"`{each}`" not in prose(read(name))] == []
    monkeypatch.setattr(bench_cli, "run", _bench)  # tests/bench and tests/students run these two
    monkeypatch.setattr(mobilebert_cli, "compress", lambda options, module: 0)
    monkeypatch.chdir(start)
    commands = iter(shell_commands(scripts, start, tmp_path, variables))
    printed = ""
    for block in shown:
        if block.language == "text":
            assert not printed or _same(printed, block.code), name
            continue
        printed = ""
        for command in next(commands) if block.language == "sh" else ():
            monkeypatch.chdir(command.folder)
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(command.piped.encode())))
            capsys.readouterr()
            _check(command)
            printed = capsys.readouterr().out
        if block.language == "python":
            _run(block.code, monkeypatch)
            printed = capsys.readouterr().out


def _bench(options: argparse.Namespace) -> int:
    """Writes the committed records, where `litebert bench` would measure."""
    if options.json is not None:
        Path(options.json).write_bytes((ROOT / "benchmarks/results/records.jsonl").read_bytes())
    return 0


def _folder(folder: Path, models: Path) -> Path:
    """A folder with what the documents say that a reader has."""
    folder.mkdir()
    for each in models.iterdir():
        (folder / each.name).symlink_to(each)
    for file, content in FILES.items():
        (folder / file).write_text(content, encoding="utf-8")
    return folder


def _check(command: Command) -> None:
    """Runs a command of ours; of others, looks whether what they name is there."""
    program, *arguments = command.words
    if program in PROGRAMS:
        assert PROGRAMS[program](arguments) == 0
    elif program == "make":
        assert all(re.search(rf"^{each}:", MAKEFILE, re.MULTILINE) for each in arguments)
    elif program == "pip":
        wanted = [found for each in arguments if (found := re.fullmatch(r"(.+)\[(.+)\]", each))]
        for place, extras in (found.groups() for found in wanted):
            assert place == "litebert" or (Path(place) / "examples").exists()
            assert set(extras.split(",")) <= EXTRAS.keys()


def _same(printed: str, shown: str) -> bool:
    """Whether a program printed what is shown, but for the last digits of numbers."""
    number = re.compile(r"\d+\.\d+")
    values, expected = (list(map(float, number.findall(text))) for text in (printed, shown))
    return number.sub("", printed) == number.sub("", shown) and values == pytest.approx(expected, abs=0.02)


def test_a_checkpoint_of_tensorflow_is_converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (script,) = (each.code for each in blocks(read("docs/troubleshooting.md")) if "tensorflow" in each.code)
    monkeypatch.chdir(tmp_path)
    _run(script, monkeypatch)
    written = {
        name.replace("Norm.gamma", "Norm.weight").replace("Norm.beta", "Norm.bias"): values
        for name, values in load_file("model.safetensors").items()  # names of the norms are read as they are
    }
    expected = bert_tensors(bert_config())
    assert written.keys() == expected.keys()
    assert all(np.array_equal(written[name], expected[name]) for name in expected)


def _run(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        if "import tensorflow" in code:
            patch.setitem(sys.modules, "tensorflow", _tensorflow())
        exec(compile(code, "a document", "exec"), {})


def _tensorflow() -> SimpleNamespace:
    """As much of tensorflow as reads a BERT that Google's code saved."""
    tensors = google_tensors(bert_tensors(bert_config()), norm="LayerNorm")
    reader = SimpleNamespace(get_variable_to_shape_map=lambda: tensors, get_tensor=tensors.__getitem__)
    return SimpleNamespace(train=SimpleNamespace(load_checkpoint=lambda path: reader))


def test_every_block_is_of_a_kind_that_is_tried() -> None:
    for name in DOCUMENTS:
        assert _languages(name) <= {"sh", "python", "text"}, name


def test_a_plain_session_needs_no_litebert() -> None:
    (code,) = (each.code for each in blocks(read("docs/early-exit.md")) if each.language == "python")
    assert "litebert" not in re.sub(r'"[^"]*"', "", code)


def test_the_readme_is_short() -> None:
    lines = read("README.md").splitlines()
    assert len(lines) <= 150 and max(map(len, lines)) <= 170


def test_the_table_of_families_names_every_one() -> None:
    table = read("docs/families.md").lower()
    assert [name for name in FAMILIES if name not in table] == []


def test_every_flag_exists(capsys: pytest.CaptureFixture[str]) -> None:
    """Where a document names a flag, some command of ours or of those that it calls has it."""
    known = {"--renew", "--no-deps", "--local-dir"}
    for main in MAINS:
        _help(main)
    for command in ("run", "inspect", "calibrate", "verify", "bench", "doctor"):
        _help(litebert_main, command)
    known |= set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out))
    for name in DOCUMENTS:
        text = re.sub(r"\]\([^)]*\)", "", read(name))
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) - known == set(), name


def _help(main: Callable[[list[str]], int], *command: str) -> None:
    with pytest.raises(SystemExit):
        main([*command, "--help"])
