"""The conductor, with workers that only pretend to have a model."""

import json
import random
import sys
from pathlib import Path

import pytest

from figures import begin, records_of
from interleave import LENGTH_CALLS, LENGTHS, InterleavePlan, interleave, rotated, work
from litebert_bench.measure.record_line import to_line
from litebert_bench.measure.records import BenchSubject, Latency
from litebert_bench.record_file import parse_line
from litebert_bench.report.collect import summarize
from models import BenchModel
from subjects import REFERENCE, Entry

FAKE = Path(__file__).with_name("fake_worker.py")
ROWS = tuple({"input_ids": [1, 5 + i, 2], "token_type_ids": [0, 0, 0]} for i in range(5))


@pytest.fixture
def diary(tmp_path: Path) -> Path:
    return tmp_path / "diary"


def entry(mode: str, diary: Path, *settings: str, name: str | None = None) -> Entry:
    command = (sys.executable, str(FAKE), mode, str(diary))
    return Entry(name or mode, "fake", "int8", "", command, ("", *settings))


def plan(tmp_path: Path, **changed: int) -> InterleavePlan:
    values = {
        "timed": 4,
        "rounds": 2,
        "turn": 2,
        "threads": 1,
        "batch": 2,
        "batch_texts": 4,
        "seed": 0,
    } | changed
    return InterleavePlan(rows=ROWS, logs=tmp_path / "logs", **values)


def requests(diary: Path) -> list[tuple[str, int, int, int, str]]:
    return [tuple(json.loads(line)) for line in diary.read_text().splitlines()]


def silent(done: float, what: str) -> None:
    pass


def test_everyone_answers_every_text_in_turn(tmp_path: Path, diary: Path) -> None:
    entries = [entry("a", diary), entry("b", diary, "speed=0.3")]
    heard: list[float] = []
    asked = plan(tmp_path)
    outcomes = interleave(entries, asked, lambda done, _: heard.append(done))

    assert [outcome.problem for outcome in outcomes] == [None, None]
    assert sum(heard) == work(entries, asked)
    for outcome in outcomes:
        counted = [series for series in outcome.series if not series.warm_up]
        for setting in outcome.entry.settings:
            alone = [each for each in counted if (each.setting, each.batch) == (setting, 1)]
            assert [each.round for each in alone] == [0, 1]
            assert all(each.texts == [0, 1, 2, 3] and len(each.wall_ms) == 4 for each in alone)
            assert alone[0].logits == [[8.0 + i, 3.0] for i in range(4)]
            assert outcome.further[setting].logits == [[12.0, 3.0]]
        together = [each for each in counted if each.batch == 2]
        assert [each.texts for each in together] == [[0, 2], [0, 2]]
        assert [len(each.wall_ms) for each in together] == [2, 2]
        assert outcome.lengths[0][0] == [*LENGTHS] * LENGTH_CALLS
        assert [start["open_ms"] for start in outcome.starts] == [2.0, 2.0]
    assert len({pid for _, pid, *_ in requests(diary)}) == 4  # a fresh process per entry and round
    # Nobody has two turns before the others had one, and the order moves on.
    turns = [(mode, setting) for mode, _, rows, batch, setting in requests(diary) if (rows, batch) == (2, 1)]
    ways = {("a", ""), ("b", ""), ("b", "speed=0.3")}
    chunks = [turns[i : i + 3] for i in range(0, len(turns), 3)]
    assert all({*chunk} == ways for chunk in chunks)
    assert chunks[1] == rotated(chunks[0], 1)


