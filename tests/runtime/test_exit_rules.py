"""The exit rules, by hand."""

from __future__ import annotations

import json
import math
import pickle
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from litebert import InputError
from litebert.exit_rules import RULES, Rule, uncertainty, uncertainty_of
from litebert.exit_settings import Setting, choose_setting, wishes

SURE, UNSURE, TIE = (8.0, 0.0), (0.5, 0.0), (3.0, 3.0)


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        ((0.0, 0.0), 1.0),
        ((-7.5, -7.5, -7.5), 1.0),
        ((1e30,) * 7, 1.0),
        ((5.0,), 0.0),
        ((1000.0, 0.0), 0.0),
        ((3e38, -3e38), 0.0),
        ((math.log(3), 0.0), -(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25))),
        ((math.log(2), 0.0, 0.0), -(0.5 * math.log(0.5) + 0.5 * math.log(0.25)) / math.log(3)),
    ],
)
def test_uncertainty_is_the_normalized_entropy(logits: tuple[float, ...], expected: float) -> None:
    found = uncertainty(logits)
    assert found == pytest.approx(expected, rel=1e-12, abs=0)
    if expected in {0.0, 1.0}:
        assert found == expected


def leaves(rule: str, values: tuple[float, ...], *history: tuple[float, ...]) -> bool:
    return Setting(RULES[rule], values).leaves([(logits,) for logits in history])


def test_entropy_rules_differ_on_the_border_only() -> None:
    border = uncertainty(UNSURE)
    for value, below, at_most in (
        (border, False, True),
        (border + 1e-9, True, True),
        (border - 1e-9, False, False),
    ):
        assert leaves("entropy-below", (value,), UNSURE) is below
        assert leaves("entropy-at-most", (value,), UNSURE) is at_most


@pytest.mark.parametrize("logits", [SURE, UNSURE, (1000.0, 0.0)])
def test_speed_0_never_leaves_and_speed_1_leaves_unless_uniform(logits: tuple[float, ...]) -> None:
    assert not leaves("entropy-below", (0,), logits)
    assert leaves("entropy-below", (1,), logits)
    assert not leaves("entropy-below", (1,), TIE)
    assert leaves("entropy-at-most", (1,), TIE)
    assert not leaves("entropy-at-most", (0,), logits)


def test_raw_entropy_is_in_nats() -> None:
    uniform = (1.0, 1.0, 1.0)
    assert not leaves("raw-entropy-below", (math.log(3) - 1e-9,), uniform)
    assert leaves("raw-entropy-below", (math.log(3) + 1e-9,), uniform)


def test_each_exit_has_a_threshold_of_its_own() -> None:
    values = (0.0, 1.0, 0.0)
    assert [leaves("entropy-below", values, *[UNSURE] * count) for count in (1, 2, 3)] == [False, True, False]


def test_patience_counts_comparisons_in_a_row() -> None:
    a, b = (1.0, 0.0), (0.0, 1.0)
    assert not leaves("patience", (1,), a)
    assert leaves("patience", (1,), a, a)
    assert not leaves("patience", (1,), a, b)
    assert not leaves("patience", (2,), a, b, b)
    assert leaves("patience", (2,), a, b, b, b)
    assert leaves("patience", (1,), a, b, b)
    assert not leaves("patience", (0,), a, a, a, a)


def test_patience_within_compares_numbers() -> None:
    assert leaves("patience-within", (2, 0.1), (5.0,), (1.0,), (1.05,), (1.1,))
    assert not leaves("patience-within", (2, 0.1), (1.0,), (1.1,), (1.15,))
    assert not leaves("patience-within", (1, 0.0), (1.0,), (1.0,))


def test_a_row_of_several_questions_leaves_when_all_are_sure() -> None:
    below, patience = Setting(RULES["entropy-below"], (0.5,)), Setting(RULES["patience"], (1,))
    assert below.leaves([(SURE, SURE)]) and not below.leaves([(SURE, UNSURE)])
    assert below.leaves([()])  # no question is open
    assert not Setting(RULES["entropy-below"], (0,)).leaves([()])
    assert patience.leaves([(SURE, UNSURE), (UNSURE, SURE)])
    assert not patience.leaves([((1.0, 0.0), SURE), ((0.0, 1.0), SURE)])
    assert uncertainty_of((SURE, UNSURE)) == uncertainty(UNSURE)


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES.values() if rule.grid is not None], ids=lambda rule: rule.name
)
def test_a_grid_begins_with_full_depth_and_leaves_ever_earlier(rule: Rule) -> None:
    assert rule.grid is not None
    settings = [Setting(rule, values) for values in rule.grid(3, 2)]
    histories = [[[(each, 0.0)] for each in row] for row in np.random.default_rng(0).normal(size=(50, 3))]
    left = [
        [next((i for i in range(3) if setting.leaves(history[: i + 1])), 3) for history in histories]
        for setting in settings
    ]
    assert set(left[0]) == {3} and set(left[-1]) != {3}
    assert all(after <= before for row in zip(*left, strict=True) for before, after in pairwise(row))


