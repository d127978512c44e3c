"""A classifier of the user's own code on an encoder: read as they say, and never taken for the usual one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bad_inputs import Refuse, change_json
from kin import kin_config
from references import FLOAT_TOLERANCE, Answers, Export, artifact_answers, assert_parity
from safetensors.torch import load_file, save_file
from students import TEXTS, TOKENIZER, bert_config, distilbert_config, random_tensors, write_facts
from transformers import AutoConfig, AutoModel, AutoTokenizer

from litebert import CheckpointError, InputError, UnsupportedModelError
from litebert_exporter import export
from litebert_exporter.export_cli import main

pytest_plugins = ("bad_fixtures",)

SINGLE = [text for text in TEXTS if isinstance(text, str)]
ROBERTA_TOKENIZER = {**TOKENIZER, "model_input_names": ["input_ids", "attention_mask"]}
CONFIGS = {
    "bert": bert_config(),
    "distilbert": distilbert_config(),
    "roberta": kin_config("roberta"),
    "albert": kin_config("albert"),
    "electra": kin_config("electra"),
}


class _Own(torch.nn.Module):
    """The network of a tutorial: an encoder under some name, one linear on what it gives."""

    def __init__(self, config: dict[str, Any], attribute: str, head: str) -> None:
        super().__init__()
        self.names = (attribute, head)
        self.add_module(attribute, AutoModel.from_config(AutoConfig.for_model(**config)))
        self.add_module(head, torch.nn.Linear(24, 3))
        shapes = {name: tuple(values.shape) for name, values in self.state_dict().items()}
        tensors = {name: torch.from_numpy(values) for name, values in random_tensors(shapes).items()}
        self.load_state_dict(tensors)
        self.eval()

    def logits(self, reads: str, inputs: Any) -> torch.Tensor:
        encoder, head = (getattr(self, name) for name in self.names)
        given = encoder(**inputs)
        vector = given.pooler_output if reads == "pooler" else given.last_hidden_state[:, 0]
        with torch.no_grad():
            found: torch.Tensor = head(vector)[0]
        return found


def _write(folder: Path, family: str, attribute: str, head: str) -> _Own:
    config = {**CONFIGS[family], "id2label": {"0": "a", "1": "b", "2": "c"}}
    write_facts(folder, config, ROBERTA_TOKENIZER if family == "roberta" else TOKENIZER)
    network = _Own(CONFIGS[family], attribute, head)
    save_file(network.state_dict(), folder / "model.safetensors")
    return network


def _answers(folder: Path, network: _Own, reads: str) -> Answers:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rows = [tokenizer(text, truncation=True, return_tensors="pt") for text in SINGLE]
    logits = [network.logits(reads, row).detach().numpy() for row in rows]
    return Answers(tuple(tuple(row["input_ids"][0].tolist()) for row in rows), np.stack(logits))


@pytest.mark.parametrize(
    ("family", "attribute", "head", "reads"),
    [
        ("bert", "bert", "fc", "pooler"),
        ("bert", "bert", "classifier", "first"),
        ("bert", "encoder", "classifier", "pooler"),
        ("distilbert", "bert", "out", "first"),
        ("roberta", "bert", "classifier", "pooler"),
        ("albert", "backbone", "fc", "pooler"),
        ("electra", "transformer", "fc", "first"),
    ],
)
def test_the_logits_are_those_of_the_users_code(
    family: str, attribute: str, head: str, reads: str, tmp_path: Path, export_to: Export
) -> None:
    network = _write(tmp_path / "m", family, attribute, head)
    artifact = export_to(tmp_path / "m", "onnx", classifier=f"{head}:{reads}")
    assert_parity(artifact, "onnx", SINGLE, _answers(tmp_path / "m", network, reads))


@pytest.mark.parametrize(
    ("family", "attribute", "head", "words"),
    [
        (
            "bert",
            "bert",
            "fc",
            "no classifier.weight, which bert has; likely heads of your own code: fc.weight [3, 24]",
        ),
        ("bert", "encoder", "classifier", 'its encoder is named "encoder.", not "bert."; likely heads'),
        ("roberta", "bert", "fc", 'its encoder is named "bert.", not "roberta."; likely heads'),
        (
            "distilbert",
            "distilbert",
            "classifier",
            "no pre_classifier.weight, which distilbert has",
        ),
        (
            "roberta",
            "roberta",
            "classifier",
            "no classifier.out_proj.weight, which roberta has",
        ),
    ],
)
def test_it_must_be_named(
    family: str,
    attribute: str,
    head: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    refuse_export: Refuse,
) -> None:
    monkeypatch.chdir(tmp_path)
    _write(Path("m"), family, attribute, head)
    line = refuse_export(CheckpointError, "m")
    assert words in line and f"--classifier {head}:first where" in line
    assert (f"--classifier {head}:pooler where" in line) == (family != "distilbert")
    assert "a mean over tokens, is not supported" in line


def test_a_classifier_beside_a_whole_network(student: Path, refuse_export: Refuse) -> None:
    state = load_file(student / "model.safetensors")
    moved = {name.replace("bert.", "model.bert.", 1): values for name, values in state.items()}
    save_file(moved, student / "model.safetensors")
    line = refuse_export(CheckpointError, "student")
    assert "classifier.weight has another prefix than the encoder" in line


def test_a_config_of_the_bare_encoder(student: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The files of a tutorial: weights of self.bert and self.classifier, and the encoder's own config."""
    change_json(student / "config.json", architectures=["BertForMaskedLM"])
    assert main([str(student), "-o", "out", "--target", "onnx"]) == 0
    shown = capfd.readouterr().err
    assert "BertForMaskedLM, a class without a classifier; the classifier in the file is taken" in shown
    assert main([str(student), "-o", "again", "--target", "onnx", "--classifier", "classifier:pooler"]) == 0
    assert "BertForMaskedLM" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ("fc", InputError, "classifier is 'fc', expected NAME:pooler or NAME:first"),
        ("fc:mean", InputError, "expected NAME:pooler or NAME:first"),
        (
            "gc:first",
            CheckpointError,
            r"no gc\.weight \[classes, hidden\] in it, as classifier says",
        ),
        ("out:pooler", CheckpointError, "no pooler in it, which classifier='out:pooler' needs"),
        ("flat:first", CheckpointError, r"flat has no bias, .* state\['flat.bias'\] = torch.zeros\(3\)"),
        ("wide:first", CheckpointError, r"wide\.weight is \[3, 48\], expected \[3, 24\]"),
    ],
)
def test_a_name_that_does_not_fit(given: str, kind: type[Exception], words: str, tmp_path: Path) -> None:
    network = _write(tmp_path / "m", "distilbert", "bert", "out")
    state = {**network.state_dict(), "flat.weight": torch.zeros(3, 24), "wide.weight": torch.zeros(3, 48)}
    save_file({**state, "wide.bias": torch.zeros(3)}, tmp_path / "m" / "model.safetensors")
    with pytest.raises(kind, match=words):
        export(tmp_path / "m", targets=["onnx"], out=tmp_path / "a", classifier=given)


