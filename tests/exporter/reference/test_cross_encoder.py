"""Cross-encoders of sentence-transformers: the activation on their logits is part of their answer.

CrossEncoder.predict of sentence-transformers 6.2 gave the same values for those folders of `STATED` that it
knows as its own; it reads `default_activation_function` no more.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from references import transformers_answers
from students import bert_config, bert_tensors, write_checkpoint

import litebert
from litebert import CheckpointError, UnsupportedModelError
from litebert_exporter import export
from litebert_exporter.export_cli import main

SIGMOID = "torch.nn.modules.activation.Sigmoid"
IDENTITY = "torch.nn.modules.linear.Identity"
FILE = "config_sentence_transformers.json"
PAIR = ("the film was good", "bad plot")


def write_cross_encoder(
    folder: Path, config: dict[str, Any], outputs: int = 1, beside: dict[str, Any] | None = None
) -> Path:
    labels = {str(index): f"LABEL_{index}" for index in range(outputs)}
    whole = bert_config(id2label=labels, label2id=None, **config)
    write_checkpoint(folder, whole, bert_tensors(whole, outputs))
    if beside is not None:
        (folder / FILE).write_text(json.dumps(beside), encoding="utf-8")
    return folder


def sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


STATED: dict[str, tuple[dict[str, Any], dict[str, Any] | None, bool]] = {
    "since 4": ({"sentence_transformers": {"activation_fn": SIGMOID, "version": "4.0.1"}}, None, True),
    "since 6": ({}, {"activation_fn": SIGMOID, "model_type": "CrossEncoder"}, True),
    "until 4": ({"sbert_ce_default_activation_function": SIGMOID}, None, True),
    "short": ({"default_activation_function": "torch.nn.Sigmoid"}, None, True),
    "both places": ({"sentence_transformers": {"activation_fn": SIGMOID}}, {"activation_fn": SIGMOID}, True),
    "none stated": ({"sentence_transformers": {"version": "4.0.1"}}, None, True),
    "none stated since 6": ({}, {"activation_fn": None, "model_type": "CrossEncoder"}, True),
    "identity": ({"sbert_ce_default_activation_function": IDENTITY}, None, False),
    "no cross-encoder": ({}, None, False),
    "null": ({"sbert_ce_default_activation_function": None}, None, False),
    "a file without it": ({}, {"__version__": {}, "prompts": {}, "default_prompt_name": None}, False),
}


@pytest.mark.parametrize("name", STATED)
def test_one_logit(name: str, tmp_path: Path) -> None:
    config, beside, squashed = STATED[name]
    folder = write_cross_encoder(tmp_path / "m", config, beside=beside)
    ((logit,),) = transformers_answers(folder, [PAIR]).logits
    report = export(folder, out=tmp_path / "out", quantize="none")
    assert report.task["activation"] == ("sigmoid" if squashed else "identity")
    for backend in ("onnxruntime", "ai-edge-litert"):
        with litebert.load(tmp_path / "out", backend) as model:
            found = model(PAIR)
        assert found.logits[0] == pytest.approx(logit, abs=1e-4)
        assert found.value == pytest.approx(sigmoid(logit) if squashed else logit, abs=1e-4)


@pytest.mark.parametrize("path", [IDENTITY, "torch.nn.modules.activation.Softmax", None])
def test_several_logits_keep_the_best_label(path: str | None, tmp_path: Path) -> None:
    """Without an activation sentence-transformers' scores are the logits, which an answer holds too."""
    folder = write_cross_encoder(tmp_path / "m", {"sentence_transformers": {"activation_fn": path}}, 3)
    export(folder, targets=["onnx"], out=tmp_path / "out", quantize="none")
    with litebert.load(tmp_path / "out") as model:
        found = model(PAIR)
    assert found.label == f"LABEL_{max(range(3), key=found.logits.__getitem__)}"
    assert found.probs is not None and sum(found.probs) == pytest.approx(1)


def test_a_sigmoid_of_several_labels(tmp_path: Path) -> None:
    folder = write_cross_encoder(tmp_path / "m", {"sbert_ce_default_activation_function": SIGMOID}, 3)
    with pytest.raises(CheckpointError, match="give problem_type='multi-label'"):
        export(folder, out=tmp_path / "out")
    export(folder, targets=["onnx"], out=tmp_path / "out", problem_type="multi-label")
    with litebert.load(tmp_path / "out") as model:
        found = model(PAIR)
    assert found.probs == pytest.approx([sigmoid(logit) for logit in found.logits])


@pytest.mark.parametrize(
    ("config", "beside", "outputs", "kind", "words"),
    [
        (
            {"sbert_ce_default_activation_function": "torch.nn.modules.activation.Tanh"},
            None,
            1,
            UnsupportedModelError,
            "Tanh.*expected torch.nn's Sigmoid",
        ),
        (
            {"sentence_transformers": {"activation_fn": "mine.Act"}},
            None,
            1,
            UnsupportedModelError,
            "mine.Act",
        ),
        ({"sentence_transformers": {"activation_fn": 3}}, None, 1, UnsupportedModelError, "activation_fn"),
        ({"sentence_transformers": "4.0"}, None, 1, CheckpointError, "expected a table"),
        (
            {"sentence_transformers": {"activation_fn": SIGMOID}},
            {"activation_fn": IDENTITY},
            1,
            CheckpointError,
            f"sigmoid.*identity.*{FILE}.*contradict",
        ),
        ({"default_activation_function": "torch.nn.Softmax"}, None, 1, CheckpointError, "softmax, expected"),
        (
            {},
            {"default_prompt_name": "query", "prompts": {"query": "q: "}},
            1,
            UnsupportedModelError,
            "prompt",
        ),
    ],
)
def test_what_is_refused(
    config: dict[str, Any],
    beside: dict[str, Any] | None,
    outputs: int,
    kind: type[Exception],
    words: str,
    tmp_path: Path,
) -> None:
    folder = write_cross_encoder(tmp_path / "m", config, outputs, beside)
    with pytest.raises(kind, match=words):
        export(folder, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_cross_encoder_was_made_for_pairs(tmp_path: Path) -> None:
    """As the manifest then says, unless the user says otherwise; of other models nobody knows it."""
    folder = write_cross_encoder(tmp_path / "m", {"sbert_ce_default_activation_function": SIGMOID}, 1)
    for name, flags, inputs in (("pair", [], "pair"), ("text", ["--inputs", "text"], "text")):
        out = str(tmp_path / name)
        assert main([str(folder), "--target", "onnx", "-o", out, *flags]) == 0
        with litebert.load(out) as model:
            assert model.inputs == inputs
            with pytest.warns(UserWarning, match="as its manifest says"):
                model("good film" if inputs == "pair" else ("good", "film"))
