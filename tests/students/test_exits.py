"""The recipe for exits: heads, states, loss, training, and what is written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import students
import torch
from google_dialect import google_tensors
from kin import KIN, kin_config, write_kin
from numpy.typing import NDArray
from vocabularies import write_byte_level

import litebert
from litebert.errors import InputError
from litebert.tasks.sequence_classification import LOGITS
from litebert.tokenizer import Encoding, TextTokenizer
from litebert_exporter import export
from litebert_exporter.added_exits import with_exits
from litebert_exporter.binding import Weights, bind
from litebert_exporter.checkpoint_reader import read_checkpoint
from litebert_exporter.facts import Facts
from litebert_exporter.families import choose_family
from litebert_exporter.mask import mask_of
from litebert_exporter.quantize.recipe import UNQUANTIZED
from litebert_exporter.quantize.schemes import FLOAT_PRODUCTS
from litebert_exporter.safetensors_file import read_safetensors
from litebert_exporter.spec import Student
from litebert_exporter.subject import Subject
from litebert_exporter.targets.reference import ReferenceOps
from litebert_students.exit_checkpoint import fold_moments
from litebert_students.exit_heads import FIRST, LEARNING_RATES, AttentionHead, HeadShape, LinearHead
from litebert_students.exit_recipe import ExitsRecipe, distillation_loss, make_exits
from litebert_students.hidden_cache import Moments, cache_states, estimate_moments
from litebert_students.hidden_states import run_layers
from litebert_students.teachers import cut, read_without_exits
from litebert_students.training import EpochReport

CASES = Path(__file__).parents[1] / "cases"

SMALL = ExitsRecipe(head=HeadShape(size=8), epochs=2, batch_size=5)
PLAIN = [word for word in students.WORDS if word.isalpha() and word.isascii()]
LINES = [" ".join(PLAIN[(5 * i + i * j) % len(PLAIN)] for j in range(1 + i % 9)) for i in range(24)]
LABELS = np.arange(len(LINES)) % 2
TEXTS = tuple(text for text in students.TEXTS if isinstance(text, str))


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """Returns a file of 24 texts of unequal lengths, without labels."""
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(LINES) + "\n")
    return path


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Returns a file of the same texts with labels."""
    path = tmp_path / "texts.tsv"
    path.write_text("text\tlabel\n" + "".join(f"{t}\t{n}\n" for t, n in zip(LINES, LABELS, strict=True)))
    return path


def bert(folder: Path, dtype: Any = np.float32, **changes: Any) -> Path:
    config = students.bert_config(num_hidden_layers=3, **changes)
    tensors = {name: values.astype(dtype) for name, values in students.bert_tensors(config).items()}
    return students.write_checkpoint(folder, config, tensors)


def tinybert(folder: Path) -> Path:
    config = students.bert_config()
    tensors = students.bert_tensors(config)
    tensors |= students.random_tensors({"fit_dense.weight": (30, 24), "fit_dense.bias": (30,)})
    return students.write_checkpoint(folder, config, tensors)


def distilbert(folder: Path) -> Path:
    config = students.distilbert_config()
    return students.write_checkpoint(folder, config, students.distilbert_tensors(config))


def kin(family: str, folder: Path) -> Path:
    return write_kin(folder, kin_config(family))


def mobilebert(folder: Path) -> Path:
    config = students.mobilebert_config()
    return students.write_checkpoint(folder, config, students.mobilebert_tensors(config))


def google_mobilebert(folder: Path) -> Path:
    config = students.mobilebert_config()
    tensors = google_tensors(students.mobilebert_tensors(config))
    return students.write_checkpoint(folder, config, tensors)


def theseus(folder: Path) -> Path:
    config = students.bert_config(num_hidden_layers=4)
    tensors = students.bert_tensors(config)
    for index in range(2):
        layer = students.bert_layer(f"bert.encoder.scc_layer.{index}", 24, 40)
        tensors |= students.random_tensors(layer, seed=7 + index)
    return students.write_checkpoint(folder, config, tensors)