def test_the_config_may_name_it(tmp_path: Path, export_to: Export) -> None:
    """As litebert-exits writes it; a flag of another name contradicts it."""
    network = _write(tmp_path / "m", "bert", "bert", "fc")
    change_json(tmp_path / "m" / "config.json", litebert_classifier="fc:first")
    expected = _answers(tmp_path / "m", network, "first").logits
    artifact = export_to(tmp_path / "m", "onnx")
    found = artifact_answers(artifact, "onnx", SINGLE).logits
    assert np.abs(found - expected).max() <= FLOAT_TOLERANCE
    with pytest.raises(CheckpointError, match="fc:pooler' contradicts litebert_classifier fc:first"):
        export(tmp_path / "m", targets=["onnx"], out=tmp_path / "a", classifier="fc:pooler")


@pytest.mark.parametrize("value", [3, ["fc:first"], {"fc": "first"}, True])
def test_a_name_in_the_config_that_is_none(value: object, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", litebert_classifier=value)
    line = refuse_export(CheckpointError, "student")
    assert f"config.json: litebert_classifier is {value!r}, expected NAME:pooler or NAME:first" in line


def test_a_family_with_a_classifier_behind_every_layer(tmp_path: Path) -> None:
    case = Path(__file__).parents[2] / "cases" / "pabee"
    with pytest.raises(UnsupportedModelError, match="pabee has classifiers of its own behind its layers"):
        export(case, targets=["onnx"], out=tmp_path / "a", classifier="classifiers.0:pooler")


@pytest.mark.parametrize("reads", ["first", "pooler"])
def test_a_pooler_of_ones_own_is_no_encoders(reads: str, student: Path, refuse_export: Refuse) -> None:
    _write(Path("own"), "bert", "bert", "fc")
    tensors = load_file("own/model.safetensors")
    save_file({**tensors, "pooler.weight": torch.ones(24, 24)}, "own/model.safetensors")
    line = refuse_export(CheckpointError, "own", "--classifier", f"fc:{reads}")
    assert "1 left over (pooler.weight)" in line
