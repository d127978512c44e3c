"""The runtime loop: its inputs, its answers, and the independence of an answer from other rows."""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
from students import bert_config, bert_tensors, write_checkpoint

import litebert
from litebert import InputError, Prediction
from litebert.model import STREAM_BATCH_ROWS
from litebert_exporter import export

BACKENDS = ("onnxruntime", "ai-edge-litert")
TEXTS: list[Any] = [
    "the film was very good .",
    "",
    "a dull plot , bad acting !",
    ("what is the capital of france ?", "paris"),
    "good " * 100,
    "the film was very bad .",
    "\ud83d unpaired \x00 control \U0001f600",
]


@pytest.fixture(params=BACKENDS)
def model(request: pytest.FixtureRequest, artifact: Path) -> Iterator[litebert.Model]:
    with litebert.load(artifact, backend=request.param) as opened:
        yield opened


def test_annotations_can_be_read_by_programs() -> None:
    """As pydantic, typer and Sphinx do it."""
    for public in (litebert.load, litebert.Model.__call__, litebert.Model.stream, litebert.Prediction):
        assert get_type_hints(public)


@pytest.mark.parametrize("path", [None, 3, b"student", ["student"]])
def test_a_path_of_another_type(path: Any) -> None:
    with pytest.raises(InputError, match="expected the path of its folder"):
        litebert.load(path)


def test_single_in_single_out_list_in_list_out(model: litebert.Model) -> None:
    single = model("the film was very good .")
    assert isinstance(single, Prediction)
    assert model(["the film was very good ."]) == [single]
    assert model([]) == []
    assert isinstance(model(("the film", "good")), Prediction)


def test_a_prediction_is_a_frozen_hashable_value(model: litebert.Model) -> None:
    one, other = model("the film was good ."), model("the film was good .")
    assert one == other and hash(one) == hash(other) and one is not other
    assert one != model("the film was bad .")
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.label = "x"  # type: ignore[misc]


def test_fields_of_a_single_label_prediction(model: litebert.Model) -> None:
    answer = model("the film was very good .")
    assert model.labels == ("negative", "positive") and model.max_tokens == 48
    assert answer.probs is not None and answer.score == max(answer.probs)
    assert answer.label == model.labels[answer.probs.index(answer.score)]
    assert sum(answer.probs) == pytest.approx(1, abs=1e-12)
    expected = np.exp(answer.logits) / np.exp(answer.logits).sum()
    assert answer.probs == pytest.approx(tuple(expected), abs=1e-12)
    assert answer.tokens == 8 and answer.truncated is False  # six words, [CLS] and [SEP]
    assert all(type(value) is float for value in (*answer.probs, *answer.logits))
    assert answer.labels is None and answer.value is None


def test_long_text_is_cut_and_says_so(model: litebert.Model) -> None:
    answer = model("good " * 100)
    assert answer.tokens == model.max_tokens and answer.truncated
    assert answer == model("good " * 46 + "bad dull") and not model("good " * 46).truncated
    assert model("x" * 100_000).tokens == 3  # one word too long to be anything but [UNK]
    assert model(("good " * 100, "bad " * 100)).tokens == model.max_tokens


def test_unpaired_surrogates_are_replacement_characters(model: litebert.Model) -> None:
    assert model("good \ud800 film") == model("good \ufffd film")
    assert model("\ud83d\ude00") == model("\U0001f600")  # a pair of halves is the character itself


def test_an_answer_does_not_depend_on_its_neighbours(model: litebert.Model) -> None:
    together = model(TEXTS)
    assert together == [model(text) for text in TEXTS]
    assert list(reversed(model(TEXTS[::-1]))) == together


def test_stream_answers_in_order_and_in_bounded_memory(model: litebert.Model) -> None:
    taken = 0

    def texts() -> Iterator[Any]:
        nonlocal taken
        for number in range(10 * STREAM_BATCH_ROWS):
            taken += 1
            yield TEXTS[number % len(TEXTS)]

    stream = model.stream(texts())
    assert taken == 0
    first = next(stream)
    assert first == model(TEXTS[0]) and taken <= STREAM_BATCH_ROWS
    rest = list(stream)
    assert len(rest) == 10 * STREAM_BATCH_ROWS - 1 and rest[1] == model(TEXTS[2])


@pytest.mark.parametrize(
    "wrong", [None, 3, b"text", ("one",), ("a", "b", "c"), ("a", 3), [3], [["a"]], {"a": 1}, [("a", None)]]
)
def test_anything_else_is_an_input_error(model: litebert.Model, wrong: Any) -> None:
    with pytest.raises(InputError, match="expected a str, a 2-tuple of str, or a list"):
        model(wrong)