def linear(x: NDArray[Any], weights: dict[str, NDArray[Any]], name: str) -> NDArray[Any]:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def attention_head(states: NDArray[Any], weights: dict[str, NDArray[Any]], heads: int) -> NDArray[Any]:
    """The head's answer to one unpadded text [tokens, width], after the paper, every token attending."""
    narrow = np.tanh(linear(states, weights, "narrow"))
    query, key, value = (linear(narrow, weights, name) for name in ("query", "key", "value"))
    size = narrow.shape[1] // heads
    parts = []
    for start in range(0, narrow.shape[1], size):
        part = slice(start, start + size)
        scores = np.exp(query[:, part] @ key[:, part].T / np.sqrt(size))
        parts.append(scores / scores.sum(axis=1, keepdims=True) @ value[:, part])
    attended = linear(np.concatenate(parts, axis=1), weights, "attention_output")
    return linear(np.tanh(linear(attended[0], weights, "dense")), weights, "classifier")


def test_attention_head_is_the_papers() -> None:
    torch.manual_seed(0)
    head = AttentionHead(width=12, size=8, attention_heads=2, classes=3)
    hidden = torch.randn(2, 5, 12)
    mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    weights = {name: values.double().numpy() for name, values in head.state_dict().items()}
    with torch.inference_mode():
        logits = head(hidden, mask).numpy()
    for row, tokens in enumerate((5, 3)):
        expected = attention_head(hidden[row, :tokens].double().numpy(), weights, heads=2)
        np.testing.assert_allclose(logits[row], expected, atol=1e-5)


def test_linear_head_reads_the_first_token() -> None:
    head = LinearHead(width=4, classes=2)
    hidden = torch.randn(3, 5, 4)
    weights = {name: values.numpy() for name, values in head.state_dict().items()}
    with torch.inference_mode():
        logits = head(hidden, torch.ones(3, 5, dtype=torch.bool)).numpy()
    np.testing.assert_allclose(logits, linear(hidden[:, 0].numpy(), weights, "classifier"), atol=1e-6)


def test_loss_is_the_sum_of_divergences_from_the_last_layer() -> None:
    logits, teacher = torch.randn(3, 5, 4), torch.randn(5, 4)
    p, q = teacher.softmax(1).double().numpy(), logits.softmax(2).double().numpy()
    expected = sum((p * np.log(p / q[i])).sum() for i in range(3)) / 5
    assert distillation_loss(logits, teacher).item() == pytest.approx(expected, rel=1e-5)
    assert distillation_loss(teacher.expand(3, 5, 4), teacher).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("make", [bert, distilbert, mobilebert, *(partial(kin, family) for family in KIN)])
def test_states_are_those_of_transformers(make: Any, tmp_path: Path) -> None:
    from transformers import AutoModelForSequenceClassification

    folder = make(tmp_path / "model")
    source, _ = read_source(folder, 16)
    ids = np.random.default_rng(0).integers(0, len(students.UNCASED), (3, 9), dtype=np.int32)
    found = run_layers(source.student, source.weights, ids, np.zeros_like(ids))
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        expected = model(torch.from_numpy(ids).long(), output_hidden_states=True)
    assert len(found.hidden) == len(source.student.layers) - 1
    for states, theirs in zip(found.hidden, expected.hidden_states[1:-1], strict=True):
        np.testing.assert_allclose(states, theirs, atol=1e-4)
    np.testing.assert_allclose(found.logits, expected.logits, atol=1e-4)


