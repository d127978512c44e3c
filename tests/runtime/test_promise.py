"""The promise of a calibration holds on new texts in 95 % of calibrations, for any number of settings."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from litebert import InputError
from litebert.calibration import Calibration, SettingRow
from litebert.exit_rules import RULES
from litebert.promise import KNOBS, keep_promise, p_value, texts_needed
from litebert.targets import Exit
from litebert.tools.calibration_figures import calibration_of
from litebert.tools.exit_answers import ExitAnswers

SPEED = RULES["entropy-below"]
CASES = Path(__file__).parents[1] / "cases"
DRAWS = 300
_SEARCHES, _WRONG = 40, 0.2
MOST_BROKEN = 0.05 + 3 * math.sqrt(0.05 * 0.95 / DRAWS)  # three standard deviations of the simulation


@dataclass(frozen=True)
class Crowd:
    """All texts there are, so that the truth behind a promise is known.

    Attributes:
        changed: [settings, texts] whether an answer differs from full depth's.
        spoiled: [settings, texts] whether a right one became wrong.
        mended: [settings, texts] whether a wrong one became right.
        shares: [settings] of the compute.
    """

    changed: NDArray[np.bool_]
    spoiled: NDArray[np.bool_]
    mended: NDArray[np.bool_]
    shares: NDArray[np.float64]

    def sample(self, texts: NDArray[np.int64]) -> Calibration:
        """The table that some of the texts give."""
        changed, spoiled = self.changed[:, texts].sum(axis=1), self.spoiled[:, texts].sum(axis=1)
        rows = (
            _row(*each) for each in zip(self.shares.tolist(), changed.tolist(), spoiled.tolist(), strict=True)
        )
        return Calibration(len(texts), 0, 8, (1.0, 1.0), tuple(rows))

    def loss_percent(self, knob: str, setting: int) -> float:
        """The loss of a setting, by its number, over all texts."""
        if knob == "max_changed_percent":
            return 100 * float(self.changed[setting].mean())
        return 100 * float(self.spoiled[setting].mean() - self.mended[setting].mean())


def _row(share: float, changed: int, spoiled: int | None = None) -> SettingRow:
    accuracy = None if spoiled is None else 0.9
    return SettingRow((share,), accuracy, 1.0, changed, spoiled, 1.0, (1, 1), share, 1.0)


def _real() -> Crowd:
    """The shipped student on SST-2."""
    case = json.loads((CASES / "sst2-exits/outcomes.json").read_text(encoding="utf-8"))
    table = np.array(case["rows"])
    texts = np.repeat(table[:, :-1], table[:, -1], axis=0)
    first, same = texts[:, :2], np.column_stack([texts[:, 2:4], np.ones(len(texts), int)]).astype(bool)
    right, everyone = texts[:, 4:7].astype(bool), np.arange(len(texts))
    left = [np.column_stack([first <= step, np.ones(len(texts), bool)]).argmax(axis=1) for step in range(21)]
    answer = [right[everyone, each] for each in left]
    return Crowd(
        changed=np.array([~same[everyone, each] for each in left]),
        spoiled=np.array([right[:, -1] & ~each for each in answer]),
        mended=np.array([~right[:, -1] & each for each in answer]),
        shares=np.array([np.array(case["compute_shares"])[each].mean() for each in left]),
    )


def _made(rates: list[float], mended: float = 0.5) -> Crowd:
    """Settings that change answers at these rates, each other texts' than the one before."""
    rng = np.random.default_rng(7)
    changed = np.array([rng.permutation(20000) < round(20000 * rate) for rate in rates])
    better = changed & (rng.random(changed.shape) < mended)
    return Crowd(changed, changed & ~better, better, np.linspace(1, 0.3, len(rates)))


