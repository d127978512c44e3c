"""Peers with fixed lengths take the shortest that holds a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

import pytest

PEERS = Path(__file__).parents[2] / "benchmarks" / "peers"


@pytest.fixture
def shortest_fit(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Iterable[int]], int]:
    monkeypatch.syspath_prepend(PEERS)
    return import_module("litert_torch_xnnpack").shortest_fit


@pytest.mark.parametrize(("tokens", "length"), [(2, 32), (32, 32), (33, 64), (128, 128)])
def test_a_text_goes_into_the_shortest_length_that_holds_it(
    shortest_fit: Callable[[int, Iterable[int]], int], tokens: int, length: int
) -> None:
    assert shortest_fit(tokens, (64, 32, 128)) == length


def test_a_text_longer_than_all_is_one_error(
    shortest_fit: Callable[[int, Iterable[int]], int],
) -> None:
    with pytest.raises(ValueError, match="a text of 129 tokens, at most 128 fit"):
        shortest_fit(129, (32, 64, 128))
