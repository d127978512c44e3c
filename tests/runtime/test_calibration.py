"""Calibration: the table is what the model really does, and the knobs choose from it."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from manifests import manifest_of, seal
from students import WORDS

import litebert
from litebert import ArtifactError, InputError
from litebert.artifact import open_artifact
from litebert.calibration import Calibration, SettingRow, best_within, read_calibrations
from litebert.exit_rules import RULES
from litebert.machine import Cpu
from litebert.tools.calibrate import calibrate, calibrations
from litebert.tools.cli import main
from litebert.tools.threshold_search import search_thresholds
from litebert_exporter import export

LAYERS = 4
SPEED = RULES["entropy-below"]


def _texts() -> list[str]:
    rng = np.random.default_rng(0)
    return [" ".join(rng.choice(WORDS, rng.integers(1, 12))) for _ in range(60)]


TEXTS = _texts()
LABELS = [int(index) for index in np.random.default_rng(1).integers(0, 2, len(TEXTS))]


@pytest.fixture
def early(early_artifact: Path, tmp_path: Path) -> Path:
    shutil.copytree(early_artifact, tmp_path / "copy.litebert")
    return tmp_path / "copy.litebert"


@pytest.fixture(scope="module")
def calibrated(early_artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact with the table of TEXTS without labels, to be copied."""
    folder = shutil.copytree(early_artifact, tmp_path_factory.mktemp("calibrated") / "early.litebert")
    calibrate(folder, TEXTS)
    return folder


def _tsv(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_the_table_is_what_the_model_does(early: Path) -> None:
    tables = calibrate(early, TEXTS, LABELS)
    assert set(tables) == {"onnx", "tflite"}
    for target, backend in (("onnx", "onnxruntime"), ("tflite", "ai-edge-litert")):
        table = read_calibrations(open_artifact(early))[target]
        assert table == tables[target]
        assert len(table.rows) == 21 and (table.examples, table.searched) == (60, 0)
        model = litebert.load(early, backend)
        full = [answer.label for answer in model(TEXTS)]
        for row in table.rows[::4]:
            answers = [model(text, speed=row.values) for text in TEXTS]
            layers = [answer.exit_layer or 0 for answer in answers]
            assert row.exits == tuple(layers.count(layer) for layer in range(LAYERS))
            assert row.mean_layers == pytest.approx(np.mean(layers) + 1)
            assert row.agreement == np.mean([a.label == b for a, b in zip(answers, full, strict=True)])
            right = [model.labels.index(a.label or "") == b for a, b in zip(answers, LABELS, strict=True)]
            assert row.accuracy == np.mean(right)
            assert row.changed == sum(a.label != b for a, b in zip(answers, full, strict=True))
            was_right = [model.labels.index(a or "") == b for a, b in zip(full, LABELS, strict=True)]
            assert row.spoiled == sum(a and not b for a, b in zip(was_right, right, strict=True))
        assert table.rows[0].compute_share == 1 and table.rows[0].agreement == 1
        assert table.rows[-1].exits[-1] == 0


def test_calibrating_changes_nothing_else(early: Path) -> None:
    before = json.loads((early / "manifest.json").read_text(encoding="utf-8"))
    answers = litebert.load(early)(TEXTS[:5])
    calibrate(early, TEXTS)
    after = json.loads((early / "manifest.json").read_text(encoding="utf-8"))
    assert litebert.load(early)(TEXTS[:5]) == answers
    for target in after["targets"].values():
        del target["calibration"]
    del after["digest"], before["digest"]
    assert after == before
    assert not list(early.glob("*.partial"))


@pytest.mark.slow
def test_what_a_killed_calibration_leaves_is_in_nobodys_way(early: Path, early_checkpoint: Path) -> None:
    (early / ".0123456789abcdef.partial").write_text("{", encoding="utf-8")
    calibrate(early, TEXTS)
    assert litebert.load(early)(TEXTS[0]).label
    assert export(early_checkpoint, targets=("onnx",), out=early, force=True).artifact == early
    assert not (early / ".0123456789abcdef.partial").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["manifest.json.partial", "manifest.json.new"])
def test_a_calibration_writes_through_nothing_that_waits_in_the_artifact(
    name: str, early: Path, early_checkpoint: Path, tmp_path: Path
) -> None:
    (tmp_path / "precious").write_text("mine")
    (early / name).symlink_to(tmp_path / "precious")
    os.mkfifo(early / f"{name}.pipe")
    calibrate(early, TEXTS)
    assert read_calibrations(open_artifact(early))["onnx"].examples == len(TEXTS)
    assert (tmp_path / "precious").read_text() == "mine" and (early / name).is_symlink()
    with pytest.raises(InputError, match="holds other files as well"):
        export(early_checkpoint, targets=("onnx",), out=early, force=True)


