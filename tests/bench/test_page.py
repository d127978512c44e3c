"""A report is one sound page that shows everything or says why not, for any records."""

from __future__ import annotations

import dataclasses
import html
import re
from html.parser import HTMLParser

import pytest
from made_records import PEERS, Peer, make_run

from litebert.errors import InputError
from litebert.visible import is_hidden, visible
from litebert_bench.measure.records import (
    BenchSubject,
    Instructions,
    Latency,
    Length,
    Memory,
    Quality,
    Record,
    Run,
)
from litebert_bench.report.collect import summarize
from litebert_bench.report.headline import headline
from litebert_bench.report.markdown import markdown
from litebert_bench.report.page import page

HOSTILE = '</title><script>alert("1")</script>|`[x](y)\n\u202e\x1b[m'


class _Tags(HTMLParser):
    """Follows what is open, and refuses what closes anything else."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert len({name for name, _ in attrs}) == len(attrs)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("line", "polyline")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _sound(made: str) -> set[str]:
    """The kinds of element of a page whose tags balance, without script, network or nonsense in it."""
    tags = _Tags()
    tags.feed(made)
    tags.close()
    assert tags.open == [] and not tags.seen & {"script", "link", "img", "iframe"}
    assert re.search(r"https?:|url\(|@import|\bnan\b|\binf\b|None", made) is None
    return tags.seen


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return make_run()


@pytest.fixture(scope="module")
def made(records: list[Record]) -> str:
    return page(records)


def test_the_page_is_sound_small_and_the_same_again(records: list[Record], made: str) -> None:
    assert {"svg", "table", "details", "title"} <= _sound(made)
    assert len(made) < 1_000_000 * len(summarize(records).groups) / 4
    assert page(records) == made


def test_everything_shows_or_says_why(records: list[Record], made: str) -> None:
    shown, text = html.unescape(made), html.unescape(markdown(records)).replace("\\", "")
    for group in summarize(records).groups:
        for each in group.subjects:
            assert each.name in shown and each.name in text
            if each.subject.problem is not None:
                assert f"not measured: {each.subject.problem}" in shown and each.subject.problem in text
    for said in (
        *("Leaving early", "speed=0.3", "share of onnxruntime-fp32", "88.", "peak MB", "cold start ms"),
        *("Segments", "layer_01", "Roofline", "GFLOP/s", "MatMulInteger", "no profile: the profiler"),
        *("Instructions, not times", "cortex-a72", "Made-up Xeon", "VNNI no", "litebert 0.1.0", "test.tsv"),
        *("before", "after", "58.5", "governor", "default", "exact", "padded to 32", "How to read it"),
        *("Engines", "executorch 1.0.0", "largest logit difference"),
    ):
        assert said in shown and said in text


def test_every_plot_is_drawn(made: str) -> None:
    drawn = re.findall(r'<svg viewBox="[^"]*" role="img" aria-label="([^"]*)">(.*?)</svg>', made)
    assert len(drawn) == 2 * 7 + 1
    for name, picture in drawn:
        assert name and "<title>" in picture
        places = [float(each) for each in re.findall(r' (?:x|cx|x1|x2)="([^"]*)"', picture)]
        assert all(-1 <= place <= 361 for place in places)


def test_the_headline_names_each_speed_with_its_answers(records: list[Record]) -> None:
    said = headline(summarize(records).groups[0])
    assert re.match(r"litebert ai-edge-litert int8 split answers a text in [\d.]+ ms \(p50\) with 88", said)
    assert re.search(r"accuracy: 0\.\d+ \(0\.\d+ to 0\.\d+\) of the time of onnxruntime-fp32, which", said)
    for part in ("comparable other, onnxruntime-int8,", "Leaving early", "1 of 15 could"):
        assert part in said


def test_names_do_no_harm() -> None:
    peers = tuple(dataclasses.replace(peer, peer=f"{peer.peer}{HOSTILE}") for peer in PEERS[:2])
    failed = Peer(HOSTILE, f"{HOSTILE} 1", HOSTILE, HOSTILE, 1, problem=HOSTILE)
    records = [
        dataclasses.replace(each, texts=HOSTILE, options={HOSTILE: [HOSTILE]}, cpu={"model": HOSTILE})
        if isinstance(each, Run)
        else dataclasses.replace(each, cpu=HOSTILE)
        if isinstance(each, Instructions)
        else dataclasses.replace(each, metrics={HOSTILE: 0.5})
        if isinstance(each, Quality)
        else each
        for each in make_run(models=(HOSTILE,), peers=(*peers, failed))
    ]
    made, text = page(records), markdown(records)
    _sound(made)
    assert made.count(html.escape(visible(HOSTILE))) > 10 and not any(map(is_hidden, made.replace("\n", "")))
    assert not any(map(is_hidden, text.replace("\n", "")))
    assert "<script" not in text and re.search(r"(?<!\\)[`\[]", text) is None
    assert {line.count(" | ") for line in text.splitlines() if line.startswith("| emulated")} == {5}


def _without(*kinds: type[Record]) -> list[Record]:
    return [each for each in make_run(models=("tiny",)) if not isinstance(each, kinds)]


def _one_sample(ms: float) -> list[Record]:
    made = make_run(models=("tiny",), texts=1, rounds=1)
    return [
        dataclasses.replace(each, model_ms=[ms], cpu_ms=[]) if isinstance(each, Latency) else each
        for each in made
    ]


@pytest.mark.parametrize(
    "odd",
    [
        make_run(models=("tiny",), peers=PEERS[-1:]),
        make_run(models=("tiny",), peers=PEERS[-1:], labelled=False),
        make_run(models=("tiny",), labelled=False),
        make_run(models=("tiny",), peers=tuple(each for each in PEERS if each.problem)),
        make_run(models=()),
        _without(Latency),
        _without(Length, Quality),
        _one_sample(0.5),
        _one_sample(0.0),
        [*make_run(models=("tiny",), rounds=2), *make_run(seed=1, models=("tiny", "other"), rounds=2)],
        [each for each in _without(BenchSubject) if isinstance(each, Run | Instructions)],
        [
            dataclasses.replace(each, peak_bytes=[-(10**6)] * len(each.peak_bytes), rss_bytes=each.bare_bytes)
            if isinstance(each, Memory)
            else dataclasses.replace(each, files={})
            if isinstance(each, BenchSubject)
            else each
            for each in make_run(models=("tiny",), peers=PEERS[:2])
        ],
        [dataclasses.replace(each, tokens=[], cpu={}) for each in _without() if isinstance(each, Run)],
    ],
    ids=str.split(
        "one-subject one-unlabelled unlabelled all-failed no-model no-latency no-quality one-sample no-time "
        "two-runs instructions-only no-memory run-only"
    ),
)
def test_odd_records_make_a_page(odd: list[Record]) -> None:
    _sound(page(odd))
    assert markdown(odd).startswith("# ")


def test_a_sole_subject_is_compared_with_its_full_depth() -> None:
    records = make_run(models=("tiny",), peers=PEERS[-1:])
    made = page(records)
    assert "share of full depth" in made and "share of own" not in made and "<details open>" in made
    assert re.search(r"at speed=\S+ takes 0\.\d+ \([\d.]+ to [\d.]+\) of its own time with", made)


def test_unlabelled_texts_are_judged_by_agreement() -> None:
    made = page(make_run(models=("tiny",), labelled=False))
    assert "<td>reference</td>" in made and "agreement is with transformers-eager" in made
    assert "agreement against mean time" not in made and 'aria-label="agreement, % against' in made


def test_a_speed_without_answers_says_so() -> None:
    group = summarize(_without(Quality)).groups[0]
    assert "with answers that were not checked" in headline(group)


def test_nothing_is_an_error() -> None:
    for report in (page, markdown):
        with pytest.raises(InputError, match="no record of a run"):
            report([])
