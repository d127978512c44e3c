"""Summaries count the measured values, and a spread holds the share that it states."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from made_records import PEERS, make_run

from litebert.errors import InputError
from litebert_bench.measure.records import BenchSubject, Latency, Operators, Quality, Record, Roofline, Run
from litebert_bench.report.collect import summarize
from litebert_bench.report.ratios import ratio_of, with_spread


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return make_run()


@pytest.mark.parametrize("rounds", [3, 4, 5, 10])
@pytest.mark.parametrize("heavy_tails", [False, True])
def test_a_second_run_lies_in_the_spread_of_the_first(rounds: int, heavy_tails: bool) -> None:
    random = np.random.default_rng(rounds)
    shape = (2, 1000, rounds)
    noise = random.standard_t(3, shape) if heavy_tails else random.standard_normal(shape)
    first, second = np.exp(0.03 * noise) / 3
    held = [
        with_spread(one).contains(with_spread(other).value) for one, other in zip(first, second, strict=True)
    ]
    assert np.mean(held) >= 0.94  # 1,000 pairs of 95 %: three standard errors are 2 points


def test_a_spread_is_not_much_wider_than_it_must_be() -> None:
    random = np.random.default_rng(0)
    found = [with_spread(np.exp(0.01 * random.standard_normal(5))) for _ in range(300)]
    assert np.median([each.high / each.low for each in found if each.high and each.low]) < 1.08


@pytest.mark.parametrize("ratios", [[0.5], [0.4, 0.625]])
def test_too_few_rounds_have_no_spread(ratios: list[float]) -> None:
    found = with_spread(ratios)
    assert found.value == pytest.approx(0.5)
    assert (found.low, found.high, found.contains(0.5)) == (None, None, False)


def test_a_ratio_takes_what_both_answered() -> None:
    found = ratio_of({0: {0: 1.0, 1: 2.0, 2: 90.0}, 1: {0: 3.0, 1: 3.0}}, {0: {0: 2.0, 1: 4.0}, 1: {1: 6.0}})
    assert found is not None and found.value == pytest.approx(0.5)
    assert ratio_of({0: {0: 1.0}}, {1: {0: 1.0}}) is None
    assert ratio_of({0: {0: 1.0}}, {0: {0: 0.0}}) is None


def test_percentiles_are_those_of_the_samples(records: list[Record]) -> None:
    group = summarize(records).groups[0]
    measured = group.subjects[-1]
    same = [
        each
        for each in records
        if isinstance(each, Latency) and each.subject == measured.subject.subject and not each.warm_up
    ]
    chosen = [each for each in same if (each.threads, each.batch, each.setting) == (1, 1, "")]
    samples = [ms for each in chosen for ms in each.model_ms]
    pace = measured.pace(1, 1)
    assert pace is not None and pace.total is not None and pace.tokenize is not None
    assert pace.model.samples == len(samples) == 120
    assert [pace.model.p50_ms, pace.model.p99_ms] == pytest.approx([*np.percentile(samples, (50, 99))])
    assert pace.text_ms == pytest.approx(np.median([np.mean(each.model_ms) for each in chosen]))
    assert pace.cpu_share == pytest.approx(0.9)
    assert pace.quality is not None and pace.quality.setting == ""


def test_a_batch_is_counted_by_its_texts(records: list[Record]) -> None:
    pace = summarize(records).groups[0].subjects[-1].pace(1, 8)
    assert pace is not None and pace.text_ms == pytest.approx(pace.model.mean_ms / 8, rel=0.1)


def test_warm_up_counts_for_nothing(records: list[Record]) -> None:
    slow = [
        dataclasses.replace(each, model_ms=[1e6 for _ in each.model_ms])
        if isinstance(each, Latency) and each.warm_up
        else each
        for each in records
    ]
    assert summarize(slow) == summarize(records)


def test_ratios_are_those_that_were_made(records: list[Record]) -> None:
    group = summarize(records).groups[1]
    assert group.baseline is not None and group.baseline.name == "onnxruntime-fp32"
    for measured, peer in zip(group.subjects, PEERS, strict=True):
        pace = measured.pace(1, 1)
        if peer.problem is None:
            assert pace is not None
            ratio = group.ratio(measured, pace)
            assert ratio is not None and ratio.low is not None and ratio.high is not None
            assert math.isclose(ratio.value, peer.share, rel_tol=0.07)
            assert ratio.low <= ratio.value <= ratio.high
        else:
            assert pace is None and measured.subject.problem == peer.problem


def test_unlike_arithmetic_is_not_compared() -> None:
    unlike = tuple(peer for peer in PEERS if peer.arithmetic in ("exact", "default"))
    group = summarize(make_run(peers=unlike, models=("tiny",))).groups[0]
    assert group.baseline is not None and group.baseline.name == "torch-int8"
    for measured in group.subjects:
        for pace in measured.paces:
            compared = group.ratio(measured, pace) is not None
            assert compared == (measured.subject.arithmetic == "default")


def test_a_roofline_of_another_run_stands_with_its_subject(records: list[Record]) -> None:
    profiles = (Run, BenchSubject, Roofline, Operators)
    ours = tuple(peer for peer in PEERS if peer.peer == "litebert")
    aside = [each for each in make_run(1, ("tiny",), peers=ours) if isinstance(each, profiles)]
    timed = [each for each in records if not isinstance(each, Roofline | Operators)]
    whole = summarize([*aside, *timed])
    assert [group.model for group in whole.groups] == ["tiny", "tinybert-4"]
    group = whole.groups[0]
    assert [len(each.reach) for each in group.subjects] == [2 * each.ours for each in group.subjects]
    assert any(each is group.baseline for each in group.subjects)
    stranger = make_run(2, ("tiny",), peers=(dataclasses.replace(PEERS[0], peer="new"),))
    strange = [each for each in stranger if isinstance(each, profiles)]
    assert [len(each.subjects) for each in summarize([*timed, *strange]).groups] == [15, 15, 1]


def test_what_cannot_be_is_refused(records: list[Record]) -> None:
    latency = next(each for each in records if isinstance(each, Latency) and not each.warm_up)
    quality = next(each for each in records if isinstance(each, Quality))
    subject = next(each for each in records if isinstance(each, BenchSubject))
    for wrong, message in (
        ([], "no record of a run"),
        ([*records, *records], "is there twice"),
        ([*records, subject], "is there twice"),
        ([*records, dataclasses.replace(subject, run="other")], "names the run other"),
        ([*records, dataclasses.replace(latency, subject="other")], "names the subject other"),
        ([*records, dataclasses.replace(latency, model_ms=latency.model_ms[1:])], "without their fellows"),
        ([*records, dataclasses.replace(latency, cpu_ms=[1.0])], "without their fellows"),
        ([*records, dataclasses.replace(latency, texts=[-1, *latency.texts[1:]])], "does not have"),
        ([*records, dataclasses.replace(latency, texts=[999, *latency.texts[1:]])], "does not have"),
        ([*records, dataclasses.replace(latency, batch=0)], "samples"),
        ([*records, dataclasses.replace(latency, exits=[-1])], "samples"),
        ([dataclasses.replace(records[0], tokens=[-1])], "below 0"),
        ([*records, dataclasses.replace(latency, model_ms=[-1.0] * len(latency.texts))], "below 0"),
        ([*records, dataclasses.replace(quality, exits={"last": 3})], "samples"),
    ):
        with pytest.raises(InputError, match=message):
            summarize(wrong)
