"""Hostile and damaged .safetensors files, and tensors that do not fit."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bad_inputs import QUERY, Refuse, Tensors, change_json
from ml_dtypes import float8_e4m3fn
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from litebert import CheckpointError, InputError, UnsupportedModelError
from litebert_exporter.safetensors_file import read_safetensors

pytest_plugins = ("bad_fixtures",)

Spoil = Callable[[Path], object]


def _raw(header: bytes | dict[str, Any], data: bytes = b"", length: int | None = None) -> bytes:
    """A file with a header of one's own making, and with any number in its length field."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def _facts(shape: list[int], begin: int, end: int, kind: str = "F32") -> dict[str, Any]:
    return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}


ONE = json.dumps(_facts([1], 0, 4)).encode()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"abc", id="shorter than the length"),
        pytest.param(b"\0" * 1000, id="zeros"),
        pytest.param(_raw(b"{}", length=2**63), id="length 2^63"),
        pytest.param(_raw(b"{}", length=2**64 - 1), id="length 2^64-1"),
        pytest.param(_raw(b"{}", length=3_000_000), id="length beyond the file"),
        pytest.param(_raw(b" " * 5_000_000), id="long header"),
        pytest.param(_raw(b"hello world"), id="not JSON"),
        pytest.param(_raw(b"[]"), id="a list"),
        pytest.param(_raw(b"null"), id="null"),
        pytest.param(_raw(b'{"\xff": 1}'), id="not UTF-8"),
        pytest.param(_raw(b'{"a": NaN}'), id="NaN"),
        pytest.param(_raw(b"[" * 100_000), id="nested lists"),
        pytest.param(_raw(b'{"a":' * 100_000), id="nested objects"),
        pytest.param(_raw(b'{"a": ' + b"9" * 100_000 + b"}"), id="endless number"),
        pytest.param(_raw(b'{"a": %b, "a": %b}' % (ONE, ONE), b"\0" * 4), id="a name twice"),
        pytest.param(_raw(b'{"a\\ud800": %b}' % ONE, b"\0" * 4), id="half a character"),
        pytest.param(_raw({"__metadata__": {"a": 1}}), id="metadata of numbers"),
        pytest.param(_raw({"a": _facts([2], 0, 8), "b": _facts([2], 4, 12)}, b"\0" * 12), id="overlap"),
        pytest.param(_raw({"a": _facts([1], 0, 4), "b": _facts([1], 8, 12)}, b"\0" * 12), id="hole"),
        pytest.param(_raw({"a": _facts([1], 0, 4)}, b"\0" * 12), id="bytes left over"),
        pytest.param(_raw({"a": _facts([1], 0, 4)}), id="bytes missing"),
        pytest.param(_raw({"a": _facts([10**9], 0, 4)}, b"\0" * 4), id="shape beyond the bytes"),
        pytest.param(_raw({"a": _facts([2**62, 2**62], 0, 4)}, b"\0" * 4), id="shape that overflows"),
        pytest.param(_raw({"a": _facts([-1], 0, 4)}, b"\0" * 4), id="negative shape"),
        pytest.param(_raw({"a": _facts([1], 4, 0)}, b"\0" * 4), id="offsets reversed"),
        pytest.param(_raw({"a": _facts([1], 0, 4, "X9")}, b"\0" * 4), id="unknown kind"),
        pytest.param(_raw({"a": _facts([1] * 102, 0, 4)}, b"\0" * 4), id="102 axes"),
        pytest.param(_raw({"a": _facts([0] * 65, 0, 0)}), id="65 axes of 0"),
        pytest.param(_raw({"a": _facts([0, 2**63], 0, 0)}), id="0 rows, each of 2^63"),
        pytest.param(_raw({"a": _facts([0, 2**64 - 1], 0, 0)}), id="0 rows, each of 2^64-1"),
        pytest.param(_raw({"a": _facts([1.0], 0, 4)}, b"\0" * 4), id="an axis of 1.0"),  # type: ignore[list-item]
        pytest.param(
            _raw(b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0.0, 4.0]}}', b"\0" * 4),
            id="offsets with a point",
        ),
        pytest.param(
            _raw(b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": ["0", "4"]}}', b"\0" * 4),
            id="offsets in quotes",
        ),
        pytest.param(_raw({"a": _facts([1], 0, 3)}, b"\0" * 3), id="three quarters of a number"),
    ],
)
def test_a_header_that_lies(content: bytes, student: Path, refuse_export: Refuse) -> None:
    (student / "model.safetensors").write_bytes(content)
    line = refuse_export(CheckpointError, "student")
    assert "student/model.safetensors: not a sound safetensors file (" in line and "download it again" in line