CROWDS = {
    "the shipped student on SST-2": _real(),
    "many settings just beyond the limits": _made([0.0] + [0.0055, 0.0105, 0.0205] * 30, mended=0.0),
    "one fast setting just beyond, none before": _made([0.0] * 5 + [0.021] * 5, mended=0.0),
    "half of the changes mend": _made(np.linspace(0, 0.08, 21).tolist()),
    "the slow settings are the bad ones": _made([0.0, *np.linspace(0.06, 0.0, 20).tolist()]),
}


@pytest.mark.parametrize("knob", KNOBS)
@pytest.mark.parametrize("crowd", CROWDS.values(), ids=list(CROWDS))
@pytest.mark.slow
def test_a_promise_is_broken_in_at_most_5_percent_of_calibrations(crowd: Crowd, knob: str) -> None:
    rng = np.random.default_rng(11)
    number = {share: setting for setting, share in reversed([*enumerate(crowd.shares.tolist())])}
    for examples in (1, 5, 20, 100, 300, 600):
        tables = [crowd.sample(rng.integers(0, crowd.changed.shape[1], examples)) for _ in range(DRAWS)]
        for percent in (0.0, 0.5, 1.0, 2.0):
            settings = [keep_promise(table, SPEED, knob, percent).setting for table in tables]
            broken = [
                setting is not None and crowd.loss_percent(knob, number[setting.values[0]]) > percent
                for setting in settings
            ]
            assert np.mean(broken) <= MOST_BROKEN, (examples, percent)


@pytest.mark.parametrize("knob", KNOBS)
def test_enough_texts_leave_early(knob: str) -> None:
    """The real student changes nothing down to 0.64 of the compute; 600 texts find more than half of that."""
    crowd, rng = CROWDS["the shipped student on SST-2"], np.random.default_rng(13)
    tables = [crowd.sample(rng.integers(0, crowd.changed.shape[1], 600)) for _ in range(DRAWS)]
    for percent, most in ((0.5, 0.65), (1.0, 0.62), (2.0, 0.55), (5.0, 0.45)):
        settings = [keep_promise(table, SPEED, knob, percent).setting for table in tables]
        shares = [1.0 if setting is None else setting.values[0] for setting in settings]
        assert np.mean(shares) < most, percent


def _answers(logits: NDArray[np.float32]) -> ExitAnswers:
    """Those of texts whose logits [texts, exits, classes] are known, without gold answers."""
    best = logits.argmax(axis=2)
    beliefs = [[(classes,) for classes in exits] for exits in logits.tolist()]
    return ExitAnswers(beliefs, best == best[:, -1:], None)


@pytest.mark.slow
def test_searched_thresholds_are_judged_by_texts_they_were_not_fitted_to() -> None:
    """Early answers are wrong by chance: what a search finds in some texts is no better in others."""
    rng, exits = (
        np.random.default_rng(17),
        [Exit(i, {}, (i + 1) / 3) for i in range(3)],
    )
    excess, broken = [], 0
    for _ in range(_SEARCHES):
        logits = np.zeros((40, 3, 2), np.float32)
        logits[:, :, 0] = rng.uniform(0.1, 3, (40, 3)) * np.where(rng.random((40, 3)) < _WRONG, -1, 1)
        logits[:, 2, 0] = 5
        table = calibration_of(SPEED, exits, _answers(logits), np.ones(40, int), [1.0, 2.0, 3.0], (0.6,))
        assert (table.searched, table.examples, len(table.rows)) == (20, 20, 22)
        assert {sum(row.exits) for row in table.rows} == {20}
        for row in table.rows:
            if len({*row.values}) > 1:
                excess.append(row.agreement - (1 - _WRONG * sum(row.exits[:2]) / 20))
        setting = keep_promise(table, SPEED, "max_changed_percent", 14).setting
        broken += setting is not None and _WRONG * _leaving(setting.values) > 0.14
    assert abs(np.mean(excess)) < 0.03  # three standard deviations
    assert broken <= _SEARCHES * 0.05 + 3 * math.sqrt(_SEARCHES * 0.05 * 0.95)


