"""A tiny random BERT classifier folder, and texts for it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from litebert_students.torch_bert import BertClassifier, BertShape
from litebert_students.training import threads

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = [
    "good",
    "bad",
    "film",
    "very",
    "the",
    "a",
    "plot",
    "##s",
    "##ly",
    "dull",
    "fine",
    "sun",
    "##ny",
    "!",
    "中",
]
VOCAB = list(dict.fromkeys([*SPECIAL, *WORDS, *LETTERS, *(f"##{letter}" for letter in LETTERS)]))
CONFIG = {
    "architectures": ["BertForSequenceClassification"],
    "hidden_act": "gelu",
    "hidden_size": 32,
    "id2label": {"0": "negative", "1": "positive"},
    "intermediate_size": 48,
    "label2id": {"negative": 0, "positive": 1},
    "max_position_embeddings": 64,  # fewer than the tokens a recipe would take
    "model_type": "bert",
    "num_attention_heads": 4,
    "num_hidden_layers": 4,
    "pad_token_id": 0,
    "type_vocab_size": 2,
    "vocab_size": len(VOCAB),
}
# Kills its process at the given call of a function. It shares sums among three threads.
KILLED = """
import importlib, os, signal, sys
import torch
torch.set_num_threads(3)
command, module, name, calls = *sys.argv[1:4], int(sys.argv[4])
module = importlib.import_module(f"litebert_students.{module}")
own = getattr(module, name)
def counted(*arguments):
    global calls
    calls -= 1
    if not calls:
        os.kill(os.getpid(), signal.SIGKILL)
    return own(*arguments)
setattr(module, name, counted)
importlib.import_module(f"litebert_students.{command}").main(sys.argv[5:])
"""


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., None]:
    """Returns a function that runs a command's main, which must end with one line about an error."""

    def run(main: Callable[[list[str]], int], arguments: list[str], told: str) -> None:
        assert main(arguments) == 1
        lines = capsys.readouterr().err.splitlines(keepends=True)
        printed = "".join(line for line in lines if not line.endswith(" ...\n"))  # what a slow machine shows
        assert printed.startswith("error: ")
        assert told in printed
        assert printed.index("\n") == len(printed) - 1

    return run


@pytest.fixture
def kill_at() -> Callable[..., None]:
    """Returns a function that runs a command in a process killed at the given call of a function.

    Three threads share its sums, whose last digits depend on their number; a run in this process has others.
    """

    def run(command: str, module: str, function: str, calls: int, arguments: Sequence[str]) -> None:
        line = [sys.executable, "-c", KILLED, command, module, function, str(calls), *arguments]
        killed = subprocess.run(line, capture_output=True, text=True, check=False)
        assert killed.returncode == -signal.SIGKILL, killed.stderr

    return run


@pytest.fixture
def check_resumed(kill_at: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> Callable[..., None]:
    """A function that kills a command, gives it again, and compares the student with that of a whole run."""

    def run(
        main: Callable[[list[str]], int], at: Sequence[Any], arguments: list[str], work: Path, told: str
    ) -> None:
        whole, out = work.with_name("whole"), work.with_name("out")
        kill_at(*at, [*arguments, "-o", str(out)])
        assert not out.exists()
        assert [path.name.partition("-")[0] for path in work.iterdir()] == ["training"]
        assert main([*arguments, "-o", str(out)]) == 0
        assert capsys.readouterr().out.startswith(told)
        with threads(3):
            assert main([*arguments, "-o", str(whole)]) == 0
        first, second = ({path.name: path.read_bytes() for path in place.iterdir()} for place in (out, whole))
        assert first == second
        assert not work.exists()

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Returns a folder with a random 4-layer model; its weights are large, so that every layer matters."""
    torch.manual_seed(1)
    shape = BertShape(**{name: CONFIG[name] for name in BertShape.__annotations__ if name in CONFIG})
    tensors = BertClassifier(shape, 2).state_dict()
    for name, tensor in tensors.items():
        tensor.copy_(torch.randn(tensor.shape) * 0.2 + ("LayerNorm.weight" in name))
    path = tmp_path / "model"
    path.mkdir()
    save_file(tensors, path / "model.safetensors", metadata={"format": "pt"})
    (path / "config.json").write_text(json.dumps(CONFIG))
    (path / "tokenizer_config.json").write_text(
        json.dumps({"do_lower_case": True, "tokenizer_class": "BertTokenizer", "model_max_length": 64})
    )
    (path / "vocab.txt").write_text("".join(f"{token}\n" for token in VOCAB))
    return path


@pytest.fixture
def tsv(tmp_path: Path) -> Path:
    """Returns 24 labelled texts of unequal lengths, named labels."""
    lines = [
        f"the film{' very' * (i % 5)} {word}\t{label}"
        for i in range(12)
        for word, label in (("good", "positive"), ("bad", "negative"))
    ]
    path = tmp_path / "train.tsv"
    path.write_text("\n".join(["text\tlabel", *lines]) + "\n")
    return path
