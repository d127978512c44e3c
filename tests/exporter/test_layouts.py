"""Early exits in every layout: the same numbers, the same decisions, whoever else is in the batch."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from references import BACKENDS, Export
from students import (
    TEXTS,
    Tensors,
    bert_config,
    bert_tensors,
    distilbert_config,
    distilbert_tensors,
    exit_tensors,
    exits_config,
    mobilebert_config,
    mobilebert_tensors,
    write_checkpoint,
)

import litebert
from litebert import CheckpointError, InputError
from litebert.machine import read_cpu
from litebert_exporter import export
from litebert_exporter.checkpoint_reader import read_checkpoint
from litebert_exporter.families import choose_family
from litebert_exporter.text.renumber import word_table

LAYERS, WIDTH = 4, 24
SPEEDS = tuple(float(speed) for speed in np.linspace(0, 1, 21))
# Texts of equal length among them, so that rows of a batch run together and leave apart.
ROWS = [
    *TEXTS,
    "a good film",
    "what a film",
    "the dull plot",
    "bad acting !",
    "good good good",
    "not bad ,",
    "the",
]
CUTS: dict[str, dict[str, Any]] = {
    "split": {"layout": "split"},
    "split in two": {"layout": "split", "layers_per_segment": 2},
    "split, uneven": {"layout": "split", "layers_per_segment": 3},
    "branched": {"layout": "branched"},
    "branched in two": {"layout": "branched", "layers_per_segment": 2},
}
Open = Callable[..., litebert.Model]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A BERT with FastBERT's heads, another rule, three classes; others with linear ones."""
    root = tmp_path_factory.mktemp("exits")
    plain = bert_config(num_hidden_layers=LAYERS)
    labels = {"id2label": {"0": "a", "1": "b", "2": "c"}, "label2id": {"a": 0, "b": 1, "c": 2}}
    distil = distilbert_config(n_layers=LAYERS, **exits_config(None))
    mobile = mobilebert_config(num_hidden_layers=LAYERS, hidden_size=WIDTH, **exits_config(None))
    made = {
        "bert": ({**plain, **exits_config()}, bert_tensors(plain) | exit_tensors(LAYERS, WIDTH)),
        "bert, at most": (
            {**plain, **exits_config(rule="entropy-at-most")},
            bert_tensors(plain) | exit_tensors(LAYERS, WIDTH),
        ),
        "bert, raw": (
            {**plain, **labels, **exits_config(rule="raw-entropy-below")},
            bert_tensors(plain, 3) | exit_tensors(LAYERS, WIDTH, outputs=3),
        ),
        "distilbert": (distil, distilbert_tensors(distil) | exit_tensors(LAYERS, WIDTH, None)),
        "mobilebert": (mobile, mobilebert_tensors(mobile) | exit_tensors(LAYERS, WIDTH, None)),
        "plain": (plain, bert_tensors(plain)),
    }
    return {
        name: write_checkpoint(root / f"m{index}", config, tensors)
        for index, (name, (config, tensors)) in enumerate(made.items())
    }


@pytest.fixture(scope="module")
def opened(checkpoints: dict[str, Path], export_to: Export) -> Open:
    """Returns a function that opens a checkpoint as exported with some options, once for equal ones."""
    made: dict[str, litebert.Model] = {}

    def run(name: str, target: str, **options: Any) -> litebert.Model:
        key = json.dumps([name, target, options], sort_keys=True)
        if key not in made:
            made[key] = litebert.load(export_to(checkpoints[name], target, **options), BACKENDS[target])
        return made[key]

    return run


def exits_of(model: litebert.Model, text: Any) -> dict[int, NDArray[np.float32]]:
    return dict(zip(model.exit_layers, model.all_exits(text), strict=True))


@pytest.mark.parametrize("quantize", [pytest.param("none", marks=pytest.mark.slow), "int8"])
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("bert", "onnx"),
        ("bert", "tflite"),
        ("distilbert", "onnx"),
        ("mobilebert", "onnx"),
        ("mobilebert", "tflite"),
    ],
)
def test_pieces_give_the_whole_graphs_logits(
    name: str, target: str, cut: str, quantize: str, opened: Open
) -> None:
    if target == "tflite" and "branched" in cut:
        cut = "split"
    whole = opened(name, target, quantize=quantize, layout="whole")
    pieces = opened(name, target, quantize=quantize, **CUTS[cut])
    assert pieces.exit_layers[-1] == LAYERS - 1
    for text in TEXTS:
        expected, found = exits_of(whole, text), exits_of(pieces, text)
        for layer, logits in found.items():
            np.testing.assert_allclose(logits, expected[layer], rtol=0, atol=1e-6)