def test_stream_refuses_a_single_text(model: litebert.Model) -> None:
    with pytest.raises(InputError, match="one str"):
        model.stream("not a list of texts")
    with pytest.raises(InputError, match="one NoneType"):
        model.stream(None)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="expected a str"):
        list(model.stream(["fine", 3]))  # type: ignore[list-item]


def test_a_closed_model_says_so(artifact: Path) -> None:
    with litebert.load(artifact) as model:
        model("good")
    with pytest.raises(InputError, match="closed"):
        model("good")


@pytest.mark.parametrize("backend", BACKENDS)
def test_threads_may_share_a_model(artifact: Path, backend: str) -> None:
    with litebert.load(artifact, backend=backend) as model, ThreadPoolExecutor(8) as pool:
        expected = [model(text) for text in TEXTS]
        answers = list(pool.map(model, TEXTS * 40))
    assert answers == expected * 40


def test_both_engines_give_the_same_answers(float_artifact: Path) -> None:
    with (
        litebert.load(float_artifact, "onnxruntime") as one,
        litebert.load(float_artifact, "litert") as other,
    ):
        for text in TEXTS:
            # float32: only the order of sums differs
            assert one(text).logits == pytest.approx(other(text).logits, abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"backend": ["onnx"]}, r"backend \['onnx'\] is unknown"),
        ({"backend": "tensorrt"}, "'tensorrt' is unknown; expected auto, onnxruntime, ai-edge-litert"),
        ({"threads": 0}, "threads is 0"),
        ({"threads": 1.5}, "threads is 1.5"),
        ({"threads": True}, "threads is True"),
    ],
)
def test_load_refuses_wrong_arguments(artifact: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        litebert.load(artifact, **arguments)


def test_an_engine_needs_a_graph_for_it(checkpoint: Path, tmp_path: Path) -> None:
    only = export(checkpoint, targets=["tflite"], out=tmp_path / "only").artifact
    assert litebert.load(only).backend == "ai-edge-litert"
    with pytest.raises(InputError, match="needs a onnx graph, the artifact has tflite"):
        litebert.load(only, backend="onnxruntime")


def test_several_threads_answer(artifact: Path) -> None:
    assert litebert.load(artifact, threads=2)("good").label in ("negative", "positive")


@pytest.mark.parametrize("backend", BACKENDS)
def test_multi_label(tmp_path: Path, backend: str) -> None:
    config = bert_config(
        problem_type="multi_label_classification",
        id2label={"0": "joy", "1": "fear", "2": "awe"},
        label2id=None,
    )
    student = write_checkpoint(tmp_path / "multi", config, bert_tensors(config, outputs=3))
    with litebert.load(export(student, out=tmp_path / "out").artifact, backend) as model:
        for text in TEXTS:
            answer = model(text)
            assert answer.probs == pytest.approx(tuple(1 / (1 + np.exp(-np.array(answer.logits)))), abs=1e-12)
            assert answer.labels == tuple(
                label for label, logit in zip(model.labels, answer.logits, strict=True) if logit >= 0
            )
            assert answer.label == model.labels[int(np.argmax(answer.logits))] and answer.value is None


@pytest.mark.parametrize("backend", BACKENDS)
def test_regression(tmp_path: Path, backend: str) -> None:
    config = bert_config(problem_type="regression", id2label={"0": "LABEL_0"}, label2id=None)
    student = write_checkpoint(tmp_path / "score", config, bert_tensors(config, outputs=1))
    with litebert.load(export(student, out=tmp_path / "out").artifact, backend) as model:
        answer = model("the film was good .")
    assert answer.value == answer.logits[0]
    assert (answer.label, answer.score, answer.probs, answer.labels) == (None, None, None, None)


@pytest.mark.slow
def test_lengths_that_come_and_go_leave_nothing_behind(model: litebert.Model) -> None:
    """Once the longest text was answered, the other lengths fit into what it took."""
    for _ in range(3):
        model("good " * 60)
    before = _resident_kb()
    for length in [*range(1, 46), *range(45, 0, -1)] * 5:
        model("good " * length)
    gc.collect()
    assert _resident_kb() - before < 4096  # kB; the allocator's own unsteadiness


def _resident_kb() -> int:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def test_a_rule_s_parameters_are_given_by_name(early_artifact: Path) -> None:
    with litebert.load(early_artifact, leave={"speed": 1}) as eager, litebert.load(early_artifact) as model:
        expected = model("the film", speed=1)
        assert expected.exit_layer == 0
        assert eager("the film") == model("the film", leave={"speed": 1}) == expected
        assert [*model.stream(["the film"], leave={"speed": [1, 0, 0]})] == [expected]
        with pytest.raises(InputError, match="which needs speed"):
            model("the film", leave={"patience": 3})
        with pytest.raises(InputError, match="expected a dict"):
            model("the film", leave=3)  # type: ignore[call-overload]