@pytest.mark.parametrize("first_only", [False, True])
def test_states_on_disk_are_those_computed(tmp_path: Path, first_only: bool) -> None:
    source, tokenizer = read_source(bert(tmp_path / "model"), 16)
    encodings = sorted((tokenizer.encode(text) for text in TEXTS), key=lambda e: len(e.input_ids))
    moments = estimate_moments(source, encodings, first_only)
    cache = cache_states(tmp_path / "states", source, encodings, moments, first_only, "states")
    hidden, mask = cache.batch([3, 0, 4])
    assert len(cache) == len(encodings)
    for place, text in enumerate((3, 0, 4)):
        encoding = encodings[text]
        tokens = 1 if first_only else len(encoding.input_ids)
        assert mask[place].tolist() == [i < tokens for i in range(mask.shape[1])]
        alone = run_layers(
            source.student,
            source.weights,
            np.array([encoding.input_ids], np.int32),
            np.array([encoding.type_ids], np.int32),
        )
        for layer, states in enumerate(alone.hidden):
            found = moments.mean[layer] + moments.deviation[layer] * hidden[layer, place, :tokens].numpy()
            np.testing.assert_allclose(found, states[0, :tokens], atol=2e-3)  # float16
            assert not hidden[layer, place, tokens:].any()
        np.testing.assert_allclose(cache.logits[text], alone.logits[0], atol=1e-5)


@pytest.mark.parametrize("cut", [0, 1, 1000, 10000, None])
def test_a_cut_file_of_states_is_continued(tmp_path: Path, cut: int | None) -> None:
    source, tokenizer = read_source(bert(tmp_path / "model"), 16)
    encodings = sorted((tokenizer.encode(text) for text in LINES), key=lambda e: len(e.input_ids))
    path = tmp_path / "states"
    moments = estimate_moments(source, encodings, first_only=False)
    cache_states(path, source, encodings, moments, first_only=False, title="states")
    whole = path.read_bytes()
    assert len(whole) > 10000
    path.write_bytes(whole[:cut])
    cache_states(path, source, encodings, moments, first_only=False, title="states")
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("make", "family", "layers"),
    [
        (bert, "bert", 3),
        (distilbert, "distilbert", 2),
        (tinybert, "tinybert", 2),
        (theseus, "theseus", 2),
        (google_mobilebert, "mobilebert", 2),
        *((partial(kin, family), family, 2) for family in KIN),
    ],
)
@pytest.mark.parametrize("kind", ["attention", "linear"])
def test_any_family_gets_exits(
    make: Any, family: str, layers: int, kind: str, lines: Path, tmp_path: Path
) -> None:
    model, out = make(tmp_path / "model"), tmp_path / "out"
    reports: list[EpochReport] = []
    recipe = replace(SMALL, head=HeadShape(kind, 8, 2))
    source = make_exits(model, lines, out, recipe, on_epoch=reports.append)
    assert source.student.family == family
    assert [(report.epoch, report.epochs, report.measures) for report in reports] == [
        (1, 2, {}),
        (2, 2, {}),
    ]

    before, after = (read_safetensors(folder / "model.safetensors") for folder in (model, out))
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert {name.split(".")[1] for name in after.keys() - before.keys()} == {
        str(i) for i in range(layers - 1)
    }
    told = json.loads((out / "config.json").read_text())
    size = {"size": 8, "heads": 2} if kind == "attention" else {}
    assert told.pop("litebert_exits") == {"head": kind, "rule": "entropy-below", **size}
    assert told.pop("problem_type") == "single_label_classification"
    assert told == json.loads((model / "config.json").read_text())
    assert (out / "vocab.txt").read_bytes() == (model / "vocab.txt").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "out", "texts.txt"]


def read_source(folder: Path, max_tokens: int) -> tuple[Subject, TextTokenizer]:
    """A classifier and its tokenizer, as the recipe reads them."""
    source = cut(read_without_exits(folder, Facts()), max_tokens)
    return source, source.tokenizer.text_tokenizer(folder)


def read_exits(folder: Path) -> tuple[Student, Weights]:
    """A student as the exporter reads it."""
    checkpoint = read_checkpoint(folder)
    family = choose_family(checkpoint, None)
    student = with_exits(family.specify(checkpoint, None), checkpoint)
    return student, bind(student, checkpoint, family.ignored)


