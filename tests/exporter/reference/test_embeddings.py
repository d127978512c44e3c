"""Encoders of sentence-transformers: vectors as transformers and manual pooling give them, every fact used.

The reference pools by hand. sentence-transformers 6.2.0 itself gave the same vectors for such folders of all
six families, and for one that it saved anew: the largest difference was 2e-6 where they have length 1.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from encoders import CONFIGS, module, write, write_encoder
from numpy.typing import NDArray
from references import BACKENDS, Export
from students import TOKENIZER, bert_config, bert_tensors, write_checkpoint
from transformers import AutoModel, AutoTokenizer

import litebert
from litebert import CheckpointError, InputError, LiteBertError, UnsupportedModelError
from litebert.artifact import open_artifact
from litebert.tasks.embeddings import Embedding, Embeddings
from litebert.tools.cli import main as run_litebert
from litebert.tools.comparison_plan import plan_comparison
from litebert.tools.data import read_data_file
from litebert_exporter import export

TEXTS = (
    "the film was very good .",
    "A DULL plot , bad acting !",
    "",
    "unbelievable naïve crème brûlée 中文 😀",
    "the capital of france is paris",
    "good " * 60,
)
PAIR = ("what is the capital of france ?", "paris")
# Float sums in another order, on vectors of length 1; a vector pooled over padding is 1e-2 away and more.
TOLERANCE = 1e-5


def expected_vectors(folder: Path, pooling: str, normalize: bool) -> NDArray[np.float32]:
    """The vectors that transformers and pooling by hand give, each text alone."""
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rows = []
    for text in TEXTS:
        inputs = tokenizer(text, truncation=True, max_length=40, return_tensors="pt")
        with torch.no_grad():
            states = model(**inputs).last_hidden_state[0]
        vector = {"cls": states[0], "mean": states.mean(dim=0), "max": states.max(dim=0).values}[pooling]
        rows.append(torch.nn.functional.normalize(vector, dim=0) if normalize else vector)
    return torch.stack(rows).numpy()


def vectors(artifact: Path, target: str, texts: Any = TEXTS) -> NDArray[np.float32]:
    with litebert.load(artifact, backend=BACKENDS[target]) as model:
        return np.array([answer.vector for answer in model(list(texts))], np.float32)


@pytest.mark.parametrize("target", ["onnx", "tflite"])
@pytest.mark.parametrize("family", CONFIGS)
def test_every_family_gives_its_encoders_vectors(
    family: str, target: str, tmp_path: Path, export_to: Export
) -> None:
    folder = write_encoder(tmp_path / "m", family)
    found = vectors(export_to(folder, target), target)
    assert np.abs(found - expected_vectors(folder, "mean", normalize=True)).max() < TOLERANCE


@pytest.mark.parametrize("target", ["onnx", "tflite"])
@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("pooling", ["cls", "mean", "max"])
def test_every_pooling_with_and_without_normalize(
    pooling: str, normalize: bool, target: str, tmp_path: Path, export_to: Export
) -> None:
    folder = write_encoder(tmp_path / "m", pooling=pooling, normalize=normalize)
    expected = expected_vectors(folder, pooling, normalize)
    found = vectors(export_to(folder, target), target)
    assert np.abs(found - expected).max() < TOLERANCE * (1 if normalize else 10)
    if normalize:
        assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-6)


def test_int8_is_near_and_depends_on_no_neighbour(tmp_path: Path) -> None:
    folder, out = write_encoder(tmp_path / "m"), tmp_path / "out"
    report = export(folder, out=out)
    assert report.task["width"] == 24 and report.max_tokens == 40
    for target in ("onnx", "tflite"):
        together, alone = (
            vectors(out, target),
            np.concatenate([vectors(out, target, [text]) for text in TEXTS]),
        )
        assert np.abs(together - alone).max() < 1e-6  # sums in another order
        assert (together * expected_vectors(folder, "mean", normalize=True)).sum(axis=1).min() > 0.98


def test_an_answer_is_an_embedding(tmp_path: Path, export_to: Export) -> None:
    artifact = export_to(write_encoder(tmp_path / "m"), "onnx")
    with litebert.load(artifact) as model:
        answer, long = model(TEXTS[0]), model(TEXTS[5])
        assert (
            isinstance(answer, Embedding)
            and len(answer.vector) == 24
            and hash(answer) == hash(model(TEXTS[0]))
        )
        assert (answer.tokens, answer.truncated, long.tokens, long.truncated) == (8, False, 40, True)
        assert repr(answer).startswith("Embedding(vector=(") and len(repr(answer)) < 80
        assert model.labels == () and "labels" not in repr(model) and model.exit_rule is None
        assert model.all_exits(TEXTS[0]).shape == (1, 24)
        with pytest.warns(UserWarning, match="single texts"):
            assert model(PAIR).tokens == 11  # a pair is read as the tokenizer reads it


@pytest.mark.parametrize(
    "options",
    [{"prefix": "bert."}, {"prefix": "0.auto_model."}, {"below": "0_Transformer"}],
    ids=["with a prefix", "a state dict of the whole", "in a folder of its own"],
)
def test_other_places(options: dict[str, Any], tmp_path: Path, export_to: Export) -> None:
    plain = write_encoder(tmp_path / "plain")
    folder = write_encoder(tmp_path / "other", **options) / options.get("below", "")
    found = vectors(export_to(folder, "onnx"), "onnx")
    assert (found == vectors(export_to(plain, "onnx"), "onnx")).all()


def test_files_of_version_6(tmp_path: Path, export_to: Export) -> None:
    folder = write_encoder(
        tmp_path / "m",
        pooling="cls",
        bert={
            "max_seq_length": None,
            "do_lower_case": None,
            "transformer_task": "feature-extraction",
            "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
            "module_output_name": "token_embeddings",
        },
        model={
            "model_type": "SentenceTransformer",
            "default_prompt_name": None,
            "prompts": {"query": "", "document": ""},
            "similarity_fn_name": "cosine",
        },
    )
    kinds = ("base.modules.transformer.Transformer", "sentence_transformer.modules.pooling.Pooling")
    modules = [
        {"path": path, "type": f"sentence_transformers.{kind}"}
        for path, kind in zip(("", "1_Pooling"), kinds, strict=True)
    ]
    write(folder / "modules.json", modules)
    write(
        folder / "1_Pooling/config.json",
        {"embedding_dimension": 24, "pooling_mode": "cls", "include_prompt": True},
    )
    with litebert.load(export_to(folder, "onnx")) as model:
        assert model.max_tokens == 48
        assert model(TEXTS[0]).vector == pytest.approx(
            expected_vectors(folder, "cls", normalize=False)[0], abs=1e-4
        )


def test_a_limit_of_the_users_goes_beyond_that_of_the_file(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "m")
    assert export(folder, targets=("onnx",), out=tmp_path / "48", max_tokens=48).max_tokens == 48


def test_prompts_without_a_default_are_noted(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "m", model={"prompts": {"query": "find: ", "document": ""}})
    report = export(folder, targets=("onnx",), out=tmp_path / "out")
    assert report.notes[-1] == "put the prompts into the texts yourself (query: 'find: ')"


POOLING, MODEL, BERT = (
    "1_Pooling/config.json",
    "config_sentence_transformers.json",
    "sentence_bert_config.json",
)
REFUSED: dict[str, tuple[str, dict[str, Any] | list[Any], type[LiteBertError], str]] = {
    "two modes": (
        POOLING,
        {"pooling_mode_max_tokens": True},
        UnsupportedModelError,
        "the pooling is max and mean",
    ),
    "another mode": (
        POOLING,
        {"pooling_mode_mean_tokens": False, "pooling_mode_lasttoken": True},
        UnsupportedModelError,
        "the pooling is lasttoken, expected one of cls, mean, max",
    ),
    "another width": (POOLING, {"word_embedding_dimension": 32}, CheckpointError, "vectors of 32 numbers"),
    "no mode": (
        POOLING,
        {"pooling_mode_mean_tokens": False},
        UnsupportedModelError,
        "the pooling is none, expected one of",
    ),
    "another width beside the right one": (
        POOLING,
        {"embedding_dimension": 32},
        CheckpointError,
        "vectors of 32 numbers",
    ),
    "a mode of no name": (
        POOLING,
        {"pooling_mode": 5},
        UnsupportedModelError,
        "the pooling is 5, expected one",
    ),
    "an unknown fact": (
        POOLING,
        {"weights": [1]},
        UnsupportedModelError,
        "weights is [1], which is not supp",
    ),
    "a default prompt": (
        MODEL,
        {"prompts": {"query": "find: "}, "default_prompt_name": "query"},
        UnsupportedModelError,
        "puts the prompt 'query' before each text",
    ),
    "a default prompt of no name": (
        MODEL,
        {"prompts": {"query": "find: "}, "default_prompt_name": "quest"},
        CheckpointError,
        "default_prompt_name is 'quest', which is none of its prompts",
    ),
    "a default prompt that is a list": (
        MODEL,
        {"prompts": {"query": "find: "}, "default_prompt_name": ["query"]},
        CheckpointError,
        "which is none of its prompts",
    ),
    "prompts that are none": (MODEL, {"prompts": ["find"]}, CheckpointError, "expected a table of texts"),
    "another similarity": (
        MODEL,
        {"similarity_fn_name": "manhattan"},
        UnsupportedModelError,
        "expected cosine or dot",
    ),
    "another model": (
        MODEL,
        {"model_type": "SparseEncoder"},
        UnsupportedModelError,
        "model_type is 'SparseEncoder'",
    ),
    "fewer numbers": (
        MODEL,
        {"truncate_dim": 8},
        UnsupportedModelError,
        "truncate_dim is 8, which is not supported",
    ),
    "a limit beyond the tokenizer's": (
        BERT,
        {"max_seq_length": 64},
        CheckpointError,
        "max_seq_length is 64, but",
    ),
    "no limit at all": (BERT, {"max_seq_length": "long"}, CheckpointError, "expected a whole number"),
    "another method": (
        BERT,
        {"modality_config": {"text": {"method": "generate"}}},
        UnsupportedModelError,
        "modality_config is {'text': {'method': 'generate'}}, which is not supported",
    ),
    "arguments": (BERT, {"model_args": {"attn": "x"}}, UnsupportedModelError, "model_args is {'attn': 'x'}"),
    "a further module": (
        "modules.json",
        [module("Transformer", ""), module("Pooling", "1_Pooling"), module("Dense", "2_Dense")],
        UnsupportedModelError,
        "the modules are Transformer, Pooling, Dense, expected Transformer, Pooling and perhaps Normalize",
    ),
    "a pooling that is not there": (
        "modules.json",
        [module("Transformer", ""), module("Pooling", "2_Pooling")],
        CheckpointError,
        "2_Pooling/config.json: missing, and only it says how vectors are pooled",
    ),
    "a transformer that is elsewhere": (
        "modules.json",
        [module("Transformer", "0_Transformer"), module("Pooling", "1_Pooling")],
        CheckpointError,
        "the Transformer is in '0_Transformer', not in",
    ),
    "a module of one's own": (
        "modules.json",
        [module("Transformer", ""), {**module("Pooling", "1_Pooling"), "type": "mine.Pooling"}],
        UnsupportedModelError,
        "the modules are Transformer, mine.Pooling, expected",
    ),
    "a path that is a number": (
        "modules.json",
        [{**module("Transformer", ""), "path": 0}, module("Pooling", "1_Pooling")],
        CheckpointError,
        "no list of modules with type and path",
    ),
    "a path out of the folder": (
        "modules.json",
        [module("Transformer", ""), module("Pooling", "../1_Pooling")],
        CheckpointError,
        "the path '../1_Pooling' is no folder beside it",
    ),
    "no modules": ("modules.json", [1], CheckpointError, "no list of modules with type and path"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_facts_that_are_not_followed_are_refused(name: str, tmp_path: Path) -> None:
    file, changes, kind, words = REFUSED[name]
    path = write_encoder(tmp_path / "m") / file
    write(path, changes if isinstance(changes, list) else {**json.loads(path.read_text()), **changes})
    with pytest.raises(kind) as refused:
        export(tmp_path / "m", out=tmp_path / "out")
    assert words in str(refused.value) and "\n" not in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_a_prompt_that_is_not_pooled(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "m", model={"prompts": {"query": "find: "}})
    pooling = json.loads((folder / POOLING).read_text())
    write(folder / POOLING, {**pooling, "include_prompt": False})
    with pytest.raises(
        UnsupportedModelError, match="include_prompt is false, so that the tokens of a prompt"
    ):
        export(folder, out=tmp_path / "out")


def test_the_user_says_which_casing_is_right(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "m", bert={"do_lower_case": True})
    with pytest.raises(UnsupportedModelError, match="do_lower_case is true, but the tokenizer keeps capital"):
        export(folder, out=tmp_path / "out", targets=["onnx"], cased=True)
    assert export(folder, out=tmp_path / "out", targets=["onnx"], cased=False).task["name"] == "embeddings"


def test_a_link_to_the_transformer_s_folder(tmp_path: Path) -> None:
    write_encoder(tmp_path / "m", below="0_Transformer")
    (tmp_path / "link").symlink_to(tmp_path / "m" / "0_Transformer")
    report = export(tmp_path / "link", out=tmp_path / "out", targets=["onnx"])
    assert report.task["name"] == "embeddings"


def test_limits_that_contradict_are_refused(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "m")
    write(folder / "sentence_distilbert_config.json", {"max_seq_length": 20})
    with pytest.raises(CheckpointError, match=r"is 40 in sentence_bert_config\.json and 20 in"):
        export(folder, out=tmp_path / "out")


def test_small_letters_need_a_tokenizer_that_makes_them(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "m", bert={"do_lower_case": True})
    export(folder, targets=("onnx",), out=tmp_path / "out")  # as the tokenizer does anyway
    write(folder / "tokenizer_config.json", {**TOKENIZER, "do_lower_case": False})
    with pytest.raises(UnsupportedModelError, match="do_lower_case is true, but the tokenizer keeps"):
        export(folder, targets=("onnx",), out=tmp_path / "cased")


@pytest.mark.parametrize(
    "facts", [{"labels": ["a", "b"]}, {"problem_type": "regression"}, {"classifier": "fc:first"}]
)
def test_facts_of_classifiers_are_refused(facts: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is for classifiers, but modules"):
        export(write_encoder(tmp_path / "m"), out=tmp_path / "out", **facts)


def test_the_commands_take_embeddings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out, data = write_encoder(tmp_path / "m"), str(tmp_path / "out"), tmp_path / "data.tsv"
    labels = ("film", "film", "none", "odd", "place", "film")
    rows = "".join(f"{text}\t{label}\n" for text, label in zip(TEXTS, labels, strict=True))
    data.write_text(f"text\tlabel\n{rows}", encoding="utf-8")
    report = export(folder, out=out, data=data)
    capsys.readouterr()
    assert (
        report.comparison[0].metrics["nearest_accuracy"].value
        == report.comparison[1].metrics["nearest_accuracy"].value
    )

    def run(*arguments: str, code: int = 0) -> str:
        assert run_litebert([*arguments]) == code
        captured = capsys.readouterr()
        return captured.out if code == 0 else captured.err

    assert len(run("run", out, TEXTS[0]).split(" ")) == 24
    answer = json.loads(run("run", "--json", out, TEXTS[0]))
    assert set(answer) == {"vector", "tokens", "truncated"} and len(answer["vector"]) == 24
    shown = run("inspect", out)
    assert "  normalized    yes\n" in shown and "embeddings" in shown and "{" not in shown
    assert json.loads(run("inspect", "--json", out))["pooling"] == "mean"
    assert "golden cases agree" in run("verify", out)
    assert "nearest has label" in run("verify", out, "--data", str(data), "--against", str(folder))
    row = json.loads(run("verify", out, "--json", "--data", str(data), "--label-column", ""))["data"][0]
    assert "nearest_accuracy" not in row and row["max_direction_difference"] < 1e-9
    assert "auto" in run("doctor", out)
    shown = run("inspect", out)
    assert "size          24\n" in shown and "labels" not in shown and "outputs" not in shown
    assert "no exit rule suits its answers" in run("calibrate", out, "--data", str(data), code=1)


def test_models_of_other_tasks_are_not_compared(tmp_path: Path) -> None:
    folder, out, data = write_encoder(tmp_path / "m"), tmp_path / "out", tmp_path / "data.tsv"
    data.write_text("text\tlabel\na film\tpositive\n", encoding="utf-8")
    classifier = write_checkpoint(tmp_path / "classifier", bert_config(), bert_tensors(bert_config()))
    export(folder, targets=("onnx",), out=out)
    export(classifier, targets=("onnx",), out=tmp_path / "other")
    for artifact, against in ((out, classifier), (tmp_path / "other", folder)):
        with pytest.raises(InputError, match="compare models of one task"):
            plan_comparison([(artifact, open_artifact(artifact))], read_data_file(data), against, {})


def test_a_stranger_around_the_checkpoint_counts_for_nothing(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / "m", bert_config(architectures=None), bert_tensors(bert_config()))
    (tmp_path / "modules.json").write_text("{}", encoding="utf-8")
    assert export(folder, targets=("onnx",), out=tmp_path / "out").task["name"] == "sequence-classification"


def test_a_classifier_with_modules_stays_one(tmp_path: Path) -> None:
    """As version 6 saves cross-encoders."""
    folder = write_checkpoint(tmp_path / "m", bert_config(), bert_tensors(bert_config()))
    write(folder / "modules.json", [module("Transformer", "")])
    assert export(folder, targets=("onnx",), out=tmp_path / "out").task["name"] == "sequence-classification"


@pytest.mark.parametrize(
    "options",
    [
        {"layout": "split", "layers_per_segment": 2},
        {"lengths": (16, 40), "targets": ("tflite",)},
        {"trim_vocab": 40, "quantize": "none"},
        {"quantize": "int8-fast", "targets": ("onnx",)},
    ],
    ids=["split", "fixed lengths", "trimmed", "int8-fast"],
)
def test_layouts_lengths_and_trimming(options: dict[str, Any], tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "m")
    export(folder, out=tmp_path / "out", **options)
    with litebert.load(tmp_path / "out") as model:
        found = np.array(model(TEXTS[0]).vector) @ expected_vectors(folder, "mean", normalize=True)[0]
    assert found > 0.95  # trimming cuts a word into pieces


def test_nearest_texts_by_either_similarity() -> None:
    rows, labels = ((1.0, 0.0), (3.0, 5.0), (0.9, 0.1), (0.0, 9.0)), ["a", "b", "a", "b"]
    answers = [Embedding(row, 3, truncated=False) for row in rows]
    by = {kind: Embeddings(2, "mean", normalized=False, similarity=kind) for kind in ("cosine", "dot")}
    assert by["cosine"].metrics(answers, labels) == {"nearest_accuracy": 1.0}
    assert by["dot"].metrics(answers, labels) == {"nearest_accuracy": 0.5}
    assert by["dot"].influences(answers, labels)["nearest_accuracy"].tolist() == [-0.5, 0.5, -0.5, 0.5]
    assert np.isnan(by["dot"].metrics(answers[:1], ["a"])["nearest_accuracy"])