VALUES = (None, True, -1, 0, 1, 2.0, 33, 65, 2**31, 2**62, 2**63, 2**64 - 1, 10**30, "4", [], {}, [0], [2, 2])


def test_any_header_is_read_or_refused(tmp_path: Path) -> None:
    """Three facts of a sound header replaced at random, a thousand times over."""
    random = np.random.default_rng(0)
    path, read = tmp_path / "model.safetensors", 0
    for _ in range(1000):
        header: dict[str, Any] = {"a": _facts([4], 0, 16), "b": _facts([0], 16, 16, "F16")}
        for _ in range(random.integers(1, 4)):
            facts = header[random.choice(["a", "b"])]
            key = random.choice(["dtype", "shape", "data_offsets"])
            at = int(random.integers(len(VALUES)))
            if random.random() < 0.7 and isinstance(facts[key], list):
                facts[key] = facts[key] + [VALUES[at]] * int(random.choice([1, 2, 70]))
            else:
                facts[key] = VALUES[at]
        path.write_bytes(_raw(header, b"\0" * 16))
        try:
            read += len(read_safetensors(path)) == 2
        except CheckpointError as error:
            assert str(path) in str(error)
    assert 0 < read < 1000


@pytest.mark.parametrize("missing", [1, 1000])
def test_a_truncated_file(missing: int, student: Path, refuse_export: Refuse) -> None:
    path = student / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-missing])
    assert "not a sound safetensors file" in refuse_export(CheckpointError, "student")


def test_a_file_of_64_gb_is_not_read(student: Path, refuse_export: Refuse) -> None:
    header = json.dumps({"a": _facts([2**34], 0, 2**36)}).encode()
    path = student / "model.safetensors"
    path.write_bytes(_raw(header))
    os.truncate(path, 8 + len(header) + 2**36)  # a hole: no block of it is on disk
    assert "expected a compressed BERT of at most 1500000000" in refuse_export(CheckpointError, "student")


@pytest.mark.parametrize("kind", ["I8", "I16", "F64", "C64", "F8_E4M3", "F8_E5M2"])
def test_kinds_that_weights_do_not_come_in(kind: str, student: Path, refuse_export: Refuse) -> None:
    width = {"I8": 1, "I16": 2, "F64": 8, "C64": 8}.get(kind, 1)
    (student / "model.safetensors").write_bytes(
        _raw({"a": _facts([4], 0, 4 * width, kind)}, b"\0" * 4 * width)
    )
    line = refuse_export(CheckpointError, "student")
    assert f"not float32, float16 or bfloat16 (a {kind})" in line and "save the model in one" in line


def _changed(change: Callable[[Tensors], object]) -> Spoil:
    def spoil(student: Path) -> None:
        tensors = load_file(student / "model.safetensors")
        change(tensors)
        save_file(tensors, student / "model.safetensors")

    return spoil


def _with(name: str, values: NDArray[Any]) -> Spoil:
    return _changed(lambda tensors: tensors.update({name: values}))


def _poisoned(value: float) -> Spoil:
    def poison(tensors: Tensors) -> None:
        tensors[QUERY] = tensors[QUERY].copy()
        tensors[QUERY][3, 3] = value

    return _changed(poison)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(_poisoned(np.nan), (f"1 not finite ({QUERY})",), id="NaN"),
        pytest.param(_poisoned(np.inf), (f"1 not finite ({QUERY})",), id="infinite"),
        pytest.param(_poisoned(-np.inf), (f"1 not finite ({QUERY})",), id="minus infinite"),
        pytest.param(
            _with(QUERY, np.full((24, 24), np.inf, np.float16)),
            (f"1 not finite ({QUERY})",),
            id="float16 infinite",
        ),
        pytest.param(
            _with(QUERY, np.zeros((24, 24), np.int32)), (f"1 of integers, not floats ({QUERY})",), id="int32"
        ),
        pytest.param(
            _with(QUERY, np.zeros((24, 24), bool)), (f"1 of integers, not floats ({QUERY})",), id="bool"
        ),
        pytest.param(
            _with(QUERY, np.zeros((24, 23), np.float32)), ("is [24, 23], expected [24, 24]",), id="shape"
        ),
        pytest.param(_with(QUERY, np.zeros((), np.float32)), ("is [], expected [24, 24]",), id="scalar"),
        pytest.param(
            _with(QUERY, np.zeros((0, 24), np.float32)), ("is [0, 24], expected [24, 24]",), id="no rows"
        ),
        pytest.param(_with("x", np.zeros(1, np.float32)), ("1 left over (x)",), id="left over"),
        pytest.param(
            _with("x" * 100_000, np.zeros(1, np.float32)), ("name of 100000 characters",), id="a long name"
        ),
        pytest.param(
            _with("a\nerror: b\r\x1b[31m\u2028c", np.zeros(1, np.float32)),
            ("1 left over (a",),
            id="a name with escapes",
        ),
        pytest.param(
            _changed(lambda tensors: tensors.update({f"x{i}": np.zeros(1, np.float32) for i in range(3000)})),
            ("3000 left over (x0, ", "and 2976 more"),
            id="thousands left over",
        ),
        pytest.param(_changed(lambda tensors: tensors.pop(QUERY)), (f"1 missing ({QUERY})",), id="missing"),
        pytest.param(
            _changed(lambda tensors: tensors.pop("bert.embeddings.word_embeddings.weight")),
            ("1 missing (bert.embeddings.word_embeddings.weight)",),
            id="the words missing",
        ),
        pytest.param(
            _with("classifier.bias", np.zeros(3, np.float32)),
            ("1 wrongly shaped (classifier.bias is [3], expected [2])",),
            id="classes that differ",
        ),
        pytest.param(
            _with("bert.embeddings.LayerNorm.gamma", np.zeros(24, np.float32)),
            ("holds bert.embeddings.LayerNorm.weight in two dialects",),
            id="two dialects",
        ),
    ],
)
def test_tensors_that_do_not_fit(
    spoil: Spoil, words: tuple[str, ...], student: Path, refuse_export: Refuse
) -> None:
    spoil(student)
    line = refuse_export(CheckpointError, "student")
    assert all(word in line for word in words), line