@pytest.mark.parametrize("quantize", ["none", pytest.param("int8", marks=pytest.mark.slow), "int8-fast"])
@pytest.mark.parametrize(
    ("name", "knob"), [("bert", "speed"), ("bert, at most", "speed"), ("bert, raw", "threshold")]
)
def test_branched_is_split_at_every_threshold(name: str, knob: str, quantize: str, opened: Open) -> None:
    split = opened(name, "onnx", quantize=quantize, layout="split")
    branched = opened(name, "onnx", quantize=quantize, layout="branched")
    left = set()
    for value in SPEEDS:
        expected, found = split(ROWS, leave={knob: value}), branched(ROWS, leave={knob: value})
        for one, other, text in zip(expected, found, ROWS, strict=True):
            assert one.exit_layer == other.exit_layer, text
            assert one.logits == pytest.approx(other.logits, abs=1e-6)
            assert branched(text, leave={knob: value}) == other
        left |= {answer.exit_layer for answer in found}
    assert left == set(range(LAYERS))


@pytest.mark.parametrize("cut", ["whole", *CUTS])
@pytest.mark.parametrize("target", ["onnx", "tflite"])
def test_an_answer_does_not_depend_on_the_batch(target: str, cut: str, opened: Open) -> None:
    options = CUTS.get(cut, {"layout": cut})
    if target == "tflite" and "branched" in cut:
        options = CUTS["split"]
    model = opened("bert", target, quantize="int8", **options)
    for speed in (0.0, 0.4, 0.7, 0.9, 1.0):
        assert model(ROWS, speed=speed) == [model(text, speed=speed) for text in ROWS]
        assert list(model.stream(iter(ROWS), speed=speed)) == model(ROWS, speed=speed)


@pytest.mark.parametrize("cut", ["whole", "split", "branched"])
def test_speed_0_is_the_plain_model_and_exits_only_move_earlier(cut: str, opened: Open) -> None:
    model = opened("bert", "onnx", **CUTS.get(cut, {"layout": cut}))
    plain = opened("plain", "onnx")
    for text in TEXTS:
        answer = model(text, speed=0)
        assert answer == model(text)
        assert answer.logits == pytest.approx(plain(text).logits, abs=1e-6)
        assert answer.exit_layer == LAYERS - 1
        layers = [model(text, speed=speed).exit_layer or 0 for speed in SPEEDS]
        assert layers == sorted(layers, reverse=True)
        assert layers[-1] == 0


def test_answers_come_from_the_exit_they_name(opened: Open) -> None:
    model = opened("bert", "onnx", layout="split")
    for text in TEXTS:
        logits = model.all_exits(text)
        assert logits.shape == (LAYERS, 2)
        for speed in SPEEDS:
            answer = model(text, speed=speed)
            assert answer.exit_layer is not None
            assert answer.logits == tuple(logits[answer.exit_layer].tolist())
            assert answer.uncertainty == pytest.approx(litebert.exit_rules.uncertainty(answer.logits))


@pytest.mark.parametrize("target", ["onnx", "tflite"])
def test_exits_of_a_single_value_per_exit(target: str, opened: Open) -> None:
    model = opened("bert", target, layout="split")
    assert {answer.exit_layer for answer in model(ROWS, speed=[0, 1, 0])} == {1}
    assert {answer.exit_layer for answer in model(ROWS, speed=[0, 0, 0])} == {LAYERS - 1}


# The default saturates on an x86 without VNNI, which test_cpu.py emulates.
EITHER_ARITHMETIC = pytest.mark.parametrize(
    "exact",
    [
        True,
        pytest.param(False, marks=pytest.mark.skipif(read_cpu().int8_sums_saturate, reason="needs VNNI")),
    ],
)


def _plain_session(artifact: Path, exact: bool) -> Any:
    """The session of a branched graph as README opens it, with or without exact int8 sums."""
    options = onnxruntime.SessionOptions()
    if exact:
        options.add_session_config_entry("session.x64quantprecision", "1")
    return onnxruntime.InferenceSession(str(artifact / "onnx" / "branched.onnx"), options)


