"""The errors as a Python program meets them."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

import litebert
from litebert.artifact import open_artifact
from litebert.tools.verify import replay_golden

KINDS = [getattr(litebert, name) for name in litebert.__all__ if name.endswith("Error")]


def test_what_python_raises_itself_in_such_a_place() -> None:
    roots = {kind: {ValueError, ImportError, OSError} & {*kind.__mro__} for kind in KINDS}
    expected = {litebert.InputError: {ValueError}, litebert.MissingExtraError: {ImportError}}
    assert roots == {kind: expected.get(kind, set()) for kind in KINDS}
    assert all(issubclass(kind, litebert.LiteBertError) for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_comes_back_whole_from_another_process(kind: type[litebert.LiteBertError]) -> None:
    error = pickle.loads(pickle.dumps(kind("a\u202eb")))
    assert type(error) is kind and str(error) == "a\\u202eb" and error.args == ("a\\u202eb",)


def test_what_a_caller_did_is_no_fault_of_the_golden_cases(
    artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where golden cases are replayed, a ValueError says that they are not as specified."""

    def forked(model: object, encodings: object) -> None:
        raise litebert.InputError("the model was opened before this process was forked")

    monkeypatch.setattr("litebert.runner.Runner.all_exits", forked)
    with pytest.raises(litebert.InputError, match="was forked"):
        replay_golden(open_artifact(artifact))