def test_everything_wrong_is_listed_at_once(student: Path, refuse_export: Refuse) -> None:
    def spoil(tensors: Tensors) -> None:
        del tensors["bert.pooler.dense.bias"], tensors[QUERY]
        tensors["y"] = tensors["x"] = np.zeros(2, np.float32)
        tensors["classifier.weight"] = np.full((2, 24), np.nan, np.float32)
        tensors["bert.encoder.layer.1.output.dense.bias"] = np.zeros(7, np.float32)
        tensors["bert.embeddings.LayerNorm.weight"] = np.zeros(24, np.int64)

    _changed(spoil)(student)
    line = refuse_export(CheckpointError, "student")
    assert (
        f"2 missing ({QUERY}, bert.pooler.dense.bias); 2 left over (x, y); "
        "1 wrongly shaped (bert.encoder.layer.1.output.dense.bias is [7], expected [24]); "
        "1 of integers, not floats (bert.embeddings.LayerNorm.weight); 1 not finite (classifier.weight); "
        "check that config and weights belong together"
    ) in line


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(
            _changed(lambda tensors: tensors.clear()), "its tensors (none ...) fit no supported", id="none"
        ),
        pytest.param(
            _changed(lambda tensors: (tensors.clear(), tensors.update(w=np.zeros((), np.float32)))),
            "its tensors (w ...) fit no supported family; export a classifier of one of the families",
            id="a scalar",
        ),
        pytest.param(
            _changed(
                lambda tensors: (tensors.clear(), tensors.update(w=np.zeros(4, float8_e4m3fn).astype("f4")))
            ),
            "fit no supported family",
            id="another network",
        ),
    ],
)
def test_no_family_fits(spoil: Spoil, words: str, student: Path, refuse_export: Refuse) -> None:
    spoil(student)
    assert words in refuse_export(UnsupportedModelError, "student")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.zeros(24, np.float32), "fine-tune the encoder first"),
        (np.zeros((0, 24), np.float32), "has 0 rows, expected 1 to 16384"),
        (np.zeros((16385, 24), np.float32), "has 16385 rows, expected 1 to 16384"),
        (None, "no classifier.weight"),
    ],
)
def test_a_classifier_that_is_none(
    rows: NDArray[Any] | None, words: str, student: Path, refuse_export: Refuse
) -> None:
    change = (lambda tensors: tensors.pop("classifier.weight")) if rows is None else None
    (_changed(change) if change else _with("classifier.weight", rows))(student)
    assert words in refuse_export(CheckpointError, "student")


def _replaced(make: Callable[[Path], object]) -> Spoil:
    def spoil(student: Path) -> None:
        path = student / "model.safetensors"
        path.unlink()
        make(path)

    return spoil


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(Path.mkdir, id="a folder"),
        pytest.param(os.mkfifo, id="a pipe"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), id="a device"),
        pytest.param(lambda path: None, id="nothing"),
    ],
)
def test_no_weights_in_the_folder(
    make: Callable[[Path], object], student: Path, refuse_export: Refuse
) -> None:
    _replaced(make)(student)
    line = refuse_export(CheckpointError, "student")
    assert (
        "no weights in it, expected the file model.safetensors or pytorch_model.bin; save the model there"
        in line
    )


