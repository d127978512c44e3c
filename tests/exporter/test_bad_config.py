"""Absurd and damaged configs, other architectures, and flags that contradict what was found."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bad_inputs import Refuse, change_json, change_tensors
from students import bert_config, bert_tensors, distilbert_config, distilbert_tensors, write_checkpoint

from litebert import CheckpointError, InputError, UnsupportedModelError
from litebert.artifact import open_artifact
from litebert_exporter.config import boolean, choice, integer, names, number
from litebert_exporter.export_cli import main

pytest_plugins = ("bad_fixtures",)

INTEGERS = (
    "hidden_size",
    "intermediate_size",
    "max_position_embeddings",
    "num_attention_heads",
    "num_hidden_layers",
    "type_vocab_size",
    "vocab_size",
)
WRONG = {
    "zero": 0,
    "negative": -1,
    "billion": 10**9,
    "2^63": 2**63,
    "400 digits": 10**400,
    "fraction": 1.5,
    "float": 24.0,
    "NaN": float("nan"),
    "infinite": float("inf"),
    "true": True,
    "string": "24",
    "list": [24],
    "object": {"a": 1},
    "nested": [[[[[[1]]]]]],
}


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG.keys())
def test_a_number_that_is_none(value: object) -> None:
    with pytest.raises(CheckpointError) as raised:
        integer({"rows": value}, "rows", 1, 1000)
    line = str(raised.value)
    assert line.startswith("config.json: rows is ") and line.endswith(
        ", expected a whole number 1 to 1000; correct it"
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [*((key, 0) for key in INTEGERS), *(("hidden_size", WRONG[name]) for name in ("NaN", "400 digits"))],
)
def test_every_number_is_looked_at(key: str, value: object, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", **{key: value})
    line = refuse_export(CheckpointError, "student")
    assert f"config.json: {key} is " in line and "expected a whole number 1 to " in line


@pytest.mark.parametrize("key", INTEGERS)
def test_a_number_that_is_missing(key: str, student: Path, refuse_export: Refuse) -> None:
    """Only the number of token types has a value that everybody means."""
    path = student / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    del config[key]
    path.write_text(json.dumps(config), encoding="utf-8")
    if key == "type_vocab_size":
        assert main(["student", "--target", "onnx", "-o", "out"]) == 0
    else:
        flag = "--heads N" if key == "num_attention_heads" else "--config FILE"
        line = refuse_export(CheckpointError, "student")
        assert f"config.json: no {key} in it; give the " in line and flag in line


Read = Callable[[dict[str, Any]], object]
# A reader of the field x, its complaint, what it refuses, and fields of the config that it reads.
READERS: dict[str, tuple[Read, str, list[object], tuple[str, ...]]] = {
    "number": (
        lambda config: number(config, "x", 0.0, 1.0, 0.5),
        "a number 0.0 to 1.0",
        [-1e-12, 2, float("nan"), float("inf"), True, "1e-12", None, [], {}],
        ("layer_norm_eps",),
    ),
    "choice": (
        lambda config: choice(config, "x", ("gelu", "relu"), "gelu"),
        "one of gelu, ",
        ["swishy", "", 3, None, ["gelu"], {"a": 1}, True, "gelu\n\x1b[31m"],
        ("hidden_act", "problem_type"),
    ),
    "names": (
        lambda config: names(config, "x"),
        "a list of strings",
        ["BertForSequenceClassification", 3, {"a": 1}, [3], [None], True],
        ("architectures",),
    ),
    "boolean": (
        lambda config: boolean(config, "x"),
        "true or false",
        ["false", 1, 0, [], {}],
        ("is_decoder", "is_encoder_decoder", "add_cross_attention"),
    ),
}


@pytest.mark.parametrize("kind", READERS)
def test_fields_of_wrong_types(kind: str) -> None:
    read, expected, wrong, _ = READERS[kind]
    for value in wrong:
        with pytest.raises(CheckpointError) as raised:
            read({"x": value})
        assert str(raised.value).startswith(f"config.json: x is {value!r:.60}, expected {expected}")
        assert str(raised.value).endswith("; correct it")


@pytest.mark.parametrize(
    ("kind", "key"), [(kind, key) for kind, (*_, keys) in READERS.items() for key in keys]
)
def test_every_field_is_looked_at(kind: str, key: str, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", **{key: 3})
    expected = READERS[kind][1].replace("gelu, ", "")
    assert f"config.json: {key} is 3, expected {expected}" in refuse_export(CheckpointError, "student")


@pytest.mark.parametrize("heads", [5, 7, 48])
def test_heads_that_do_not_divide_the_hidden_size(heads: int, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", num_attention_heads=heads)
    line = refuse_export(CheckpointError, "student")
    assert (
        f"{heads} heads do not divide the hidden size 24; correct num_attention_heads in config.json" in line
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"num_hidden_layers": 1}, "16 left over (bert.encoder.layer.1."),
        ({"num_hidden_layers": 3}, "16 missing (bert.encoder.layer.2."),
        ({"num_hidden_layers": 256}, "4064 missing (bert.encoder.layer.2."),
        ({"vocab_size": 1000}, "1 wrongly shaped (bert.embeddings.word_embeddings.weight is ["),
        ({"hidden_size": 48}, " wrongly shaped (bert.embeddings.word_embeddings.weight is "),
        ({"type_vocab_size": 3}, "token_type_embeddings.weight is [2, 24], expected [3, 24]"),
    ],
)
def test_a_config_of_another_model(
    changes: dict[str, int], words: str, student: Path, refuse_export: Refuse
) -> None:
    change_json(student / "config.json", **changes)
    line = refuse_export(CheckpointError, "student")
    assert words in line and "check that config and weights belong together" in line


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\0" * 100, "not valid JSON"),
        (b'{"hidden_size": 24', "not valid JSON"),
        (b"// comment\n{}", "not valid JSON"),
        (b"\xef\xbb\xbf{}", "not valid JSON (Unexpected UTF-8 BOM"),
        (json.dumps(bert_config()).encode("utf-16"), "not UTF-8"),
        (b'{"a": "\xe9"}', "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
        (b'{"hidden_size": ' + b"9" * 10_000 + b"}", "not valid JSON"),
        (b"[]", "holds a JSON list, expected an object"),
        (b"null", "holds a JSON NoneType"),
        (b'"config"', "holds a JSON str"),
        (b"3", "holds a JSON int"),
    ],
    ids=lambda value: repr(value)[:24],
)
@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_a_file_that_is_no_json_object(
    name: str, content: bytes, words: str, student: Path, refuse_export: Refuse
) -> None:
    (student / name).write_bytes(content)
    line = refuse_export(CheckpointError, "student")
    assert f"student/{name}: " in line and words in line and "replace it" in line


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_a_file_of_1_gb_is_not_read(name: str, student: Path, refuse_export: Refuse) -> None:
    os.truncate(student / name, 10**9)
    assert "1000000000 bytes, expected at most 8000000" in refuse_export(CheckpointError, "student")


def _absent(path: Path) -> None:
    path.unlink()


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


ABSENT = [_absent, _folder, _pipe, _device, _loop]


@pytest.mark.parametrize("make", ABSENT)
def test_no_config(make: Callable[[Path], None], student: Path, refuse_export: Refuse) -> None:
    make(student / "config.json")
    line = refuse_export(CheckpointError, "student")
    assert "could be bert or tinybert" in line and "(there is none)" in line and "--family NAME" in line
    line = refuse_export(CheckpointError, "student", "--family", "bert")
    assert "in it; give the model's own with --config FILE" in line


@pytest.mark.parametrize("flag", ["--config", "--vocab"])
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nothing", "nothing: no such file"),
        ("student", "student: not a regular file"),
        ("/dev/zero", "/dev/zero: not a regular file"),
        ("pipe", "pipe: not a regular file"),
        ("loop", "loop: no such file"),
        ("", ".: not a regular file"),
    ],
)
def test_a_flag_names_no_file(flag: str, path: str, words: str, student: Path, refuse_export: Refuse) -> None:
    os.mkfifo("pipe")
    Path("loop").symlink_to("loop")
    assert words in refuse_export(InputError, "student", flag, path)


@pytest.mark.parametrize(
    "kind", ["gpt2", "xlnet", "camembert", "t5", "deberta", "BERT", "", 3, ["bert"], "a\nb\x1b[31m"]
)
def test_another_model_type(kind: object, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", model_type=kind)
    line = refuse_export(UnsupportedModelError, "student")
    assert "is not supported; export a classifier of one of the families " in line


@pytest.mark.parametrize("key", ["is_decoder", "is_encoder_decoder", "add_cross_attention"])
def test_a_decoder(key: str, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", **{key: True})
    line = refuse_export(UnsupportedModelError, "student")
    assert "a decoder, expected an encoder; export a classifier of one of the families" in line


@pytest.mark.parametrize("task", ["TokenClassification", "QuestionAnswering", "MultipleChoice"])
def test_another_task(task: str, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", architectures=[f"BertFor{task}"])
    line = refuse_export(UnsupportedModelError, "student")
    assert f"BertFor{task} is not supported, expected a model for sequence classification" in line


@pytest.mark.parametrize("kind", ["relative_key", "relative_key_query", "rotary", 3, None, 10**400])
def test_other_positions(kind: object, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", position_embedding_type=kind)
    line = refuse_export(UnsupportedModelError, "student")
    assert (
        "position_embedding_type " in line
        and "only absolute positions are supported; retrain with those" in line
    )


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param({"0": "a", "2": "b"}, id="a gap"),
        pytest.param({"1": "a", "2": "b"}, id="from 1"),
        pytest.param({"-1": "a", "0": "b"}, id="negative"),
        pytest.param({"a": 0, "b": 1}, id="reversed"),
        pytest.param({"0": 1.5, "1": 2.5}, id="fractions"),
        pytest.param({"0": True, "1": False}, id="truth values"),
        pytest.param({"0": None, "1": "b"}, id="null"),
        pytest.param({"0": "a", "1": "a"}, id="twice the same"),
        pytest.param({"0": "a", "00": "b", "1": "c"}, id="a number twice"),
        pytest.param({"0": "", "1": "b"}, id="no name"),
        pytest.param({"0": " ", "1": "b"}, id="a blank name"),
        pytest.param({"0": "a\nb", "1": "b"}, id="two lines"),
        pytest.param({"0": "a\u2028b", "1": "b"}, id="two lines of Unicode"),
        pytest.param({"0": "a\tb", "1": "b"}, id="a tab"),
        pytest.param({"0": "\x1b[31mred", "1": "b"}, id="an escape"),
        pytest.param({"0": "\ud800", "1": "b"}, id="half a character"),
        pytest.param({"0": "a" * 1_000_000, "1": "b"}, id="an endless name"),
        pytest.param({"9" * 100: "a", "1": "b"}, id="an endless number"),
        pytest.param({}, id="none"),
        pytest.param(["a", "b"], id="a list"),
        pytest.param("a,b", id="a string"),
        pytest.param(3, id="a number"),
        pytest.param(True, id="true"),
    ],
)
def test_labels_that_are_no_table(labels: object, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", id2label=labels)
    line = refuse_export(CheckpointError, "student")
    assert "config.json: id2label is " in line and "or name the labels with --labels a,b" in line


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 3, 100_000])
def test_another_number_of_labels(count: int, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", id2label={str(index): f"name {index}" for index in range(count)})
    line = refuse_export(CheckpointError, "student")
    assert (
        f"id2label has {count} labels, the classifier 2 rows; correct the config or name the labels" in line
    )


@pytest.mark.parametrize(
    "labels",
    [{"0": "a", "2": "b"}, {"a": 0, "b": 1}, ["a", "b"], {"0": "a", "1": "b", "2": "c"}, {"0": 4, "1": 5}],
    ids=str,
)
def test_the_flag_is_a_way_out(labels: object, student: Path) -> None:
    change_json(student / "config.json", id2label=labels)
    assert main(["student", "--target", "onnx", "-o", "out", "--labels", "no,yes"]) == 0
    assert open_artifact("out").task.labels == ("no", "yes")


def test_labels_that_are_whole_numbers(student: Path) -> None:
    change_json(student / "config.json", id2label={"0": 4, "1": 5})
    assert main(["student", "--target", "onnx", "-o", "out"]) == 0
    assert open_artifact("out").task.labels == ("4", "5")


@pytest.mark.slow
def test_hundreds_of_thousands_of_labels(student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", id2label={str(index): f"name {index}" for index in range(400_000)})
    assert "bytes, expected at most 8000000; replace it" in refuse_export(CheckpointError, "student")


def test_labels_of_any_script_are_kept(student: Path, capfd: pytest.CaptureFixture[str]) -> None:
    names = {"0": "می\u200cخواهم", "1": "中文 😀, #1"}
    change_json(student / "config.json", id2label=names)
    assert main(["student", "--target", "onnx", "-o", "out"]) == 0
    assert all(name in capfd.readouterr().out for name in ("می\u200cخواهم, 中文 😀, #1",))


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--labels", "a,b"), "--labels a,b contradicts id2label in config.json (negative,positive)"),
        (("--labels", "a"), "--labels a contradicts"),
        (("--labels", "x" * 100_000), "contradicts"),
        (("--heads", "4"), "--heads 4 contradicts num_attention_heads 3 in config.json; leave the flag out"),
        (("--heads", "0"), "--heads 0 contradicts"),
        (("--heads", "-1"), "--heads -1 contradicts"),
        (("--heads", str(10**30)), "contradicts num_attention_heads 3"),
        (("--family", "distilbert"), "--family distilbert contradicts the checkpoint, which is bert"),
        (("--family", "theseus"), "--family theseus contradicts"),
        (("--problem-type", "regression"), "regression needs one output, the classifier has 2"),
        (("--max-tokens", "49"), "--max-tokens 49 contradicts the position embedding, which ends at 48"),
        (("--max-tokens", str(10**30)), "contradicts the position embedding"),
        (("--config", "student/vocab.txt"), "student/vocab.txt: not valid JSON"),
        (("--vocab", "student/config.json"), "student/config.json: not a tokenizer"),
        (("--vocab", "student/model.safetensors"), "student/model.safetensors: not UTF-8"),
    ],
)
def test_a_flag_that_contradicts(
    flags: tuple[str, ...], words: str, student: Path, refuse_export: Refuse
) -> None:
    assert words in refuse_export(CheckpointError, "student", *flags)


@pytest.mark.parametrize("tokens", ["0", "-1", "3"])
def test_a_limit_that_leaves_no_room(tokens: str, student: Path, refuse_export: Refuse) -> None:
    line = refuse_export(InputError, "student", "--max-tokens", tokens)
    assert f"a limit of {tokens} tokens leaves no room for text; expected 4 or more" in line


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--heads", "0"), "0 heads do not divide the hidden size 24"),
        (("--heads", "-2"), "-2 heads do not divide"),
        (("--heads", "5"), "5 heads do not divide"),
        ((), "no num_attention_heads in it; give the number of attention heads with --heads N"),
    ],
)
def test_heads_by_flag(flags: tuple[str, ...], words: str, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", num_attention_heads=None)
    assert words in refuse_export(CheckpointError, "student", *flags)


@pytest.mark.parametrize(
    "labels",
    ["a", "a,b,c", "a,a", "a, a", "", ",", "a,", "a,\x1b[31m", "a,b\nc", "a,\udcff", "a," + "b" * 201],
)
def test_labels_by_flag(labels: str, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", id2label=None)
    line = refuse_export(CheckpointError, "student", "--labels", labels)
    assert "--labels names " in line and "expected 2 different names of one line" in line
    assert line.endswith("; correct the flag")


@pytest.mark.parametrize(
    ("label", "points"),
    [
        ("good\u202e", "U+202E"),
        ("\u2066good\u2069", "U+2066, U+2069"),
        ("\u200fgood", "U+200F"),
        ("go\u200bod", "U+200B"),
        ("go\xadod", "U+00AD"),
        ("\ufeffgood", "U+FEFF"),
        ("good\U000e0067", "U+E0067"),
        ("a\x1b[31m", "U+001B"),
        ("a\u2029b", "U+2029"),
    ],
)
def test_labels_that_steer_what_shows_them(
    label: str, points: str, student: Path, refuse_export: Refuse
) -> None:
    change_json(student / "config.json", id2label={"0": "bad", "1": label})
    reason = f"different names of one line without characters that cannot be seen ({points}); correct "
    assert reason in refuse_export(CheckpointError, "student")
    change_json(student / "config.json", id2label=None)
    assert reason in refuse_export(CheckpointError, "student", "--labels", f"bad,{label}")


@pytest.mark.parametrize("label", ["\u200d", "\ufe0f", "\u3164", "\u2800", "\u3000", "\u0301"])
def test_labels_that_show_nothing(label: str, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", id2label={"0": "bad", "1": label})
    assert "expected a table from 0, 1, 2 ... to different names of one line; " in refuse_export(
        CheckpointError, "student"
    )


def test_labels_of_every_script_are_taken(student: Path, capfd: pytest.CaptureFixture[str]) -> None:
    labels = ["می\u200cخواهم", "👩\u200d👩\u200d👧 ❤\ufe0f"]
    change_json(student / "config.json", id2label=dict(enumerate(labels)))
    assert main(["student", "--target", "onnx", "-o", "out"]) == 0
    assert f"single-label, softmax: {', '.join(labels)}\n" in capfd.readouterr().out
    assert list(open_artifact("out").task.labels) == labels


def test_a_folder_whose_name_steers_what_shows_it(student: Path) -> None:
    student.rename("a\u202eb\x1b[31m\u200cc")
    assert main(["a\u202eb\x1b[31m\u200cc", "--target", "onnx", "-o", "out"]) == 0
    assert open_artifact("out").name == "a?b?[31m\u200cc"


def test_a_regression_of_several_values(student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", problem_type="regression")
    line = refuse_export(UnsupportedModelError, "student")
    assert "config.json: regression with 2 outputs is not supported, expected one output" in line


def test_one_output_has_no_classes(student: Path, refuse_export: Refuse) -> None:
    one = {"classifier__weight": np.zeros((1, 24), np.float32), "classifier__bias": np.zeros(1, np.float32)}
    change_tensors(student, **one)
    assert "id2label has 2 labels, the classifier 1 rows" in refuse_export(CheckpointError, "student")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dim": 0}, "dim is 0"),
        ({"hidden_dim": "40"}, "hidden_dim is '40'"),
        ({"n_layers": 10**9}, "n_layers is 1000000000"),
        ({"n_heads": 5}, "5 heads do not divide the hidden size 24; correct n_heads"),
        ({"activation": "x"}, "activation is 'x'"),
    ],
)
def test_distilbert(
    changes: dict[str, object],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    refuse_export: Refuse,
) -> None:
    monkeypatch.chdir(tmp_path)
    config = distilbert_config()
    student = write_checkpoint(tmp_path / "student", config, distilbert_tensors(config))
    change_json(student / "config.json", **changes)
    assert words in refuse_export(CheckpointError, "student")


def test_weights_beside_a_config_of_many_layers_stay_cheap(tmp_path: Path) -> None:
    """The bound of 256 layers is what keeps a spec small; it must not refuse a real one."""
    config = bert_config(num_hidden_layers=24)
    student = write_checkpoint(tmp_path / "student", config, bert_tensors(config))
    assert main([str(student), "--target", "onnx", "-o", str(tmp_path / "out")]) == 0
