"""Data files as pandas, datasets, Excel, R, GLUE and FastBERT write them; wrong rows are named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from litebert import InputError
from litebert.tasks.classification_measures import ClassificationMeasures
from litebert.tools.data import Columns, Example, read_data_file, read_examples, read_texts

LABELS = ("negative", "positive")


def _measures(problem_type: str, labels: Sequence[str]) -> ClassificationMeasures:
    return ClassificationMeasures(problem_type, tuple(labels))


def _file(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tsv", "text\tlabel\nGood, it is\tpositive\nbad\tnegative\n"),
        ("a.TSV", "label\ttext_a\n1\tGood, it is\n0\tbad"),  # FastBERT's and UER's
        ("a.csv", '\ufefftext,label\r\n"Good, it is",POSITIVE\r\nbad, Negative \r\n'),  # Excel's
        ("a.csv", ',sentence,label,idx\n0,"Good, it is",1.0,7\n1,bad,0.0,8\n'),  # pandas', with its index
        ("a.tsv", '"Sentence"\t"Label"\n"Good, it is"\t"positive"\n"bad"\t"negative"\n'),  # R's
        ("a.tsv", 'text\tlabel\r\n"Good, it is"\tpositive\r\nbad\tnegative\r\n'),  # Excel's
        ("a.csv", 'label, text\n1, "Good, it is"\n0, bad\n'),  # by hand
        ("a.jsonl", '{"sentence": "Good, it is", "label": 1, "idx": 0}\n\n{"label": 0, "sentence": "bad"}\n'),
        ("a.ndjson", '{"text": "Good, it is", "label": true}\n{"text": "bad", "label": false}'),
        ("a.json", '[{"text": "Good, it is", "label": "LABEL_1"},\n {"text": "bad", "label": "LABEL_0"}]'),
        ("a.json", '{"text": "Good, it is", "labels": 1.0}\n{"text": "bad", "labels": 0}\n'),
        ("a.txt", "text\tlabel\nGood, it is\tpositive\nbad\tnegative\n"),
        ("a.txt", 'text,label\n"Good, it is",positive\nbad,negative\n'),
        ("pipe", "text\tlabel\nGood, it is\tpositive\nbad\tnegative\n"),
        ("pipe", 'text,label\n"Good, it is",positive\nbad,negative\n'),
        ("pipe", '{"text": "Good, it is", "target": 1}\n{"text": "bad", "target": 0}\n'),
        ("pipe", '[\n{"text": "Good, it is", "class": 1}, {"text": "bad", "class": 0}]'),
    ],
)
def test_every_form_gives_the_same(name: str, content: str, tmp_path: Path) -> None:
    path = _file(tmp_path, name, content)
    assert read_examples(path, _measures("single-label", LABELS)) == [
        Example("Good, it is", 1),
        Example("bad", 0),
    ]
    assert read_texts(path) == ["Good, it is", "bad"] and len(read_data_file(path)) == 2


@pytest.mark.parametrize(
    "header",
    [
        "text_a,text_b",
        "Sentence1,Sentence2",
        "premise,hypothesis",
        "question,sentence",
        "question1,question2",
    ],
)
def test_pairs(header: str, tmp_path: Path) -> None:
    path = _file(tmp_path, "a.csv", f"idx,{header},label\n0,a,b,1\n")
    assert read_examples(path, _measures("single-label", LABELS)) == [Example(("a", "b"), 1)]


@pytest.mark.parametrize(
    "columns",
    [
        Columns(("review", "summary"), "stars"),
        Columns("Review,Summary", "STARS"),
    ],
)
def test_columns_that_are_named(columns: Columns, tmp_path: Path) -> None:
    path = _file(tmp_path, "a.csv", "text,review,summary,stars,label\nx,a,b,1,0\n")
    assert read_examples(path, _measures("single-label", LABELS), columns) == [Example(("a", "b"), 1)]
    assert read_data_file(path, columns).others == ("text", "label")
    lines = _file(tmp_path, "a.txt", "Review\nno header\n")
    assert read_texts(lines, Columns(("Review",))) == ["no header"]


def test_labels_that_are_left_out(tmp_path: Path) -> None:
    path = _file(tmp_path, "a.csv", "text,label\na,-1\n")
    assert not read_data_file(path, Columns(label="")).is_labelled
    with pytest.raises(InputError, match="labels_are is 'id', expected names or ids"):
        Columns(labels_are="id")


def test_a_name_with_a_comma(tmp_path: Path) -> None:
    path = _file(tmp_path, "a.tsv", "one, two\tlabel\na\t1\n")
    assert read_texts(path, Columns(("one, two",))) == ["a"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("text\tsentence\na\tb\n", "text or sentence; .*with Columns.text"),
        ("text\tText_A\ttext_b\na\tb\tc\n", "text or text_a and text_b; .*with Columns.text"),
        ("text\tText\tTEXT\tsentence1\na\tb\tc\td\n", None),
        ("Text\tTEXT\na\tb\n", "2 columns are called 'text'"),
        (
            "a good film\t1\na bad one\t0\n",
            "its first line is 'a good film<TAB>1', .*put one such as text<TAB>label",
        ),
        ("a good film\na bad one\n", "a file with a text per line is called .txt"),
        ("review\tpolarity\na\t1\n", "name it with Columns.text"),
        ("text,label\na,1\n", "a comma between its columns, expected a tab; rename it .csv"),
        ("text;label\na;1\n", "a semicolon between its columns, expected a tab; save it with tabs or commas"),
        ("text\tlabel\na\n", r"1 lines \(the first is 2\) have other than 2 columns \(1 there\)"),
        ("text\tlabel\nplain\t1\nb\tc\t0\n", r"1 lines \(the first is 3\) .* \(3 there\)"),
    ],
)
def test_columns_that_leave_it_open(content: str, told: str | None, tmp_path: Path) -> None:
    path = _file(tmp_path, "a.tsv", content)
    if told is None:
        assert read_texts(path) == ["a"]
        return
    with pytest.raises(InputError, match=told) as caught:
        read_texts(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (
            Columns(("review",)),
            "no columns are called 'review', .* are 'text', 'polarity'; correct Columns.text",
        ),
        (Columns(label="stars"), "no columns are called 'stars'.*correct Columns.label"),
        (Columns(("a", "b", "c")), "3 columns of text are named"),
        (Columns(("a,b,c",)), "3 columns of text are named"),
    ],
)
def test_named_columns_that_are_not_there(columns: Columns, told: str, tmp_path: Path) -> None:
    path = _file(tmp_path, "a.csv", "text,polarity\na,1\n")
    with pytest.raises(InputError, match=told):
        read_data_file(path, columns)
    with pytest.raises(
        InputError, match=r"no column label among its other columns 'polarity'.*Columns.label"
    ):
        read_data_file(path).cells()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", 'text,label\n"a ""good"" film",1\n"half,0\n', "row that begins in line 3 is not CSV"),
        ("a.csv", 'text,label\n"a" good film,1\n', "row that begins in line 2 is not CSV"),
        ("a.csv", 'text,label\n"a \\"good\\" film",1\n', "those inside it doubled"),
        ("a.csv", 'text;label\n"a ""good"" film";1\n', "a semicolon between its columns, expected a comma"),
        ("a.csv", "text\tlabel\na\t1\n", "a tab between its columns, expected a comma; rename it .tsv"),
        ("a.csv", "text,label\na,b,1\n", r"the first is 2\) have other than 2 columns \(3 there\)"),
        ("a.jsonl", '{"text": "a"}\n{"text": "b"\n', r"line 2 cannot be read as JSON \("),
        ("a.jsonl", '{"text": "a"}\n["b"]\n', "line 2 is no JSON object"),
        ("a.jsonl", '{"text": "a"}\n{"review": "b"}\n', "line 2 has no text, expected a string"),
        ("a.jsonl", '{"text": "a"}\n{"text": 5}\n', "line 2 has the text 5, expected a string"),
        ("a.json", '[{"text": "a"}, {"text": null}]', "item 2 has no text"),
        ("a.json", '{"data": [{"text": "a"}]}', "the keys 'data'.*with Columns.text"),
        ("a.json", "[]", "holds no text, expected a JSON object per example"),
        ("a.tsv", '{"text": "a", "label": 1}\n', "a JSON object, expected a header; name it .jsonl"),
        ("a.csv", "sep=;\ntext;label\na;1\n", "'sep=;', expected a header; remove that line"),
        ("a.tsv", '"text"\t"label"\n"1"\t"a"\t1\n', r"row.names = FALSE"),
        ("a.json", '{"text": {"0": "a", "1": "b"}}', "line 1 has the text .* orient='records'"),
        ("a.tsv", '"text"\t"label"\n"a \\"good\\" film"\t"1"\n', "those inside it doubled"),
        ("a.json", "[" * 100000, "it cannot be read as JSON"),
        ("a.txt", '{"text": "a"}\n{"text": "b"}\n', "every line is a JSON object, .* name it .jsonl"),
        ("a.txt", "a good film\t1\na bad one\t0\n", "every line has 1 tabs, .* name it .tsv"),
        ("a.tsv", "text\tlabel\nété\t1\n".encode("latin-1"), "byte 0xe9 in line 2 is not UTF-8.*iconv"),
        ("a.csv", "text,label\na,1\n".encode("utf-16"), "is UTF-16.*CSV UTF-8"),
        ("a.csv", "text,label\na,1\n".encode("utf-16-le"), "is UTF-16"),
        ("a.csv", b"PK\x03\x04...", "an Excel workbook, expected text"),
        ("a.tsv", b"\x1f\x8b\x08...", "packed by gzip"),
        ("a.jsonl", b"PAR1...", "a Parquet file"),
    ],
)
def test_files_that_cannot_be_read(name: str, content: str | bytes, told: str, tmp_path: Path) -> None:
    path = _file(tmp_path, name, content)
    with pytest.raises(InputError, match=told) as caught:
        read_texts(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("quote", ["tab", "line", "return"])
def test_what_a_csv_writer_quotes_in_a_tsv_is_read_as_it_was(quote: str, tmp_path: Path) -> None:
    text = {"tab": "a\tb", "line": "a\nb", "return": "a\r\nb"}[quote]
    path = _file(tmp_path, "a.tsv", f'text\tlabel\n"{text}"\tpositive\nbad\tnegative\n')
    assert read_texts(path) == [text, "bad"]
    path = _file(tmp_path, "one.tsv", f'text\n"{text}"\nbad\n')
    if quote == "tab":
        assert read_texts(path) == [text, "bad"]
        return
    with pytest.raises(
        InputError, match="line 2 begins a text in quotes that goes on in the next line, or texts"
    ):
        read_texts(path)


def test_a_quote_that_may_end_in_another_row_is_asked_about(tmp_path: Path) -> None:
    path = _file(tmp_path, "a.tsv", 'text\tlabel\n",a\t1\n,""b""\t0\n,c"\t1\n')
    with pytest.raises(InputError, match="line 2 begins a text in quotes"):
        read_texts(path)


def test_long_and_odd_texts_stay_as_they_are(tmp_path: Path) -> None:
    long = "word " * 100_000
    texts = [long, "a\x0cb\u2028c\x85d\x1ce", " spaces ", "\u200b"]
    for name in ("a.csv", "a.tsv"):
        path = _file(tmp_path, name, "text\n" + "\n".join(texts) + "\n")
        assert read_texts(path) == texts
    assert read_texts(_file(tmp_path, "a.txt", "\n".join(texts))) == texts
    half = _file(tmp_path, "a.jsonl", '{"text": "a \\ud800 film"}')  # as the model reads it
    assert read_texts(half) == ["a \ufffd film"]


@pytest.mark.parametrize(
    ("labels", "cells", "numbers"),
    [
        (("us", "US"), ("US", "us"), (1, 0)),
        (("1", "2", "3"), ("1", "3"), (0, 2)),
        (("1", "2", "3"), ("1.0", "3.0"), (0, 2)),
        (("1", "2", "3"), ("1", "0"), (1, 0)),
        (("not entailment", "entailment"), ("Not Entailment ", "ENTAILMENT"), (0, 1)),
        (("True", "False"), ("true", "false"), (0, 1)),
        (("LABEL_0", "LABEL_1"), ("1", "0"), (1, 0)),
    ],
)
def test_labels(
    labels: tuple[str, ...], cells: tuple[str, str], numbers: tuple[int, int], tmp_path: Path
) -> None:
    path = _file(tmp_path, "a.tsv", "text\tlabel\na\t{}\nb\t{}\n".format(*cells))
    assert [each.gold for each in read_examples(path, _measures("single-label", labels))] == [*numbers]


def test_labels_that_are_names_and_ids_are_asked_about(tmp_path: Path) -> None:
    path = _file(tmp_path, "a.tsv", "text\tlabel\na\t1\nb\t0\n")
    with pytest.raises(InputError, match=r"\('0', '1'\) are names of some .*Columns.labels_are"):
        read_examples(path, _measures("single-label", ("1", "0")))
    for labels_are, expected in (("names", [0, 1]), ("ids", [1, 0])):
        found = read_examples(path, _measures("single-label", ("1", "0")), Columns(labels_are=labels_are))
        assert [each.gold for each in found] == expected


@pytest.mark.parametrize(
    ("labels", "cell", "told"),
    [
        (LABELS, '"awful"', r"line 3 has labels the model does not have \('awful'\), expected its names"),
        (LABELS, "2", r"line 3 has labels .* \('2'\), .* or numbers 0 to 1"),
        (LABELS, "-1", "-1 means no label in published test sets"),
        (LABELS, '"0"', None),
        (LABELS, "null", "line 3 has the label None, expected one"),
        (LABELS, '" "', "line 3 has the label ' ', expected one"),
        (LABELS, "[1]", r"line 3 has the label \[1\], expected one"),
        (("us", "US"), '"Us"', r"\('Us'\)"),
        (
            ("LABEL_0", "LABEL_1"),
            '"positive"',
            "id2label of its config.json, or for an artifact with litebert-export --labels",
        ),
    ],
)
def test_rows_with_wrong_labels_are_named(
    labels: tuple[str, ...], cell: str, told: str | None, tmp_path: Path
) -> None:
    path = _file(tmp_path, "a.jsonl", f'{{"text": "a", "label": 1}}\n\n{{"text": "b", "label": {cell}}}\n')
    if told is None:
        assert [each.gold for each in read_examples(path, _measures("single-label", labels))] == [1, 0]
        return
    with pytest.raises(InputError, match=told):
        read_examples(path, _measures("single-label", labels))


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        ("a.tsv", ("joy, anger", ""), [{0, 2}, set()]),
        ("a.tsv", ("['Joy', 'anger']", "[]"), [{0, 2}, set()]),
        ("a.tsv", ("[2]", "[0, 1]"), [{2}, {0, 1}]),
        ("a.jsonl", ('["joy", "anger"]', "[]"), [{0, 2}, set()]),
        ("a.jsonl", ("[1.0, 0.0, 1.0]", "[0.0, 0.0, 0.0]"), [{0, 2}, set()]),
        ("a.jsonl", ("[true, false, true]", "[false, false, false]"), [{0, 2}, set()]),
        ("a.jsonl", ("[0, 2]", "1"), [{0, 2}, {1}]),
    ],
)
def test_several_labels(name: str, cells: tuple[str, str], expected: list[set[int]], tmp_path: Path) -> None:
    row = '{{"text": "a", "label": {}}}\n' if name == "a.jsonl" else "a\t{}\n"
    head = "" if name == "a.jsonl" else "text\tlabel\n"
    path = _file(tmp_path, name, head + "".join(row.format(cell) for cell in cells))
    found = read_examples(path, _measures("multi-label", ("joy", "fear", "anger")))
    assert [{*each.gold} for each in found] == expected


def test_a_mark_for_the_only_label(tmp_path: Path) -> None:
    path = _file(tmp_path, "a.csv", "text,label\na,1\nb,0\n")
    assert [each.gold for each in read_examples(path, _measures("multi-label", ("toxic",)))] == [[0], []]


@pytest.mark.parametrize("cell", ['"high"', "null", "NaN", "true", "[1]"])
def test_values(cell: str, tmp_path: Path) -> None:
    good = _file(tmp_path, "a.jsonl", '{"text": "a", "label": 2.5}\n{"text": "b", "label": "-1e3"}\n')
    assert [each.gold for each in read_examples(good, _measures("regression", ("score",)))] == [2.5, -1000.0]
    wrong = _file(tmp_path, "b.jsonl", f'{{"text": "a", "label": {cell}}}\n')
    with pytest.raises(InputError, match=r"line 1 has the label .*, expected a number"):
        read_examples(wrong, _measures("regression", ("score",)))
