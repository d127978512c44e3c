"""Numbers of any kind as arguments, and what arguments are called where they were given."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from litebert.arguments import (
    argument,
    argument_is,
    command_line,
    offer,
    offers,
    real,
    several,
    whole,
)
from litebert.exit_rules import RULES
from litebert.exit_settings import choose_setting
from litebert.machine import usable_threads


@pytest.mark.parametrize(
    ("value", "as_real", "as_whole"),
    [
        (3, 3.0, 3),
        (0.5, 0.5, None),
        (np.int64(3), 3.0, 3),
        (np.uint8(3), 3.0, 3),
        (np.float32(0.5), 0.5, None),
        (np.float16(0.5), 0.5, None),
        (np.longdouble(0.5), 0.5, None),
        (np.array(0.5), 0.5, None),
        (np.array(3), 3.0, 3),
        (Decimal("0.5"), 0.5, None),
        (Fraction(1, 2), 0.5, None),
        (np.float32("inf"), math.inf, None),
        (10**400, None, 10**400),
        *((wrong, None, None) for wrong in (True, np.True_, math.nan, np.float32("nan"), Decimal("sNaN"))),
        *(
            (wrong, None, None)
            for wrong in (None, "3", b"3", 1j, np.complex64(1), np.array([3]), [3], object())
        ),
        (np.datetime64("2026-11-28"), None, None),
        (np.array(True), None, None),
    ],
)
def test_numbers_of_any_kind(value: Any, as_real: float | None, as_whole: int | None) -> None:
    found = real(value), whole(value)
    assert found == (as_real, as_whole)
    assert type(found[0]) in (float, type(None)) and type(found[1]) in (int, type(None))


def test_several_are_a_list_a_tuple_or_an_array() -> None:
    assert several([1]) == several((1,)) == several(np.array([1])) == [1]
    assert [several(other) for other in (1, "1", {1}, np.array(1), np.array([[1]]), None)] == [None] * 6


def test_an_argument_is_called_as_it_was_given() -> None:
    told = "max_tokens", "max_tokens=9", "labels=['a', 'b']", "cased=True"
    wanted = "--max-tokens", "--max-tokens 9", "--labels a,b", "--cased"
    for expected in (told, wanted, told):
        if expected is wanted:
            with command_line():
                offer(["--vocab"])
                found = _told()
                assert offers("vocab") and not offers("config")
        else:
            found = _told()
            assert offers("vocab") and offers("config")
        assert found == expected


def _told() -> tuple[str, ...]:
    named = argument_is("max_tokens", 9), argument_is("labels", ["a", "b"]), argument_is("cased", True)
    return argument("max_tokens"), *named


@pytest.mark.parametrize(
    "speed", [np.float32(0.5), Decimal("0.5"), np.array(0.5), np.array([0.5, 0.5]), (0.5, 0.5)]
)
def test_a_speed_may_be_any_number(speed: Any) -> None:
    setting = choose_setting(RULES["entropy-below"], 2, {"speed": speed})
    assert setting is not None and setting.values == (0.5, 0.5)
    assert all(type(value) is float for value in setting.values)


def test_patience_and_threads_may_be_of_numpy() -> None:
    setting = choose_setting(RULES["patience"], 2, {"patience": np.int64(2)})
    assert setting is not None and setting.values == (2.0,)
    assert usable_threads(np.int32(1), print) == 1