def test_without_labels_answers_are_compared_with_full_depth(early: Path) -> None:
    table = calibrate(early, TEXTS)["onnx"]
    assert {(row.accuracy, row.spoiled) for row in table.rows} == {(None, None)}
    assert table.exit_accuracy[-1] == 1
    model = litebert.load(early, "onnx", max_accuracy_drop=100)
    assert model.setting is not None and model.setting.values == table.rows[-1].values


def test_an_artifact_replaced_meanwhile_does_not_get_the_table_of_another(early: Path) -> None:
    def replace(done: int, total: int) -> None:
        if done == total:
            seal(early, manifest_of(early) | {"name": "another"})

    with pytest.raises(ArtifactError, match="was replaced, changed or removed after"):
        calibrate(early, TEXTS, progress=replace)
    assert "calibration" not in manifest_of(early)["targets"]["onnx"]


def test_a_target_that_is_measured_is_kept_in_any_case(early: Path) -> None:
    answered = []

    def interrupt(done: int, total: int) -> None:
        answered.append(done)
        if len(answered) > total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        calibrate(early, TEXTS, progress=interrupt)
    assert [*read_calibrations(open_artifact(early))] == ["onnx"]
    assert litebert.load(early, "onnx", max_changed_percent=100).promise
    assert not list(early.glob("*.partial"))


def test_progress_covers_all_of_a_calibration(early: Path) -> None:
    told: list[tuple[float, str]] = []
    tables = calibrations(
        open_artifact(early), TEXTS, shares=(0.5,), progress=lambda done, phase: told.append((done, phase))
    )
    assert [name for name, _ in tables] == ["onnx", "tflite"]
    assert sum(done for done, _ in told) == pytest.approx(1)
    assert max(done for done, _ in told) < 0.03
    assert [*dict.fromkeys(phase for _, phase in told)] == [
        "tflite: opening",  # before anything is measured
        "onnx: opening",
        "onnx: 60 texts at every exit",
        "onnx: timing 4 exits",
        "onnx: searching thresholds",
        "tflite: 60 texts at every exit",
        "tflite: timing 4 exits",
        "tflite: searching thresholds",
    ]