def _leaving(speeds: tuple[float, ...]) -> float:
    """How many texts leave early."""
    logits = np.linspace(0.1, 3, 10001)
    p = 1 / (1 + np.exp(-logits))
    unsure = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    return 1 - float(np.prod([np.mean(unsure >= speed) for speed in speeds]))


@pytest.mark.parametrize("limit", [0.005, 0.01, 0.02, 0.1, 0.5])
@pytest.mark.parametrize("texts", [1, 7, 100, 872])
def test_the_tail_is_the_binomial_one(texts: int, limit: float) -> None:
    total = 0.0
    for losses in range(texts + 1):
        total += math.comb(texts, losses) * limit**losses * (1 - limit) ** (texts - losses)
        if losses >= texts * limit:
            assert p_value(losses, texts, limit) == 1 and total >= 0.5
            break
        assert p_value(losses, texts, limit) == pytest.approx(total, rel=1e-9)
    assert p_value(texts, texts, 1.0) == 0 and p_value(0, texts, 0.0) == 1


@pytest.mark.parametrize(
    ("percent", "texts"), [(0.5, 598), (1, 299), (2, 149), (13.92, 20), (100, 1), (99.9, 1)]
)
def test_so_many_texts_are_needed_and_no_more(percent: float, texts: int) -> None:
    assert texts_needed(percent / 100) == texts
    for examples in (texts, texts - 1) if texts > 1 else (texts,):
        table = Calibration(examples, 0, 8, (1.0, 1.0), (_row(1, 0, 0), _row(0.5, 0, 0)))
        for knob in KNOBS:
            assert (keep_promise(table, SPEED, knob, percent).setting is not None) == (examples == texts)


def _table(*rows: SettingRow, examples: int = 872) -> Calibration:
    return Calibration(examples, 0, 8, (0.8, 0.9), rows)


def test_the_first_setting_that_fails_ends_the_search() -> None:
    rows = (_row(1, 0), _row(0.8, 1), _row(0.6, 9), _row(0.4, 0))
    assert _values(_table(*rows), 1) == (0.8,)
    assert _values(_table(*rows), 2) == (0.4,)  # 9 of 872 are few enough for that


def test_of_those_that_passed_the_fastest_is_taken_and_the_slower_of_equals() -> None:
    slow, fast = _row(0.6, 1), _row(0.5, 1)
    assert _values(_table(_row(1, 0), fast, slow), 1) == (
        0.5,
    )  # searched rows: order by other texts' compute
    equal = SettingRow((9.0,), None, 1.0, 1, None, 1.0, (1, 1), 0.5, 1.0)
    assert _values(_table(_row(1, 0), fast, equal), 1) == (0.5,)


def _values(table: Calibration, percent: float) -> tuple[float, ...] | None:
    setting = keep_promise(table, SPEED, "max_changed_percent", percent).setting
    return None if setting is None else setting.values


def test_accuracy_counts_what_was_spoiled_and_without_labels_what_changed() -> None:
    labelled, plain = _table(_row(1, 0, 0), _row(0.5, 40, 3)), _table(_row(1, 0), _row(0.5, 40))
    assert keep_promise(labelled, SPEED, "max_accuracy_drop", 1).setting is not None
    assert keep_promise(labelled, SPEED, "max_changed_percent", 1).setting is None
    assert keep_promise(plain, SPEED, "max_accuracy_drop", 1).setting is None
    assert keep_promise(plain, SPEED, "max_accuracy_drop", 7).setting is not None