def test_the_order_of_a_round_is_drawn_from_the_seed(tmp_path: Path, diary: Path) -> None:
    entries = [entry(mode, diary) for mode in "abcd"]
    interleave(entries, plan(tmp_path, rounds=1, seed=3), silent)
    order = [*"abcd"]
    random.Random("3 0").shuffle(order)
    assert [*dict.fromkeys(mode for mode, *_ in requests(diary))] == order


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "problem"),
    [
        ("dies", "round 1 of 2: the model fell over"),
        ("unready", "round 1 of 2: there is no model"),
        ("mute", "round 1 of 2: its first line lacks engine"),
        ("text", "round 1 of 2: its answer is not JSON: b'Traceback"),
        ("list", "round 1 of 2: its answer is no JSON object"),
        ("nothing", "round 1 of 2: its answer to 1 rows does not hold a finite number for each"),
        ("few", "round 1 of 2: its answer to 1 rows"),
        ("nan", "round 1 of 2: its answer to 1 rows"),
        ("error", "round 1 of 2: out of ideas"),
    ],
)
def test_who_fails_is_left_out_and_the_others_go_on(
    tmp_path: Path, diary: Path, mode: str, problem: str
) -> None:
    absent = Entry("absent", "fake", "none", "", (str(tmp_path / "no-python"), "x"))
    good, bad, gone = interleave([entry("good", diary), entry(mode, diary), absent], plan(tmp_path), silent)
    assert good.problem is None
    assert len([each for each in good.series if not each.warm_up and each.batch == 1]) == 2
    assert bad.problem is not None
    assert bad.problem.startswith(problem)
    assert gone.problem is not None
    assert "cannot be started" in gone.problem


def test_who_is_slow_to_start_is_started_once(
    tmp_path: Path, diary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interleave.SLOW_S", 0.0)
    (outcome,) = interleave([entry("a", diary)], plan(tmp_path), silent)
    assert len({pid for _, pid, *_ in requests(diary)}) == 1
    assert [each.round for each in outcome.series if not each.warm_up and each.batch == 1] == [0, 1]
    assert len(outcome.starts) == 1
    assert outcome.slow[0].startswith("one process for all rounds")
    assert not Path(f"/proc/{requests(diary)[0][1]}").exists()


def test_no_worker_outlives_an_interrupt(tmp_path: Path, diary: Path) -> None:
    def interrupt(done: float, what: str) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interleave([entry("a", diary), entry("b", diary)], plan(tmp_path), interrupt)
    started = {pid for _, pid, *_ in requests(diary)}
    assert len(started) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in started)


def test_what_was_seen_becomes_records_that_a_report_takes(tmp_path: Path, diary: Path) -> None:
    entries = [
        entry("right", diary, name=REFERENCE),
        entry("early", diary, "speed=0.3"),
        entry("dies", diary),
        Entry("never", "never", "none", "", (), problem="cannot be installed: no such package"),
    ]
    asked = plan(tmp_path)
    outcomes = interleave(entries, asked, silent)
    model = BenchModel("student", tmp_path, "", trained=True, texts=5)
    run = begin(model, asked, "made up", labelled=True)
    records = [run, *records_of(run.run, model, asked, outcomes, [0, 0, 1, 1, 1])]

    assert [parse_line(to_line(record), "here") for record in records] == records
    subjects = {each.subject: each for each in records if isinstance(each, BenchSubject)}
    assert subjects["dies"].problem == "round 1 of 2: the model fell over"
    assert subjects["never"].problem == "cannot be installed: no such package"
    assert {each.subject for each in records if isinstance(each, Latency)} == {REFERENCE, "early"}
    (group,) = summarize(records).groups
    early = next(each for each in group.subjects if each.subject.subject == "early")
    assert [(each.batch, each.setting, each.text_ms) for each in early.paces] == [
        (1, "", 1.5),
        (2, "", 0.75),
        (1, "speed=0.3", 1.5),
    ]
    qualities = {each.setting: each for each in early.qualities}
    assert qualities[""].metrics == {"accuracy": 0.4}
    assert (qualities[""].agreement, qualities[""].max_logit_difference) == (1.0, 0.0)
    assert qualities["speed=0.3"].exits == {"0": 5}
