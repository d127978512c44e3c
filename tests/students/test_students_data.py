"""TSV files, tokens, batches."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import torch

from litebert.errors import InputError
from litebert_students.checkpoint import read_checkpoint
from litebert_students.data import Examples, Row, encode, read_examples, shuffled_batches, sorted_batches

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
    rows = encode(Examples(texts, (0,) * len(texts)), read_checkpoint(folder), max_tokens=20)
    for text, row in zip(texts, rows, strict=True):
        pair = (text,) if isinstance(text, str) else text
        expected = reference(*pair, truncation=True, max_length=20)
        assert list(row.ids) == expected["input_ids"]
        assert list(row.types) == expected["token_type_ids"]


def test_named_and_numbered_labels_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text('text\tlabel\nsay "good"\tpositive\nbad\tnegative\n\n')
    assert read_examples(path, LABELS) == Examples(('say "good"', "bad"), (1, 0))
    path.write_text("text_a\ttext_b\tlabel\r\ngood\tfine\t1\r\n", newline="")
    assert read_examples(path, LABELS) == Examples((("good", "fine"),), (1,))


def test_names_that_look_like_ids_are_told_apart_by_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    stars = ("1", "2", "3")
    path.write_text("text\tlabel\na\t1\nb\t3\n")
    assert read_examples(path, stars).labels == (0, 2)
    path.write_text("text\tlabel\na\t1\nb\t0\n")
    assert read_examples(path, stars).labels == (1, 0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("sentence\tlabel\ngood\t1\n", "'sentence<TAB>label'"),
        ("good\t1\n", "text_a"),
        ("", "text_a"),
        ("text\tlabel\n", "a line per example"),
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


def rows_of(lengths: list[int]) -> list[Row]:
    return [Row(ids=(i + 1,) * n, types=(0,) * n, label=i) for i, n in enumerate(lengths)]


def test_padding_is_masked() -> None:
    (batch,) = sorted_batches(rows_of([3, 1]), batch_size=8)
    assert batch.ids.tolist() == [[2, 0, 0], [1, 1, 1]]
    assert batch.mask.tolist() == [[True, False, False], [True, True, True]]
    assert batch.labels.tolist() == [1, 0]


def test_shuffled_batches_hold_every_row_once_in_an_order_the_generator_decides() -> None:
    rows = rows_of([1 + i % 7 for i in range(230)])

    def draw(generator: torch.Generator) -> list[list[int]]:
        return [batch.labels.tolist() for batch in shuffled_batches(rows, 4, generator)]

    generator = torch.Generator().manual_seed(0)
    first, second = draw(generator), draw(generator)
    assert draw(torch.Generator().manual_seed(0)) == first != second
    assert Counter(label for batch in first for label in batch) == Counter(range(230))
    assert [len(batch) for batch in sorted(first, key=len)] == [2] + [4] * 57
    spreads = [len({len(rows[i].ids) for i in batch}) for batch in first]
    assert sum(spreads) / len(spreads) < 1.5  # a random batch would hold three different lengths
