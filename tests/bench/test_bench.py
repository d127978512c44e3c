"""`litebert bench` on tiny artifacts: what is measured, recorded and refused."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from students import bert_config, bert_tensors, write_checkpoint

from litebert.artifact import open_artifact
from litebert.errors import InputError
from litebert.tools.cli import main
from litebert_bench import bench_cli
from litebert_bench.bench_plan import plan_of
from litebert_bench.measure.bench import bench
from litebert_bench.measure.plan import BenchPlan, parse_plan, plan_json
from litebert_bench.measure.record_line import to_line
from litebert_bench.measure.records import (
    BenchSubject,
    ColdStart,
    Conditions,
    Latency,
    Length,
    Memory,
    Quality,
    Record,
    Run,
    Segments,
)
from litebert_bench.measure.watch import Watch
from litebert_bench.record_file import parse_line, read_records, write_records
from litebert_exporter import export

TEXTS = 20


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("texts") / "labelled.tsv"
    rows = [f"{'good ' * (1 + number % 5)}\t{number % 2}" for number in range(TEXTS)]
    path.write_text("\n".join(["text\tlabel", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def recorded(early_artifact: Path, labelled: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    folder = tmp_path_factory.mktemp("bench")
    arguments = ["bench", str(early_artifact), "--texts", str(labelled), "--batch", "1,3", "--rounds", "2"]
    arguments += ["--speed", "0.5,1", "--processes", "1", "--json", str(folder / "records.jsonl")]
    assert main([*arguments, "--html", str(folder / "page.html")]) == 0
    assert "<svg" in (folder / "page.html").read_text(encoding="utf-8")
    assert sorted(path.name for path in folder.iterdir()) == ["page.html", "records.jsonl"]
    return read_records(folder / "records.jsonl")


def test_a_run_keeps_every_sample(recorded: list[Record]) -> None:
    kinds = Counter(type(record) for record in recorded)
    assert kinds[Run] == 1
    assert {kinds[kind] for kind in (BenchSubject, ColdStart, Memory, Length, Segments, Conditions)} == {2}
    ways = 2 * 2 * 3  # engines, batches, full depth and two speeds
    calls = [record for record in recorded if isinstance(record, Latency)]
    assert len(calls) == ways * 3  # warm-up and two rounds
    for record in calls:
        texts = 16 if record.warm_up else TEXTS
        expected = list(range(0, texts, record.batch)) if not record.warm_up else record.texts
        assert record.texts == expected
        for samples in (record.tokenize_ms, record.model_ms, record.cpu_ms, record.total_ms):
            assert len(samples) == len(record.texts)
        assert len(record.exits) == texts
        parts = zip(record.tokenize_ms, record.model_ms, record.total_ms, strict=True)
        assert all(tokenize + model <= total + 1e-3 for tokenize, model, total in parts)


def test_where_texts_leave_is_recorded(recorded: list[Record]) -> None:
    found = {record.setting: record for record in recorded if isinstance(record, Quality)}
    assert found.keys() == {"", "speed=0.5", "speed=1"}
    assert found[""].exits == {"0": 0, "1": 0, "2": 0, "3": TEXTS}
    assert found["speed=1"].exits == {"0": TEXTS, "1": 0, "2": 0, "3": 0}
    assert 0 <= found[""].metrics["accuracy"] <= 1
    assert found["speed=1"].reference == "onnxruntime int8 split"


def test_a_fresh_process_is_measured(recorded: list[Record]) -> None:
    for record in recorded:
        if isinstance(record, ColdStart):
            parts = record.import_ms[0] + record.open_ms[0] + record.answer_ms[0]
            assert parts < record.process_ms[0]
        if isinstance(record, Memory):
            assert record.peak_bytes[0] >= record.rss_bytes[0] > record.anonymous_bytes[0] > 0


def test_segments_are_named_in_order(recorded: list[Record]) -> None:
    for record in recorded:
        if isinstance(record, Segments):
            assert record.segments == ["embed", "layer_00", "layer_01", "layer_02", "layer_03"]
            assert len({len(samples) for samples in record.model_ms}) == 1


def test_without_exits_and_texts(artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = ["--limit", "3", "--rounds", "1", "--processes", "1"]
    assert main(["bench", str(artifact), *few, "--backend", "litert"]) == 0
    shown, told = capsys.readouterr()
    assert "3 texts (built-in)" in shown
    assert "3 texts prove little: one answer is 33.3 points, and even if" in shown
    assert told.startswith("ai-edge-litert int8 whole: about ") and "ms an answer (median of 3 texts" in told
    assert "no labels" in shown
    assert "onnxruntime" not in shown


def test_progress_covers_all_of_a_bench(artifact: Path) -> None:
    told: list[tuple[float, str]] = []
    said: list[str] = []
    few = ["--limit", "8", "--processes", "1", "--rounds", "2", "--backend", "onnx", "--batch", "1,2"]
    options = bench_cli.parser_of([]).parse_args([str(artifact), *few])
    opened = open_artifact(artifact)
    watch = Watch(lambda *each: told.append(each), said.append, lambda process: process)
    begun = next(records := bench(opened, plan_of(options, opened), watch))
    assert isinstance(begun, Run) and len(said) == 1 and not sum(done for done, _ in told)  # a figure, first
    assert len([*records]) > 8
    assert sum(done for done, _ in told) == pytest.approx(1)
    phases = [*dict.fromkeys(phase for _, phase in told)]
    assert phases[:2] == ["opening", "onnxruntime: 1 fresh processes"]
    assert phases[-1] == "round 2 of 2: 8 texts in 2 ways"


def test_a_metric_that_is_not_a_number_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = bert_config(problem_type="regression", id2label={"0": "LABEL_0"}, label2id=None)
    checkpoint = write_checkpoint(tmp_path / "tiny", config, bert_tensors(config, outputs=1))
    made = export(checkpoint, targets=["onnx"], out=tmp_path / "tiny.litebert").artifact
    (tmp_path / "constant.tsv").write_text("text\tlabel\ngood\t1\nbad\t1\n", encoding="utf-8")
    few = ["--rounds", "1", "--processes", "1", "--json", str(tmp_path / "out.jsonl")]
    assert main(["bench", str(made), "--texts", str(tmp_path / "constant.tsv"), *few]) == 0
    assert "\n2 texts: too few to prove anything\n" in capsys.readouterr().out
    (quality,) = (each for each in read_records(tmp_path / "out.jsonl") if isinstance(each, Quality))
    assert quality.metrics.keys() == {"mean_absolute_error"}  # the correlation with a constant is none


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--threads", "0"], "--threads is '0'"),
        (["--batch", "1,x"], "--batch is '1,x'"),
        (["--rounds", "0"], "--rounds is 0"),
        (["--speed", "1.5"], "speed is 1.5"),
        (["--patience", "2"], "patience was given"),
        (["--backend", "cuda"], "backend 'cuda' is unknown"),
        (["--texts", "absent.txt"], "absent.txt: cannot be read"),
        (["--json", "absent/out.jsonl"], "its folder does not exist"),
        (["--html", "."], "a folder"),
        (["--html", "/dev/stdout"], "a device, a pipe or the like"),
    ],
)
def test_bad_options_are_refused_before_work(
    early_artifact: Path, arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for device in ([], ["--ssh=-nobody"]):  # whom ssh is never asked for
        assert main(["bench", str(early_artifact), *arguments, *device]) == 1
        error = capsys.readouterr().err
        assert complaint in error or (device and arguments[0] == "--texts")
        assert error.count("\n") == 1


def test_labels_that_do_not_fit_are_refused_before_a_device_is_reached(
    early_artifact: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd.tsv").write_text("text\tlabel\ngood\t7\n", encoding="utf-8")
    texts = ["--texts", str(tmp_path / "odd.tsv"), "--ssh=-nobody"]
    assert main(["bench", str(early_artifact), *texts]) == 1
    assert "labels the model does not have" in capsys.readouterr().err


def test_a_device_is_sent_texts_and_right_answers(
    early_artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[BenchPlan] = []

    def bench_over_adb(serial: str | None, artifact: Path, plan: BenchPlan, **_: object) -> None:
        told.append(parse_plan(plan_json(plan)))
        raise InputError("no phone")

    monkeypatch.setattr("litebert_bench.devices.adb.bench_over_adb", bench_over_adb)
    (tmp_path / "a.csv").write_text("b,a,d\nto,pairs,1\nor,not,0\nmore,,1\n", encoding="utf-8")
    texts = ["--texts", str(tmp_path / "a.csv"), "--text-column=a,b", "--label-column=d", "--labels-are=ids"]
    assert main(["bench", str(early_artifact), "--adb", *texts, "--limit=2", "--batch=4,2"]) == 1
    (plan,) = told
    assert plan.texts == [("pairs", "to"), ("not", "or")] and plan.golds == [1, 0]
    assert (plan.source, plan.engines, plan.batches) == ("a.csv", None, [4, 2])
    assert plan.settings["speed=0.1"] == {"speed": 0.1} and plan.settings[""] is None


def test_a_process_that_fails_is_one_line(
    early_artifact: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "fresh.py"
    program.write_text("import sys; sys.exit('no memory is left')", encoding="utf-8")
    monkeypatch.setattr("litebert_bench.measure.processes._PROGRAM", program)
    assert main(["bench", str(early_artifact), "--json", str(tmp_path / "out.jsonl")]) == 1
    assert "a fresh process cannot answer: no memory is left" in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl").exists()


LINE = to_line(Latency("a", "s", 1, 1, "", 0, False, [0], [1.0], [2.0], [2.0], [3.0], [1]))


def test_a_record_is_read_as_it_was_written(tmp_path: Path, recorded: list[Record]) -> None:
    assert to_line(parse_line(LINE, "here")) == LINE
    write_records(recorded, tmp_path / "copy.jsonl")
    assert read_records(tmp_path / "copy.jsonl") == recorded


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", "not JSON"),
        ("[]", "is no record"),
        ('{"record": ["latency"]}', "is no record"),
        ('{"record": "latency"}', "batch, cpu_ms"),
        (LINE.replace("3.0", '"3"'), "total_ms of the record latency"),
        (LINE.replace("3.0", "NaN"), "NaN is no measurement"),
        (LINE.replace("3.0", "1e999"), "total_ms"),
        (LINE.replace('"threads":1', '"threads":true'), "threads"),
        (LINE[:-1] + ',"more":1}', "more"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_line_that_is_no_record_is_refused(line: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text(f"{LINE}\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"records\.jsonl, line 2: ") as caught:
        read_records(path)
    assert complaint in str(caught.value)
