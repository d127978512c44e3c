"""The times that a calibration measures, and the duration of the measurement."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from litebert.exit_settings import Setting
from litebert.exit_times import exit_latencies_ms
from litebert.tokenizer import Encoding


@pytest.mark.parametrize(
    ("seconds", "calls", "texts"),
    [
        (0.001, 2 + 4 * 40 * 4, 40),  # all four rounds of all texts
        (0.39, 2 + 4 * 10 * 2, 10),  # 20 seconds are enough for 10 texts, twice
        (30, 2 + 4, 1),  # and for none of these, but one is needed
    ],
)
def test_timing_is_bounded(seconds: float, calls: int, texts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit number i takes i + 1 quarters of the time."""
    now, seen = [0.0], []

    def answers(encodings: list[Encoding], setting: Setting | None) -> None:
        left = 3 if setting is None else next((i for i, each in enumerate(setting.values) if each > 0), 3)
        now[0] += seconds * (left + 1) / 4
        seen.append(len(encodings[0].input_ids))

    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    model = SimpleNamespace(answers=answers, exit_layers=(0, 1, 2, 3))
    encodings = [Encoding((0,) * (1 + number), (0,) * (1 + number)) for number in range(40)]
    shares: list[float] = []
    found = exit_latencies_ms(model, encodings, 20, shares.append)  # type: ignore[arg-type]
    assert found == pytest.approx([seconds * 1000 * (number + 1) / 4 for number in range(4)])
    assert (len(seen), len({*seen})) == (calls, texts) and seen[0] == 21
    assert now[0] < 20 + 3 * seconds or texts == 1
    assert sum(shares) == pytest.approx(1)