@pytest.mark.slow
@EITHER_ARITHMETIC
def test_a_branched_graph_needs_nothing_of_ours(
    exact: bool, checkpoints: dict[str, Path], export_to: Export
) -> None:
    artifact = export_to(checkpoints["bert"], "onnx", layout="branched", quantize="int8")
    model = litebert.load(artifact)
    session = _plain_session(artifact, exact)
    for speed in SPEEDS:
        for text in ROWS:
            encoding = model.tokenize(text)
            logits, layer, uncertainty = session.run(
                ["logits", "exit_layer", "uncertainty"],
                {
                    "input_ids": np.array([encoding.input_ids], np.int32),
                    "attention_mask": np.ones((1, len(encoding.input_ids)), np.int32),
                    "token_type_ids": np.array([encoding.type_ids], np.int32),
                    "thresholds": np.full(LAYERS - 1, speed, np.float32),
                },
            )
            answer = model(text, speed=speed)
            assert layer[0] == answer.exit_layer
            assert uncertainty[0] == pytest.approx(answer.uncertainty, abs=1e-5)
            assert logits[0] == pytest.approx(answer.logits, abs=1e-5)


@EITHER_ARITHMETIC
def test_padded_rows_leave_a_branched_graph_as_unpadded_ones(
    exact: bool, checkpoints: dict[str, Path], export_to: Export
) -> None:
    artifact = export_to(checkpoints["bert"], "onnx", layout="branched", quantize="int8")
    model = litebert.load(artifact)
    session = _plain_session(artifact, exact)
    encodings = [model.tokenize(text) for text in ROWS]
    feeds = {
        name: np.zeros((len(ROWS), 48), np.int32)
        for name in ("input_ids", "attention_mask", "token_type_ids")
    }
    for row, encoding in enumerate(encodings):
        count = len(encoding.input_ids)
        feeds["input_ids"][row, :count] = encoding.input_ids
        feeds["token_type_ids"][row, :count] = encoding.type_ids
        feeds["attention_mask"][row, :count] = 1
    for speed in (0.0, 0.6, 0.8, 1.0):
        layers = session.run(["exit_layer"], {**feeds, "thresholds": np.full(LAYERS - 1, speed, np.float32)})[
            0
        ]
        assert layers.tolist() == [answer.exit_layer for answer in model(ROWS, speed=speed)]


@pytest.mark.parametrize("rule", ["entropy-below", "entropy-at-most"])
@pytest.mark.parametrize("classes", [1, 2, 3, 7])
def test_ties_leave_a_graph_as_the_rule_says(
    classes: int, rule: str, tmp_path: Path, export_to: Export
) -> None:
    """Classifiers of zeros: every distribution is uniform; with one class every answer is sure."""
    names = {str(index): f"c{index}" for index in range(classes)}
    facts = {"id2label": names, "label2id": {name: int(index) for index, name in names.items()}}
    config = bert_config(
        num_hidden_layers=2, problem_type="single_label_classification", **facts, **exits_config(rule=rule)
    )
    tensors: Tensors = bert_tensors(config, classes) | exit_tensors(2, WIDTH, outputs=classes)
    zeros = {name: values * 0 for name, values in tensors.items() if "classifier" in name}
    folder = write_checkpoint(tmp_path / "tie", config, {**tensors, **zeros})
    for layout in ("split", "branched"):
        model = litebert.load(export_to(folder, "onnx", layout=layout))
        leaves_at_once = classes == 1 or rule == "entropy-at-most"
        answer = model("the film", speed=1)
        assert (answer.exit_layer, answer.uncertainty) == (0 if leaves_at_once else 1, float(classes > 1))
        assert model("the film", speed=0.999).exit_layer == (0 if classes == 1 else 1)


def test_segments_are_opened_when_they_are_needed(checkpoints: dict[str, Path], export_to: Export) -> None:
    """Later graphs are replaced by rubbish once the hashes were checked: an early answer does not see it."""
    artifact = export_to(checkpoints["bert"], "onnx", layout="split")
    copy = artifact.parent / "copy.litebert"
    shutil.copytree(artifact, copy)
    lazy, eager = litebert.load(copy), litebert.load(copy, preload=True)
    for layer in (2, 3):
        (copy / "onnx" / f"layer_{layer:02}.onnx").write_bytes(b"rubbish")
    assert lazy("the film", speed=1).exit_layer == 0
    assert eager("the film").exit_layer == LAYERS - 1
    with pytest.raises(litebert.ArtifactError, match="layer_02"):
        lazy("the film")


