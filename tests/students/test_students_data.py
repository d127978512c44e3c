"""Data files, tokens, batches."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from litebert.errors import InputError
from litebert.tokenizer import Encoding
from litebert_exporter.facts import Facts
from litebert_students.teachers import cut, read_classifier
from litebert_students.training_texts import (
    EncodedTexts,
    Examples,
    encode,
    in_order,
    pad,
    read_examples,
    read_texts,
    shuffled,
)

LABELS = ("negative", "positive")
ODD = (
    "The FILMs, very good!",
    "",
    "  Ça dull中film\u200b\tplot",
    "[SEP] badly [MASK]",
    "zzz" * 40,
    "été 123 ß",
)


@pytest.mark.parametrize(
    "told",
    [
        {"do_lower_case": True},
        {"do_lower_case": False},
        {"do_lower_case": False, "strip_accents": True},
        {"strip_accents": False, "tokenize_chinese_chars": False},
    ],
)
def test_ids_equal_transformers(folder: Path, told: dict[str, bool]) -> None:
    from transformers import BertTokenizer

    (folder / "tokenizer_config.json").write_text(json.dumps({**told, "tokenizer_class": "BertTokenizer"}))
    reference = BertTokenizer.from_pretrained(folder)
    texts = (*ODD, *((text, "good plot" * 3) for text in ODD))
    tokenizer = cut(read_classifier(folder, Facts()), 20).tokenizer.text_tokenizer(folder)
    rows = encode(Examples(texts, tuple(range(len(texts)))), tokenizer)
    assert sorted(rows.golds) == list(range(len(texts)))
    lengths = [len(row.input_ids) for row in rows.encodings]
    assert lengths == sorted(lengths)
    for number, row in zip(rows.golds, rows.encodings, strict=True):
        pair = (texts[number],) if isinstance(texts[number], str) else texts[number]
        expected = reference(*pair, truncation=True, max_length=20)
        assert list(row.input_ids) == expected["input_ids"]
        assert list(row.type_ids) == expected["token_type_ids"]


def test_named_and_numbered_labels_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text('text\tlabel\nsay "good"\tpositive\nbad\tnegative\n\n')
    assert read_examples(path, LABELS) == Examples(('say "good"', "bad"), (1, 0))
    path.write_text("text_a\ttext_b\tlabel\r\ngood\tfine\t1\r\n", newline="")
    assert read_examples(path, LABELS) == read_texts(path, LABELS) == Examples((("good", "fine"),), (1,))
    path.write_text("text_a\ttext_b\ngood\tfine\n")
    assert read_texts(path, LABELS) == Examples((("good", "fine"),), ())


def test_a_file_is_read_once_and_a_named_pipe_not_at_all(tmp_path: Path) -> None:
    for content in (b"text\tlabel\ngood\t1\n", b"text\ngood\n"):
        reading, writing = os.pipe()
        os.write(writing, content)
        os.close(writing)
        assert read_texts(Path(f"/dev/fd/{reading}"), LABELS).texts == ("good",)
        os.close(reading)
    os.mkfifo(tmp_path / "pipe.tsv")
    for read in (read_texts, read_examples):
        with pytest.raises(InputError, match="a named pipe or a device, expected a file"):
            read(tmp_path / "pipe.tsv", LABELS)


def test_names_that_look_like_ids_are_told_apart_by_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    stars = ("1", "2", "3")
    path.write_text("text\tlabel\na\t1\nb\t3\n")
    assert read_examples(path, stars).golds == (0, 2)
    path.write_text("text\tlabel\na\t1\nb\t0\n")
    assert read_examples(path, stars).golds == (1, 0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("review\tlabel\ngood\t1\n", "'review<TAB>label'"),
        ("good\t1\n", "text_a"),
        ("", "text_a"),
        ("text\tlabel\n", "no line below its header"),
        ("text\tlabel\ngood\t1\nbad\na\tb\t0\n", r"2 lines \(the first is 3\)"),
        ("text\tlabel\ngood\tpositive\nbad\tawful\n", "'awful'"),
        ("text\tlabel\ngood\tpositive\nbad\t0\n", "'0'"),
        ("text\tlabel\ngood\t2\n", "'2'"),
    ],
)
def test_unfit_files_are_refused(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "x.tsv"
    path.write_text(content)
    with pytest.raises(InputError, match=told) as caught:
        read_examples(path, LABELS)
    assert str(path) in str(caught.value)


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.tsv").write_bytes("text\tlabel\nété\t1\n".encode("latin-1"))
    for name in ("latin.tsv", "absent.tsv", "."):
        with pytest.raises(InputError, match="cannot be read"):
            read_examples(tmp_path / name, LABELS)


def test_padding_is_masked() -> None:
    rows = EncodedTexts(
        (Encoding((5,), (0,)), Encoding((6, 7, 8), (0, 1, 1)), Encoding((9,), (0,))), (0, 1, 2)
    )
    batch = pad(rows, [1, 0])
    assert batch.ids.tolist() == [[6, 7, 8], [5, 0, 0]]
    assert batch.types.tolist() == [[0, 1, 1], [0, 0, 0]]
    assert batch.mask.tolist() == [[True, True, True], [True, False, False]]
    assert batch.golds.tolist() == [1, 0]
    assert pad(EncodedTexts(rows.encodings, ()), [1, 0]).golds.tolist() == []


def test_batches_hold_every_text_once() -> None:
    def draw(seed: int) -> list[list[int]]:
        return shuffled(230, 4, np.random.default_rng(seed))

    first, second = draw(0), draw(1)
    assert draw(0) == first != second
    for batches in (first, second, in_order(230, 4)):
        assert sorted(i for batch in batches for i in batch) == list(range(230))
        assert sorted(map(len, batches)) == [2] + [4] * 57
    lengths = [7 * i // 230 for i in range(230)]
    spreads = [len({lengths[i] for i in batch}) for batch in first]
    assert sum(spreads) / len(spreads) < 1.5  # a random batch would hold three different lengths