@pytest.mark.parametrize("kind", ["attention", "linear"])
def test_the_exporter_reads_the_heads_as_they_were_trained(kind: str, lines: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    make_exits(bert(tmp_path / "model"), lines, out, replace(SMALL, head=HeadShape(kind, 8, 2)))
    student, weights = read_exits(out)
    states = np.random.default_rng(0).standard_normal((2, 5, 24), np.float32)
    ops = ReferenceOps(weights, UNQUANTIZED, FLOAT_PRODUCTS, {}, {}, 0.0)
    mask = mask_of(ops, np.ones((2, 5), np.int32))
    for index, exit_ in enumerate(student.exits):
        head = AttentionHead(24, 8, 2, 2) if kind == "attention" else LinearHead(24, 2)
        start = f"exits.{index}."
        head.load_state_dict(
            {k.removeprefix(start): torch.tensor(v) for k, v in weights.items() if k.startswith(start)}
        )
        with torch.inference_mode():
            expected = head(torch.from_numpy(states), torch.ones(2, 5, dtype=torch.bool)).numpy()
        np.testing.assert_allclose(exit_.head.build(ops, states, mask)[LOGITS], expected, atol=1e-5)


@pytest.mark.parametrize("target", ["onnx", "tflite"])
@pytest.mark.parametrize(("make", "kind"), [(mobilebert, "attention"), (google_mobilebert, "linear")])
def test_exits_of_a_mobilebert_in_every_layout(
    make: Any, target: str, kind: str, lines: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    make_exits(make(tmp_path / "model"), lines, out, replace(SMALL, head=HeadShape(kind, 8, 2)))
    answers = {}
    for layout in ("whole", "split", "branched")[: 3 if target == "onnx" else 2]:
        artifact = tmp_path / f"{layout}.litebert"
        export(out, targets=(target,), out=artifact, layout=layout)
        with litebert.load(artifact) as model:
            answers[layout] = np.stack([model.all_exits(text) for text in TEXTS])
            assert model.exit_layers == (0, 1)
    for found in answers.values():
        np.testing.assert_allclose(found, answers["whole"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_heads_have_the_dtype_of_the_student(dtype: Any, lines: Path, tmp_path: Path) -> None:
    model, out = bert(tmp_path / "model", dtype), tmp_path / "out"
    make_exits(model, lines, out, SMALL)
    before, after = (read_safetensors(folder / "model.safetensors") for folder in (model, out))
    wide = {name for name, values in after.items() if values.dtype != np.dtype(dtype)}
    assert wide == {"exits.0.narrow.bias", "exits.1.narrow.bias"}
    assert all(before[name].tobytes() == after[name].tobytes() for name in before)


def test_exits_learn_the_last_layers_answers(labelled: Path, tmp_path: Path) -> None:
    model, reports = bert(tmp_path / "model"), []
    recipe = ExitsRecipe(head=HeadShape(size=32), epochs=40, batch_size=4, learning_rate=3e-3)
    make_exits(model, labelled, tmp_path / "out", recipe, on_epoch=reports.append)
    assert reports[-1].loss < 0.1 * reports[0].loss
    agreement, accuracy = reports[-1].measures["agreement"], reports[-1].measures["accuracy"]
    assert len(agreement) == 2
    assert min(agreement) > 0.9
    source, tokenizer = read_source(model, 16)
    own = classes_of(source.student, source.weights, [tokenizer.encode(text) for text in LINES])
    assert accuracy[-1] == pytest.approx((own[:, -1] == LABELS).mean())


def classes_of(student: Student, weights: Weights, encodings: Sequence[Encoding]) -> NDArray[Any]:
    """[texts, exits + 1], each exit's class and the last layer's."""
    classes = []
    for encoding in encodings:
        ids, types = (np.array([part], np.int32) for part in (encoding.input_ids, encoding.type_ids))
        found = run_layers(student, weights, ids, types)
        ops = ReferenceOps(weights, UNQUANTIZED, FLOAT_PRODUCTS, {}, {}, 0.0)
        mask = mask_of(ops, np.ones_like(ids))
        exits = zip(student.exits, found.hidden, strict=False)
        logits = [*(exit_.head.build(ops, states, mask)[LOGITS] for exit_, states in exits), found.logits]
        classes.append([each.argmax() for each in logits])
    return np.array(classes)


@pytest.mark.parametrize("kind", ["attention", "linear"])
def test_states_of_any_size_are_learnt_from(kind: str, labelled: Path, tmp_path: Path) -> None:
    reports: list[EpochReport] = []
    model = bert(tmp_path / "model", np.float16)
    tensors = read_safetensors(model / "model.safetensors")
    for name in tensors:
        if "output.LayerNorm" in name and not name.startswith("bert.encoder.layer.2"):
            tensors[name] = tensors[name] * np.float16([3e4, 1, 1e-2] * 8)
    students.write_checkpoint(model, json.loads((model / "config.json").read_text()), tensors)
    source, tokenizer = read_source(model, 128)
    encodings = [tokenizer.encode(text) for text in LINES]
    moments = estimate_moments(source, encodings, first_only=False)
    assert moments.deviation.max() > 1e4
    assert moments.deviation.min() < 0.1

    recipe = ExitsRecipe(
        head=HeadShape(kind, 16), epochs=40, batch_size=4, learning_rate=LEARNING_RATES[kind]
    )
    make_exits(model, labelled, tmp_path / "out", recipe, on_epoch=reports.append)
    agreement = reports[-1].measures["agreement"]
    assert min(agreement) > 0.75
    classes = classes_of(*read_exits(tmp_path / "out"), encodings)
    found = (classes[:, :-1] == classes[:, -1:]).mean(axis=0).tolist()
    assert found == pytest.approx(agreement, abs=1.5 / len(LINES))  # float16 may turn a close text over
    written = read_safetensors(tmp_path / "out" / "model.safetensors")
    assert written[f"exits.1.{FIRST[kind]}.weight"].dtype == np.float32  # too small for float16


@pytest.mark.parametrize(("dtype", "atol"), [(torch.float32, 1e-3), (torch.float16, 0.02)])
@pytest.mark.parametrize("kind", ["attention", "linear"])
def test_folded_heads_read_states_as_they_are(kind: str, dtype: torch.dtype, atol: float) -> None:
    torch.manual_seed(0)
    head = AttentionHead(4, 8, 2, 3) if kind == "attention" else LinearHead(4, 3)
    deviation = np.float32([[1e-3, 1, 30, 1e6]])
    moments = Moments(-1000 * deviation, deviation)  # the mean is all but everything
    tensors = fold_moments(torch.nn.ModuleList([head]), FIRST[kind], moments, dtype)
    standard, mask = torch.randn(2, 5, 4), torch.ones(2, 5, dtype=torch.bool)
    with torch.inference_mode():
        expected = head(standard, mask)
        head.load_state_dict({name.removeprefix("exits.0."): values for name, values in tensors.items()})
        states = (standard.double() - 1000) * torch.from_numpy(deviation)
        np.testing.assert_allclose(head.double()(states, mask), expected, atol=atol)


def test_labels_are_not_learnt_from(lines: Path, tmp_path: Path) -> None:
    model = bert(tmp_path / "model")
    tsv = tmp_path / "texts.tsv"
    tsv.write_text("text\tlabel\n" + "".join(f"{text}\tpositive\n" for text in LINES))
    make_exits(model, lines, tmp_path / "without", SMALL)
    make_exits(model, tsv, tmp_path / "with", SMALL)
    first, second = (tmp_path / name / "model.safetensors" for name in ("without", "with"))
    assert first.read_bytes() == second.read_bytes()


def test_same_seed_same_bytes(lines: Path, tmp_path: Path) -> None:
    model = bert(tmp_path / "model")
    torch.manual_seed(5)
    make_exits(model, lines, tmp_path / "first", SMALL)
    torch.manual_seed(6)
    caller = torch.random.get_rng_state()
    make_exits(model, lines, tmp_path / "second", SMALL)
    assert torch.equal(torch.random.get_rng_state(), caller)
    make_exits(model, lines, tmp_path / "other", replace(SMALL, seed=1))
    first, second, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("first", "second", "other")
    )
    assert first == second
    assert first["model.safetensors"] != other["model.safetensors"]
    assert first["config.json"] == other["config.json"]


def test_what_the_user_said_is_written_down(lines: Path, tmp_path: Path) -> None:
    config = students.bert_config(id2label=None, label2id=None)
    model = students.write_checkpoint(tmp_path / "model", config, students.bert_tensors(config), None)
    (model / "vocab.txt").rename(tmp_path / "words.vocab")
    (model / "README.md").write_text("---\nlicense: apache-2.0\n---\n# model\n")
    facts = Facts(labels=("no", "yes"), vocab=tmp_path / "words.vocab", cased=False)
    make_exits(model, lines, tmp_path / "out", SMALL, facts=facts)
    source = read_source_of_parts(tmp_path / "out")
    assert source["config.json"]["id2label"] == {"0": "no", "1": "yes"}
    assert source["config.json"]["label2id"] == {"no": 0, "yes": 1}
    assert source["tokenizer_config.json"] == {"do_lower_case": True}
    assert (tmp_path / "out" / "vocab.txt").read_bytes() == (tmp_path / "words.vocab").read_bytes()
    assert read_checkpoint(tmp_path / "out").licence == "apache-2.0"


@pytest.mark.parametrize("cased", [True, False])
def test_a_flag_that_overrules_tokenizer_json_is_written_into_it(
    cased: bool, lines: Path, tmp_path: Path
) -> None:
    """A generic class reads no flags, and the exporter refuses files that contradict each other."""
    from transformers import AutoTokenizer

    model = bert(tmp_path / "model")
    AutoTokenizer.from_pretrained(model).save_pretrained(model)
    generic = {"tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": cased}
    (model / "tokenizer_config.json").write_text(json.dumps(generic))
    make_exits(model, lines, tmp_path / "out", SMALL, facts=Facts(cased=cased))
    report = export(tmp_path / "out", targets=["onnx"], out=tmp_path / "artifact")
    assert report.casing == f"{'cased' if cased else 'uncased'} (tokenizer_config.json)"
    with litebert.load(report.artifact) as model_:
        same = model_.tokenize("The film").input_ids == model_.tokenize("the film").input_ids
    assert same is not cased


@pytest.mark.parametrize(
    ("family", "files"), [("roberta", ("vocab.json", "merges.txt")), ("albert", ("spiece.model",))]
)
def test_every_kind_of_vocabulary_is_taken_along(
    family: str, files: Sequence[str], lines: Path, tmp_path: Path
) -> None:
    model = write_kin(tmp_path / "model", kin_config(family, vocab_size=600))
    for name in ("vocab.txt", "tokenizer_config.json"):
        (model / name).unlink()
    if family == "roberta":
        write_byte_level(model)
    else:
        shutil.copy(CASES / "albert-tokenizer" / "spiece.model", model / "spiece.model")
    beside = ("added_tokens.json", "special_tokens_map.json")
    (model / beside[0]).write_text("{}")
    (model / beside[1]).write_text('{"additional_special_tokens": ["[ENT]"]}')
    make_exits(model, lines, tmp_path / "out", SMALL)
    for name in (*files, *beside):
        assert (tmp_path / "out" / name).read_bytes() == (model / name).read_bytes()


def read_source_of_parts(folder: Path) -> dict[str, Any]:
    return {path.name: json.loads(path.read_text()) for path in folder.glob("*.json")}


def test_force_replaces_only_its_own(lines: Path, tmp_path: Path) -> None:
    model, out = bert(tmp_path / "model"), tmp_path / "out"
    make_exits(model, lines, out, SMALL)
    first = (out / "model.safetensors").read_bytes()
    with pytest.raises(InputError, match="exists already"):
        make_exits(model, lines, out, SMALL)
    make_exits(model, lines, out, replace(SMALL, seed=1), force=True)
    assert (out / "model.safetensors").read_bytes() != first
    (out / "mine.txt").write_text("precious")
    for folder in (out, model):
        before = {path: path.read_bytes() for path in folder.iterdir()}
        with pytest.raises(InputError, match="no student with exits"):
            make_exits(model, lines, folder, SMALL, force=True)
        assert {path: path.read_bytes() for path in folder.iterdir()} == before