def test_an_artifact_without_exits_refuses_speed(opened: Open) -> None:
    model = opened("plain", "onnx")
    answer = model("the film")
    assert (answer.exit_layer, answer.uncertainty, model.exit_layers) == (None, None, ())
    assert model.all_exits("the film").tolist() == [list(answer.logits)]
    with pytest.raises(InputError, match="no early exits"):
        model("the film", speed=0.5)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"layout": "branched", "targets": ("onnx", "tflite")}, InputError, "onnx only"),
        ({"layout": "nested"}, InputError, "'nested' is unknown"),
        ({"layers_per_segment": 0}, InputError, "layers_per_segment is 0"),
        ({"layout": "whole", "layers_per_segment": 2}, InputError, "the layout whole has one segment"),
        ({"problem_type": "multi-label"}, CheckpointError, "not multi-label"),
    ],
)
def test_what_cannot_be_laid_out_is_refused(
    options: dict[str, Any], error: type[Exception], words: str, checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(error, match=words):
        export(checkpoints["bert"], out=tmp_path / "out", **options)
    assert not list(tmp_path.iterdir())


def test_layers_per_segment_say_nothing_of_one_segment(checkpoints: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a student without exits is written as one segment"):
        export(checkpoints["plain"], out=tmp_path / "out", layers_per_segment=2)


def test_a_student_without_exits_has_nothing_to_branch_at(
    checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError, match="no early exits"):
        export(checkpoints["plain"], targets=("onnx",), layout="branched", out=tmp_path / "out")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"head": "pooled"}, "head is 'pooled'"),
        ({"size": 15}, "do not divide"),
        ({"size": 17, "heads": 1}, "exits.0.narrow"),
        ({"heads": None}, "no heads"),
        ({"rule": "vote"}, "rule is 'vote'"),
        (None, "expected the exits of litebert-exits"),
    ],
)
def test_a_wrong_description_of_exits_is_refused(
    changes: dict[str, Any] | None, words: str, tmp_path: Path
) -> None:
    described = exits_config()["litebert_exits"]
    facts = [1] if changes is None else {k: v for k, v in {**described, **changes}.items() if v is not None}
    config = bert_config(num_hidden_layers=3)
    tensors = bert_tensors(config) | exit_tensors(3, WIDTH)
    folder = write_checkpoint(tmp_path / "wrong", {**config, "litebert_exits": facts}, tensors)
    with pytest.raises(CheckpointError, match=words):
        export(folder, targets=("onnx",), out=tmp_path / "out")


@pytest.mark.parametrize("target", ["onnx", "tflite"])
def test_threads_share_a_model_whose_segments_are_not_open_yet(
    target: str, checkpoints: dict[str, Path], export_to: Export
) -> None:
    artifact = export_to(checkpoints["bert"], target, layout="split")
    expected = [litebert.load(artifact)(text, speed=0.7) for text in ROWS]
    model = litebert.load(artifact)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            assert list(pool.map(lambda text: model(text, speed=0.7), ROWS)) == expected


@pytest.mark.parametrize(("target", "layout"), [("onnx", "split"), ("onnx", "branched"), ("tflite", "split")])
def test_a_trimmed_vocabulary_in_pieces(
    target: str, layout: str, checkpoints: dict[str, Path], opened: Open
) -> None:
    texts = checkpoints["bert"] / "texts.txt"
    known = [text for text in TEXTS if isinstance(text, str)]
    texts.write_text("\n".join(known), encoding="utf-8")
    whole = opened("bert", target, layout=layout)
    trimmed = opened("bert", target, layout=layout, trim_vocab=str(texts))
    for text in known:
        assert np.array_equal(trimmed.all_exits(text), whole.all_exits(text))


def test_the_first_slot_of_every_embedding_is_the_word_table(checkpoints: dict[str, Path]) -> None:
    """By it a vocabulary is trimmed."""
    for path in checkpoints.values():
        read = read_checkpoint(path)
        family = choose_family(read, None)
        student = family.specify(family.adapt(read), None)
        table = word_table(student)
        assert "word" in table.name and table.shape[0] == student.embeddings.rows