@pytest.mark.parametrize(
    ("table", "knob", "percent", "reason"),
    [
        (
            _table(_row(1, 0), _row(0.5, 3)),
            "max_changed_percent",
            1,
            "at most 1 % of the answers change: speed 0.5, 0.50 of the compute (3 of 872 changed)",
        ),
        (
            _table(_row(1, 0, 0), _row(0.5, 8, 3)),
            "max_accuracy_drop",
            1,
            "accuracy falls by at most 1 point: speed 0.5, 0.50 of the compute "
            "(3 of 872 were right and became wrong)",
        ),
        (
            _table(_row(1, 0, 0), _row(0.5, 0, 0), examples=20),
            "max_accuracy_drop",
            0.5,
            "accuracy falls by at most 0.5 points: nothing promised, all layers run, as "
            "this needs 598 texts without a "
            "difference, and 20 were calibrated",
        ),
        (
            _table(_row(1, 0), _row(0.5, 9)),
            "max_changed_percent",
            1,
            "at most 1 % of the answers change: nothing promised, all layers run, as "
            "at speed 0.5, 9 of 872 changed, which is "
            "too many",
        ),
        (
            _table(_row(1, 0), _row(1, 0)),
            "max_changed_percent",
            1,
            "at most 1 % of the answers change: nothing promised, all layers run, as "
            "no text left earlier at any setting",
        ),
        (
            _table(_row(1, 0), _row(0.5, 0)),
            "max_changed_percent",
            0,
            "at most 0 % of the answers change: nothing promised, all layers run, as "
            "no number of texts can promise 0",
        ),
    ],
)
def test_the_reason_is_given(table: Calibration, knob: str, percent: float, reason: str) -> None:
    assert keep_promise(table, SPEED, knob, percent).reason == reason


def test_a_text_of_several_questions_leaves_where_all_are_sure() -> None:
    exits = [Exit(0, {}, 0.5), Exit(1, {}, 1.0)]
    sure, unsure = (9.0, 0.0), (0.1, 0.0)
    beliefs = [[(sure, sure), (sure, sure)], [(sure, unsure), (sure, sure)], [(), ()]]
    answers = ExitAnswers(beliefs, np.array([[True, True], [False, True], [True, True]]), None)
    table = calibration_of(SPEED, exits, answers, np.ones(3, int), [1.0, 2.0], ())
    assert [row.exits for row in table.rows][::19] == [(0, 3), (2, 1)]
    assert table.exit_accuracy == (pytest.approx(2 / 3), 1.0)


def test_patience_is_tested_from_the_greatest_down() -> None:
    """Never first, which is 0; then each patience that leaves no later than the one before."""
    rng, exits = (
        np.random.default_rng(19),
        [Exit(i, {}, (i + 1) / 4) for i in range(4)],
    )
    logits = rng.normal(size=(50, 4, 2)).astype(np.float32)
    table = calibration_of(RULES["patience"], exits, _answers(logits), np.ones(50, int), [1.0] * 4, ())
    assert [row.values for row in table.rows] == [(0.0,), (3.0,), (2.0,), (1.0,)]
    shares = [row.compute_share for row in table.rows]
    assert shares == sorted(shares, reverse=True) and shares[-1] < 1


def test_a_threshold_in_nats_goes_up_to_where_everything_leaves() -> None:
    rng, exits = (
        np.random.default_rng(23),
        [Exit(i, {}, (i + 1) / 3) for i in range(3)],
    )
    logits = rng.normal(size=(30, 3, 5)).astype(np.float32)
    rule = RULES["raw-entropy-below"]
    table = calibration_of(rule, exits, _answers(logits), np.ones(30, int), [1.0] * 3, ())
    assert table.rows[0].values == (0.0, 0.0) and table.rows[-1].values == pytest.approx([math.log(5)] * 2)
    assert table.rows[-1].exits == (30, 0, 0)
    assert keep_promise(table, rule, "max_changed_percent", 100).setting is not None


@pytest.mark.parametrize("percent", [-1, 101, float("nan"), True, "1", None])
def test_a_limit_is_a_number_of_percent(percent: float) -> None:
    for knob in KNOBS:
        with pytest.raises(InputError, match=f"{knob} is .*expected a number from 0 to 100"):
            keep_promise(_table(_row(1, 0)), SPEED, knob, percent)