def test_every_rule_can_be_written_into_a_manifest() -> None:
    for rule in RULES.values():
        assert json.loads(json.dumps(rule.facts(), allow_nan=False))["name"] == rule.name
        assert pickle.loads(pickle.dumps(rule)) == rule


def test_speed_and_leave_are_joined() -> None:
    assert wishes(None, None) == {}
    assert wishes(0.5, None) == {"speed": 0.5}
    assert wishes(None, {"patience": 3, "speed": None}) == {"patience": 3}
    assert wishes(0.5, {"patience": 3}) == {"speed": 0.5, "patience": 3}
    for speed, leave, words in ((0.5, {"speed": 0.5}, "twice"), (None, 0.5, "expected a dict")):
        with pytest.raises(InputError, match=words):
            wishes(speed, leave)


@pytest.mark.parametrize("name", [1, None, ("a", "b"), b"speed", "Speed", "x" * 5000, "a\nb"])
def test_leave_names_parameters_of_rules(name: Any) -> None:
    with pytest.raises(InputError, match="expected parameters of an exit rule: speed, threshold") as error:
        wishes(None, {name: 1})
    assert len(str(error.value)) < 200
    assert "\n" not in str(error.value)


def test_without_a_value_nothing_is_set() -> None:
    assert choose_setting(RULES["entropy-below"], 3, {"speed": None, "patience": None}) is None
    assert choose_setting(None, 0, {"speed": None}) is None


def test_one_value_serves_every_exit() -> None:
    setting = choose_setting(RULES["entropy-below"], 3, {"speed": 0.25})
    assert setting == Setting(RULES["entropy-below"], (0.25, 0.25, 0.25))
    setting = choose_setting(RULES["entropy-below"], 2, {"speed": [0, 1]})
    assert setting == Setting(RULES["entropy-below"], (0.0, 1.0))
    setting = choose_setting(RULES["patience-within"], 5, {"threshold": 0.5, "patience": 3})
    assert setting == Setting(RULES["patience-within"], (3.0, 0.5))


@pytest.mark.parametrize(
    ("rule", "given", "words"),
    [
        (None, {"speed": 0.3}, "no early exits"),
        ("entropy-below", {"speed": math.nan}, "speed is nan, expected a number from 0 to 1"),
        ("entropy-below", {"speed": 1.01}, "from 0 to 1"),
        ("entropy-below", {"speed": -0.01}, "from 0 to 1"),
        ("entropy-at-most", {"speed": True}, "expected a number"),
        ("entropy-below", {"speed": "fast"}, "expected a number"),
        ("entropy-below", {"speed": [0.1]}, "1 values, expected one, or 2"),
        ("entropy-below", {"speed": [0.1, math.nan]}, "nan"),
        ("entropy-below", {"threshold": 0.3}, "needs speed"),
        ("entropy-below", {"speed": 0.3, "patience": 1}, "needs speed"),
        ("raw-entropy-below", {"threshold": math.inf}, "expected a number from 0"),
        ("raw-entropy-below", {"threshold": -1.0}, "from 0"),
        ("raw-entropy-below", {"speed": 0.5}, "needs threshold"),
        ("patience", {"patience": 1.5}, "expected a whole number from 0"),
        ("patience", {"patience": -1}, "from 0"),
        ("patience", {"patience": 10**400}, "expected a whole number from 0"),
        ("patience-within", {"patience": 1}, "needs patience and threshold"),
    ],
)
def test_wrong_values_are_refused(rule: str | None, given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        choose_setting(RULES[rule] if rule else None, 2, given)


@pytest.mark.parametrize(
    ("rule", "values", "shown"),
    [
        ("entropy-below", (0.15, 0.15), "Setting(speed=0.15)"),
        ("entropy-at-most", (0.1, 0.2), "Setting(speed=[0.1,0.2])"),
        ("raw-entropy-below", (math.log(2) / 20,) * 3, "Setting(threshold=0.03465735902799726)"),
        ("patience", (3.0,), "Setting(patience=3)"),
        ("patience-within", (3.0, 0.5), "Setting(patience=3, threshold=0.5)"),
    ],
)
def test_a_setting_is_shown_as_what_a_call_is_given(rule: str, values: tuple[float, ...], shown: str) -> None:
    assert repr(Setting(RULES[rule], values)) == shown