@pytest.mark.parametrize("suffix", [".safetensors", ".pt", ".bin"])
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: Path(path).symlink_to("/dev/zero")])
def test_a_special_file_is_not_opened(
    make: Callable[[str], object], suffix: str, student: Path, refuse_export: Refuse
) -> None:
    make(f"weights{suffix}")
    assert "expected a folder or a regular file ending in" in refuse_export(InputError, f"weights{suffix}")


@pytest.mark.parametrize("name", ["student/config.json", "/dev/zero"])
def test_a_file_of_another_kind(name: str, student: Path, refuse_export: Refuse) -> None:
    assert f"{name}: expected a folder or a regular file ending in .safetensors" in refuse_export(
        InputError, name
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "google/bert_uncased",
            "hf download google/bert_uncased --local-dir bert_uncased) and export bert_uncased",
        ),
        ("bert-base-uncased", "hf download bert-base-uncased --local-dir"),
        ("student/nothing", "student/nothing: no such file or folder"),
        ("https://example.org/bert", "no such file or folder"),
        ("weights.safetensors", "weights.safetensors: no such file or folder"),
        ("loop.safetensors", "no such file or folder"),
        ("a\nerror: b\x1b[31m", "no such folder"),
        ("x" * 5000, "File name too long"),
    ],
)
def test_nothing_there(name: str, words: str, student: Path, refuse_export: Refuse) -> None:
    Path("loop.safetensors").symlink_to("loop.safetensors")
    kind = InputError if len(name) < 256 else None  # the system's own error
    assert words in refuse_export(kind, name)


def test_an_empty_folder(student: Path, refuse_export: Refuse) -> None:
    Path("empty").mkdir()
    assert "empty: no weights in it" in refuse_export(CheckpointError, "empty")


def _sharded(student: Path, weight_map: object, *shards: str) -> None:
    (student / "model.safetensors").rename(student / "all.safetensors")
    for shard in shards:
        (student / shard).write_bytes((student / "all.safetensors").read_bytes())
    change_json(student / "model.safetensors.index.json", weight_map=weight_map)


@pytest.mark.parametrize(
    ("shard", "words"),
    [
        ("../all.safetensors", "outside its folder"),
        ("/etc/passwd", "outside its folder"),
        ("folder/all.safetensors", "outside its folder"),
        ("..\\all.safetensors", "outside its folder"),
        ("..", "outside its folder"),
        (".", "outside its folder"),
        ("", "outside its folder"),
        ("config.json", "of another kind (config.json), expected .safetensors files"),
        ("model.safetensors.index.json", "of another kind"),
        (3, "of another kind (3)"),
        ("nothing.safetensors", "1 shards are missing (nothing.safetensors); download them again"),
        ("a\n\x1b[31m.safetensors", "1 shards are missing"),
        ("\ud800.safetensors", "1 shards are missing"),
        ("a\0b.safetensors", "1 shards are missing"),
    ],
)
def test_shards_that_are_no_shards(shard: object, words: str, student: Path, refuse_export: Refuse) -> None:
    _sharded(student, {"a": shard})
    line = refuse_export(CheckpointError, "student")
    assert "student/model.safetensors.index.json: " in line and words in line


@pytest.mark.parametrize("weight_map", [None, [], {}, "a", 3])
def test_an_index_without_a_map(weight_map: object, student: Path, refuse_export: Refuse) -> None:
    _sharded(student, weight_map)
    assert "no weight_map in it" in refuse_export(CheckpointError, "student")


def test_tensors_in_two_shards(student: Path, refuse_export: Refuse) -> None:
    _sharded(student, {"a": "one.safetensors", "b": "two.safetensors"}, "one.safetensors", "two.safetensors")
    assert "two.safetensors: 41 tensors that another shard has too (" in refuse_export(
        CheckpointError, "student"
    )


@pytest.mark.parametrize("file", ["student", "student/adapter_model.safetensors"])
def test_an_adapter(file: str, student: Path, refuse_export: Refuse) -> None:
    (student / "model.safetensors").unlink()
    (student / "adapter_config.json").write_text("{}", encoding="utf-8")
    save_file(
        {"base_model.model.x.lora_A.weight": np.zeros(1, np.float32)}, student / "adapter_model.safetensors"
    )
    line = refuse_export(UnsupportedModelError, file)
    assert (
        "an adapter of peft (LoRA or the like), expected a whole model; "
        "merge it first with model.merge_and_unload()" in line
    )