def test_what_cannot_be_written_or_opened_is_refused_before_the_work(
    early: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(done: int, total: int) -> None:
        pytest.fail("it has begun")

    def refuses(**options: Any) -> None:
        raise RuntimeError("not for this CPU")

    monkeypatch.setattr("ai_edge_litert.interpreter.Interpreter", refuses)
    with pytest.raises(ArtifactError, match="LiteRT refuses it"):
        calibrate(early, TEXTS, progress=late)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(InputError, match=r"manifest.json: cannot be written; expected a folder in which"):
        calibrate(early, TEXTS, progress=late)


@pytest.mark.parametrize("labels", [LABELS[1:], [2, *LABELS[1:]], [-1, *LABELS[1:]], []])
def test_labels_fit_texts_and_model(labels: list[int], early: Path) -> None:
    with pytest.raises(
        InputError, match=r"labels.* for 60 texts; expected one each, a whole number from 0 to 1"
    ):
        calibrate(early, TEXTS, labels)


def test_a_search_spends_half_of_the_texts(early: Path) -> None:
    table = calibrate(early, TEXTS, LABELS, shares=(0.6, 0.8))["onnx"]
    assert (table.examples, table.searched, len(table.rows)) == (30, 30, 23)
    assert {sum(row.exits) for row in table.rows} == {30}
    assert table == read_calibrations(open_artifact(early))["onnx"]
    with pytest.raises(InputError, match=r"1 texts.*a search expects two or more"):
        calibrate(early, TEXTS[:1], shares=(0.6,))


def _row(share: float, accuracy: float, agreement: float, exits: tuple[int, int]) -> SettingRow:
    return SettingRow((share,), accuracy, agreement, 0, 0, 1.0, exits, share, 1.0)


def test_the_latency_budget_takes_the_most_accurate_setting_that_fits() -> None:
    rows = (_row(1, 0.9, 1, (0, 10)), _row(0.6, 0.91, 0.98, (5, 5)), _row(0.2, 0.8, 0.8, (10, 0)))
    table = Calibration(10, 0, 8, (0.8, 0.9), rows)
    assert best_within(table, SPEED, 100, [1.0, 4.0]).values == (0.6,)
    assert best_within(table, SPEED, 2.4, [1.0, 4.0]).values == (0.2,)
    with pytest.raises(InputError, match=r"fastest setting takes 1 ms here for a text of 8 tokens"):
        best_within(table, SPEED, 0.5, [1.0, 4.0])


def test_load_chooses_from_the_table(early: Path) -> None:
    tables = calibrate(early, TEXTS, LABELS)
    values = {row.values for row in tables["tflite"].rows}
    for knob in ({"max_accuracy_drop": 50}, {"max_changed_percent": 50}, {"latency_budget_ms": 1000.0}):
        model = litebert.load(early, "litert", **knob)
        assert model.setting is not None and model.setting.values in values
        assert (model.promise is None) == ("latency_budget_ms" in knob)
        assert model(TEXTS) == model(TEXTS, speed=model.setting.values)
        assert model(TEXTS[0], speed=0).exit_layer == LAYERS - 1


@pytest.mark.slow
@pytest.mark.parametrize("knob", ["max_changed_percent", "max_accuracy_drop"])
def test_a_promise_that_few_texts_cannot_give_is_full_depth_and_said(
    knob: str, early: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calibrate(early, TEXTS, LABELS)
    with pytest.warns(
        UserWarning,
        match=r"^(at most|accuracy falls) .*: nothing promised, all layers run, as this needs 598 texts",
    ) as seen:
        model = litebert.load(early, **{knob: 0.5})
    assert seen[0].filename == __file__
    assert model.setting is None and model.promise is not None and "60 were calib" in model.promise.reason
    assert model(TEXTS) == model(TEXTS, speed=0)
    flag = f"--{knob.replace('_', '-')}"
    with warnings.catch_warnings(action="error"):
        assert main(["run", str(early), flag, "0.5", TEXTS[0]]) == 0
    shown = capsys.readouterr()
    assert (
        "layer 3" in shown.out
        and shown.err.count("nothing promised, all layers run, as this needs 598 texts") == 1
    )
    assert "95 % confidence" not in shown.err
    assert main(["run", str(early), flag, "100", TEXTS[0]]) == 0
    shown = capsys.readouterr()
    assert "layer 0" in shown.out and "speed 1, 0." in shown.err
    assert shown.err.endswith("; the same as --speed 1\n")


def test_a_setting_that_was_taken_is_named_as_flags_that_mean_the_same(
    early: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = manifest_of(early)
    row = {"accuracy": None, "spoiled": None, "changed": 0, "agreement": 1.0, "mean_layers": 1.0}
    share = manifest["targets"]["onnx"]["exits"][0]["compute_share"]
    full = {**row, "values": [0] * 3, "exits": [0, 0, 0, 30], "compute_share": 1.0, "latency_ms": 1e9}
    full |= {"mean_layers": 4.0}
    searched = {**row, "values": [1, 0.1234567890123, 0.5], "exits": [30, 0, 0, 0], "latency_ms": 1.0}
    table = {"examples": 30, "searched": 30, "tokens": 5, "exit_accuracy": [1.0] * 4}
    table["rows"] = [full, {**searched, "compute_share": share}]  # type: ignore[assignment]
    manifest["targets"]["onnx"]["calibration"] = table
    seal(early, manifest)
    flags = "--speed 1,0.1234567890123,0.5"
    for knob, value in (("--max-changed-percent", "10"), ("--latency-budget-ms", "1000")):
        assert main(["run", str(early), knob, value, TEXTS[0], "--backend", "onnx"]) == 0
        assert capsys.readouterr().err.endswith(f"; the same as {flags}\n")
    assert main(["run", str(early), *flags.split(), TEXTS[0], "--backend", "onnx"]) == 0
    assert "layer 0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"max_changed_percent": 101}, "expected a number from 0 to 100"),
        ({"max_changed_percent": 1, "max_accuracy_drop": 1}, "give one"),
        ({"max_accuracy_drop": float("nan")}, "max_accuracy_drop is nan"),
        ({"max_accuracy_drop": -1}, "expected a number from 0"),
        ({"max_accuracy_drop": True}, "max_accuracy_drop is True"),
        ({"latency_budget_ms": "fast"}, "latency_budget_ms is 'fast'"),
        ({"latency_budget_ms": 0.0}, "raise it"),
        ({"latency_budget_ms": 9.0, "speed": 0.1}, "give one"),
        ({"latency_budget_ms": 9.0, "leave": {"speed": 0.1}}, "give one"),
        ({"latency_budget_ms": 9.0, "max_accuracy_drop": 1}, "give one"),
    ],
)
def test_wrong_knobs_are_refused(knobs: dict[str, Any], words: str, calibrated: Path) -> None:
    with pytest.raises(InputError, match=words):
        litebert.load(calibrated, **knobs)


@pytest.mark.parametrize(
    "knobs", [{"max_changed_percent": 1.0}, {"max_accuracy_drop": 1.0}, {"latency_budget_ms": 9.0}]
)
def test_the_knobs_need_a_calibration(knobs: dict[str, Any], early: Path) -> None:
    with pytest.raises(InputError, match="was not calibrated; first run litebert calibrate"):
        litebert.load(early, **knobs)


def test_a_damaged_table_is_refused_where_it_is_used(calibrated: Path, tmp_path: Path) -> None:
    early = shutil.copytree(calibrated, tmp_path / "copy.litebert")
    manifest = manifest_of(early)
    manifest["targets"]["onnx"]["calibration"]["rows"][3].update(agreement=0.123)
    seal(early, manifest)
    assert litebert.load(early)(TEXTS[0]).label
    with pytest.raises(ArtifactError, match="run litebert calibrate again"):
        litebert.load(early, "onnxruntime", max_accuracy_drop=1)
    assert main(["inspect", str(early), "--json"]) == 1


@pytest.mark.parametrize(("kept", "engine"), [("onnx", "onnxruntime"), ("tflite", "ai-edge-litert")])
def test_auto_takes_graphs_that_were_calibrated(
    kept: str, engine: str, early: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calibrate(early, TEXTS[:5])
    manifest = manifest_of(early)
    for name, target in manifest["targets"].items():
        target["calibration"] = target["calibration"] if name == kept else None
    seal(early, manifest)
    for vnni in (False, True):  # whichever engine is faster
        cpu = Cpu("x86_64", None, {"VNNI": vnni})
        monkeypatch.setattr("litebert.backends.preference.read_cpu", lambda cpu=cpu: cpu)
        with litebert.load(early, latency_budget_ms=1000) as model:
            assert model.backend == engine
    other = "ai_edge_litert" if kept == "onnx" else "onnxruntime"
    monkeypatch.setattr("litebert.backends.find_spec", lambda name: True if name == other else None)
    with pytest.raises(InputError, match="was not calibrated; first run litebert calibrate"):
        litebert.load(early, latency_budget_ms=1000)


def test_an_impossible_accuracy_is_refused(early: Path) -> None:
    calibrate(early, TEXTS, LABELS)
    manifest = manifest_of(early)
    row = manifest["targets"]["onnx"]["calibration"]["rows"][3]
    measured = row["accuracy"]
    for accuracy in (-0.1, 1.1, True):
        row["accuracy"] = accuracy
        seal(early, manifest)
        with pytest.raises(ArtifactError, match="run litebert calibrate again"):
            litebert.load(early, "onnxruntime", latency_budget_ms=1000)
    row["accuracy"] = measured
    seal(early, manifest)
    litebert.load(early, "onnxruntime", latency_budget_ms=1000).close()


def test_the_search_finds_what_is_there_to_find() -> None:
    """The first exit is right where it is sure, the second where it is unsure: thresholds must differ."""
    rng = np.random.default_rng(3)
    unsure = rng.random((400, 2))
    quality = np.column_stack([unsure[:, 0] < 0.3, unsure[:, 1] < 0.8, np.ones(400)]).astype(float)
    costs = np.array([0.2, 0.5, 1.0])
    found = search_thresholds(unsure, quality, costs, 0.6)
    assert found[0] == pytest.approx(0.3, abs=0.05)
    assert found[1] == pytest.approx(0.8, abs=0.06)
    for share in (0.2, 0.3, 0.45, 0.8, 1.0):
        values = search_thresholds(unsure, quality, costs, share)
        left = np.column_stack([unsure < values, np.ones(400, bool)]).argmax(axis=1)
        assert costs[left].mean() <= share + 1e-9


@pytest.mark.slow
def test_fewer_texts_than_before_are_said(
    early: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calibrate(early, TEXTS)
    for texts, replaced in ((TEXTS, 0), (TEXTS[:5], 2)):
        assert main(["calibrate", str(early), "--data", str(_tsv(tmp_path / "few.tsv", "text", texts))]) == 0
        shown = capsys.readouterr().err
        assert shown.count(": this replaces a calibration on more texts, 60\n") == replaced


def test_the_commands(early: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{text}\t{label}" for text, label in zip(TEXTS, LABELS, strict=True)]
    data = _tsv(tmp_path / "dev.tsv", "text\tlabel", rows)
    assert main(["calibrate", str(early), "--data", str(data), "--search", "0.5", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    table = read_calibrations(open_artifact(early))["onnx"]
    assert table.searched == 30
    assert printed["onnx"] == json.loads(json.dumps(dataclasses.asdict(table)))
    assert main(["inspect", str(early), "--plot", str(tmp_path / "curve.svg")]) == 0
    shown = capsys.readouterr().out
    assert (
        "at most 0.5 % of the answers change: nothing promised, all layers run, as this needs 598 texts"
        in shown
    )
    assert "30 texts prove little: one answer is 3.3 points" in shown
    assert (
        "onnx, calibrated on 30 texts" in shown
        and "searched on 30 others" in shown
        and "answers by layer" in shown
    )
    drawn = ElementTree.parse(tmp_path / "curve.svg").getroot()
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    assert {"onnx, one value per exit", "tflite, one value for all exits: the numbers"} <= {*drawn.itertext()}
    assert "var(" not in "".join(drawn.itertext())  # which only browsers know
    assert main(["run", str(early), "--max-accuracy-drop", "50", TEXTS[0]]) == 0
    assert "layer" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(("name", "header"), [("plain.txt", None), ("texts.tsv", "text")])
def test_unlabelled_files(name: str, header: str | None, early: Path, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("\n".join([*([header] if header else []), *TEXTS]) + "\n", encoding="utf-8")
    assert main(["calibrate", str(early), "--data", str(path)]) == 0
    table = read_calibrations(open_artifact(early))["onnx"]
    assert table.examples == len(TEXTS) and table.rows[0].accuracy is None


@pytest.mark.parametrize(
    ("name", "content", "flags", "words"),
    [
        ("dev.tsv", b"text\tlabel\ngood film\t7\n", [], "labels the model does not have"),
        ("dev.tsv", b"review\tlabel\ngood film\t1\n", [], "its first line is"),
        ("dev.tsv", b"text\n", [], "no line below its header"),
        ("dev.txt", b"\n  \n", [], "holds no text"),
        ("dev.txt", b"\xff\xfe\x00", [], "expected text in UTF-8"),
        ("dev.txt", b"good film\n", ["--search", "0"], "a share of compute of 0.0"),
        ("dev.txt", b"good film\n", ["--search", "nan"], "a share of compute of nan"),
    ],
)
def test_wrong_data_leaves_the_artifact_alone(
    name: str,
    content: bytes,
    flags: list[str],
    words: str,
    early: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / name).write_bytes(content)
    before = (early / "manifest.json").read_bytes()
    assert main(["calibrate", str(early), "--data", str(tmp_path / name), *flags]) == 1
    error = capsys.readouterr().err
    assert words in error and len(error.splitlines()) == 1
    assert (early / "manifest.json").read_bytes() == before


def test_numbers_are_not_calibrated(early: Path) -> None:
    manifest = manifest_of(early)
    number = {"problem_type": "regression", "labels": ["rating"], "activation": "identity"}
    outputs = [{"name": "logits", "axes": ["batch", 1]}]
    rule = RULES["patience-within"].facts()
    seal(early, manifest | {"exit_rule": rule, "task": manifest["task"] | number, "outputs": outputs})
    with pytest.raises(InputError, match=r"patience-within compares numbers.* choose the values of the rule"):
        calibrate(early, TEXTS)


def test_nothing_to_calibrate_or_plot(
    early: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], artifact: Path
) -> None:
    with pytest.raises(InputError, match="no early exits to calibrate; add them"):
        calibrate(artifact, TEXTS)
    assert main(["inspect", str(early), "--plot", str(tmp_path / "curve.svg")]) == 1
    assert "no calibration to plot" in capsys.readouterr().err
    calibrate(early, TEXTS)
    assert main(["inspect", str(early), "--plot", str(tmp_path / "none" / "curve.svg")]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert main(["inspect", str(early), "--plot", str(tmp_path / "curve.png")]) == 1
    assert "name a .svg file" in capsys.readouterr().err
    os.mkfifo(tmp_path / "pipe.svg")
    assert main(["inspect", str(early), "--plot", str(tmp_path / "pipe.svg")]) == 1
    assert "a pipe or the like" in capsys.readouterr().err


@pytest.mark.slow
def test_a_closed_stderr_costs_neither_the_answer_nor_the_calibration(early: Path, tmp_path: Path) -> None:
    _tsv(tmp_path / "dev.tsv", "text", TEXTS)
    command = f"{sys.executable} -m litebert calibrate {early} --data dev.tsv > table 2>&- && "
    command += f"{sys.executable} -m litebert run {early} --max-changed-percent 1 good 2>&-"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, stdout=subprocess.PIPE, text=True, timeout=120, check=True
    )
    assert done.stdout.count("\n") == 1 and "layer 3" in done.stdout
