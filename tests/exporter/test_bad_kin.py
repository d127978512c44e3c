"""ALBERT, ELECTRA and RoBERTa whose config and tensors do not belong together, or are damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bad_inputs import Refuse, Tensors, change_json, change_tensors
from kin import kin_config, write_kin

from litebert import CheckpointError, InputError, UnsupportedModelError

pytest_plugins = ("bad_fixtures",)

_ALBERT, _INNER = "albert.encoder.albert_layer_groups", "albert_layers.0.ffn.weight"
_NARROW = np.zeros((24, 11), np.float32)
_NAN = np.full((24, 24), np.nan, np.float32)
_SMALL = np.zeros((2, 24), np.float32)

WRONG: dict[str, tuple[str, dict[str, Any], Tensors, str]] = {
    "two groups, tensors of one": ("albert", {"num_hidden_groups": 2}, {}, f"16 missing ({_ALBERT}.1."),
    "more groups than layers": (
        "albert",
        {"num_hidden_groups": 3},
        {},
        "num_hidden_groups is 3, expected a whole number 1 to 2",
    ),
    "no groups": ("albert", {"num_hidden_groups": 0}, {}, "num_hidden_groups is 0"),
    "two inner layers, tensors of one": (
        "albert",
        {"inner_group_num": 2},
        {},
        f"16 missing ({_ALBERT}.0.albert_layers.1.",
    ),
    "a billion inner layers": ("albert", {"inner_group_num": 10**9}, {}, "expected a whole number 1 to 128"),
    "a group left over": (
        "albert",
        {},
        {f"{_ALBERT}__1__{_INNER}": np.zeros((40, 24), np.float32)},
        f"1 left over ({_ALBERT}.1.{_INNER})",
    ),
    "albert without projection": (
        "albert",
        {},
        {"albert__encoder__embedding_hidden_mapping_in__weight": None},
        "1 missing (albert.encoder.embedding_hidden_mapping_in.weight)",
    ),
    "another embedding size": (
        "albert",
        {"embedding_size": 16},
        {},
        "word_embeddings.weight is [67, 12], expected [67, 16]",
    ),
    "electra without projection": (
        "electra",
        {},
        {"electra__embeddings_project__weight": None, "electra__embeddings_project__bias": None},
        "2 missing (electra.embeddings_project.weight, electra.embeddings_project.bias)",
    ),
    "a projection of another size": (
        "electra",
        {},
        {"electra__embeddings_project__weight": _NARROW},
        "electra.embeddings_project.weight is [24, 11], expected [24, 12]",
    ),
    "a projection where none is": ("electra", {"embedding_size": 24}, {}, "left over (electra.embeddings_pr"),
    "an embedding size that is none": ("electra", {"embedding_size": "12"}, {}, "embedding_size is '12'"),
    "electra without head": (
        "electra",
        {},
        {"classifier__out_proj__weight": None},
        "no classifier.out_proj.weight [classes, hidden] in it",
    ),
    "a position table without a row for a token": (
        "roberta",
        {"max_position_embeddings": 1},
        {},
        "max_position_embeddings is 1, expected a whole number 2 to",
    ),
    "a position table that is shorter than said": (
        "roberta",
        {},
        {"roberta__embeddings__position_embeddings__weight": _SMALL},
        "position_embeddings.weight is [2, 24], expected [49, 24]",
    ),
    "padding behind the positions": ("roberta", {"pad_token_id": 48}, {}, "expected a whole number 50 to"),
    "padding that is no number": ("roberta", {"pad_token_id": "<pad>"}, {}, "pad_token_id is '<pad>'"),
    "not finite": ("roberta", {}, {"classifier__dense__weight": _NAN}, "1 not finite (classifier.dense.wei"),
    "a BERT's pooler": (
        "electra",
        {},
        {"electra__pooler__dense__weight": np.zeros((24, 24), np.float32)},
        "1 left over (electra.pooler.dense.weight)",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refuse_export: Refuse) -> None:
    family, facts, tensors, words = WRONG[name]
    monkeypatch.chdir(tmp_path)
    student = write_kin(Path("student"), kin_config(family))
    change_json(student / "config.json", **facts)
    change_tensors(student, **tensors)
    line = refuse_export(CheckpointError, "student")
    assert words in line and "; " in line, line


def test_relative_positions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refuse_export: Refuse) -> None:
    monkeypatch.chdir(tmp_path)
    write_kin(Path("student"), kin_config("electra", position_embedding_type="relative_key"))
    assert "only absolute positions" in refuse_export(UnsupportedModelError, "student")


def test_too_few_positions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refuse_export: Refuse) -> None:
    """Of 4 rows, row 0 is the padding's."""
    monkeypatch.chdir(tmp_path)
    write_kin(Path("student"), kin_config("roberta", max_position_embeddings=4))
    assert "a limit of 3 tokens leaves no room for text" in refuse_export(InputError, "student")
