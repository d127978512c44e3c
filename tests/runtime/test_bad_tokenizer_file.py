"""A tokenizer.json that does not fit the model, or says what we do not do: refused when it is opened."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bad_inputs import Refuse
from manifests import change_sealed
from tokenizers import Tokenizer

import litebert
from litebert import ArtifactError, MissingExtraError
from litebert.tokenizer import load_tokenizer

pytest_plugins = ("bad_fixtures",)


def test_every_command_refuses_it(
    artifact_copy: Path, refuse_run: Refuse, capfd: pytest.CaptureFixture[str]
) -> None:
    words = "max_tokens is 48, but tokenizer"
    change_sealed(artifact_copy, "tokenizer.json", lambda body: body["truncation"].update(max_length=47))
    for command_line in (
        ("run", "copy", "a film"),
        ("inspect", "copy"),
        ("verify", "copy"),
        ("bench", "copy"),
    ):
        line = refuse_run(ArtifactError, *command_line)
        assert "copy/" in line and words in line and "export the model again" in line
    assert litebert.tools.cli.main(["doctor", "copy"]) == 1
    assert words in capfd.readouterr().out


def test_a_pair_needs_no_room_where_there_are_none(artifact_copy: Path) -> None:
    def shorter(body: dict[str, Any]) -> None:
        body["max_tokens"] = 3
        body["pairs"] = "none"

    change_sealed(artifact_copy, "tokenizer.json", lambda body: body["truncation"].update(max_length=3))
    change_sealed(artifact_copy, "manifest.json", shorter)
    assert litebert.load(artifact_copy)("the film is good").tokens == 3


def test_what_the_library_raises_at_a_text_is_ours(artifact: Path) -> None:
    """No file that passes is known to make it; the library may know better."""
    tokenizer = load_tokenizer(artifact / "tokenizer.json")
    body = json.loads(tokenizer.tokenizer.to_str())
    del body["model"]["vocab"]["[UNK]"], body["added_tokens"][1]
    broken = replace(tokenizer, tokenizer=Tokenizer.from_str(json.dumps(body)))
    with pytest.raises(
        ArtifactError, match=r"tokenizer\.json: the tokenizers library fails with it \(WordPiece"
    ):
        broken.encode("Ø")


def test_a_tokenizers_library_that_cannot_be_imported(
    artifact: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(MissingExtraError, match="pip install tokenizers"):
        litebert.load(artifact)
    assert litebert.tools.cli.main(["doctor", str(artifact)]) == 1
    assert "pip install tokenizers" in capsys.readouterr().out
