"""A trimmed vocabulary: texts of kept tokens give the same tokens and logits, others are still read."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bad_inputs import Refuse
from odd_texts import ODD_TEXTS, edit
from references import BACKENDS, Export
from students import UNCASED, WORDS, bert_config, bert_tensors, write_checkpoint
from tokenizers import Tokenizer
from transformers import BertTokenizer
from vocabularies import SPIECE, read_tokenizer, roberta_tokenizer

import litebert
from litebert import InputError
from litebert.artifact import open_artifact
from litebert.tokenizer import Text
from litebert_exporter.export_cli import main
from litebert_exporter.export_report import format_report
from litebert_exporter.pipeline import export
from litebert_exporter.text.renumber import with_tokens
from litebert_exporter.text.trim import choose_tokens

pytest_plugins = ("bad_fixtures",)

SHORT = [text for text in ODD_TEXTS if isinstance(text, str) and len(text) < 1000]
CHOSEN: list[Text] = ["the film was good .", "unbelievable acting", ("dull plot", "not bad"), "crème"]


def _wordpiece(folder: Path) -> Path:
    BertTokenizer(vocab={token: index for index, token in enumerate(UNCASED)}).save_pretrained(folder)
    return folder


def _bpe(folder: Path) -> Path:
    roberta_tokenizer().save_pretrained(folder)
    return folder


def _unigram(folder: Path) -> Path:
    folder.mkdir()
    shutil.copy(SPIECE, folder)
    return folder


MAKERS: dict[str, Callable[[Path], Path]] = {"WordPiece": _wordpiece, "BPE": _bpe, "Unigram": _unigram}


@pytest.fixture(scope="module", params=MAKERS)
def tokenizer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    """Returns one tokenizer of each kind, which cuts nothing off."""
    return read_tokenizer(MAKERS[request.param](tmp_path_factory.mktemp("kind") / "m")).tokenizer


def _random_texts(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    words = [word.removeprefix("##") for word in WORDS] + [
        "believable",
        "goodfilm",
        "x1",
        "e\u0301",
        "(not",
        "zq",
    ]
    return [
        "".join(chance.choice([" ", " ", "", ", "]) + chance.choice(words) for _ in range(6))
        for _ in range(count)
    ]


def _tokens(tokenizer: Tokenizer, text: str) -> list[str]:
    return list(tokenizer.encode(text, add_special_tokens=False).tokens)


@pytest.mark.parametrize("seed", range(4))
def test_kept_tokens_are_cut_as_before_and_others_still_read(tokenizer: Tokenizer, seed: int) -> None:
    rows = tokenizer.get_vocab_size()
    chosen = _random_texts(3 * seed, seed)
    trim = choose_tokens(tokenizer, rows, 0, chosen)
    trimmed = with_tokens(tokenizer, trim.kept)
    assert len(trim.kept) == trimmed.get_vocab_size() < rows and trim.texts == len(chosen)
    assert all(_tokens(trimmed, text) == _tokens(tokenizer, text) for text in chosen)
    same = 0
    for text in [*_random_texts(300, 99), *SHORT]:
        found, former = trimmed.encode(text), tokenizer.encode(text)
        assert not found.ids or max(found.ids) < len(trim.kept)
        if set(former.ids) <= set(trim.kept):
            assert [trim.kept[index] for index in found.ids] == former.ids
            same += 1
        else:
            assert found.tokens != former.tokens
    assert 0 < same < 300


def test_a_number_keeps_the_most_useful(tokenizer: Tokenizer) -> None:
    rows = tokenizer.get_vocab_size()
    least = len(choose_tokens(tokenizer, rows, 0, []).kept)
    kept: set[int] = set()
    for count in [*range(least, rows, 9), rows - 1]:
        trim = choose_tokens(tokenizer, rows, 0, count)
        assert trim.texts is None and kept <= set(trim.kept) and len(trim.kept) <= count
        kept = set(trim.kept)
        with_tokens(tokenizer, trim.kept)
    assert len(kept) > rows - 6  # in BPE two may come together only; in WordPiece some words no text gives


def test_words_that_no_text_gives_are_not_useful(tmp_path: Path) -> None:
    """[unused1] and, where text is lowercased, capitals are among the first of BERT's vocabulary."""
    folder = tmp_path / "m"
    vocabulary = (*UNCASED[:5], "[unused0]", "Film", *UNCASED[5:])
    BertTokenizer(vocab={token: index for index, token in enumerate(vocabulary)}).save_pretrained(folder)
    tokenizer = read_tokenizer(folder).tokenizer
    trim = choose_tokens(tokenizer, len(vocabulary), 0, len(vocabulary) - 10)
    tokens = [vocabulary[index] for index in trim.kept]
    assert "the" in tokens and "film" in tokens and "[unused0]" not in tokens and "Film" not in tokens


@pytest.mark.parametrize("count", [0, 10, len(UNCASED), 10**9, True])
def test_a_number_beyond_what_can_be(count: int, tmp_path: Path) -> None:
    tokenizer = read_tokenizer(_wordpiece(tmp_path / "m")).tokenizer
    with pytest.raises(InputError, match=r"special tokens and single characters, which stay.*trim_vocab"):
        choose_tokens(tokenizer, len(UNCASED), 0, count)


def test_ids_up_to_that_of_padding_stay(tmp_path: Path) -> None:
    tokenizer = read_tokenizer(_bpe(tmp_path / "m")).tokenizer
    trim = choose_tokens(tokenizer, tokenizer.get_vocab_size(), 270, [])
    assert trim.kept[:271] == tuple(range(271))


def test_ids_beyond_the_table_are_no_rows(tmp_path: Path) -> None:
    """Of a padding that the model has no row for, and of a special token that no template writes."""
    tokenizer = read_tokenizer(_wordpiece(tmp_path / "m")).tokenizer
    body = json.loads(tokenizer.to_str())
    body["post_processor"]["special_tokens"]["[X]"] = {"id": "[X]", "ids": [10**9], "tokens": ["[X]"]}
    trim = choose_tokens(Tokenizer.from_str(json.dumps(body)), len(UNCASED), 10**9, ["good"])
    assert max(trim.kept) < len(UNCASED)
    assert with_tokens(Tokenizer.from_str(json.dumps(body)), trim.kept).encode("good").tokens[1] == "good"


def test_the_share_of_unseen_texts_that_change(tmp_path: Path) -> None:
    """Ten of thirty texts of "good", two of the three held out have a word of their own."""
    tokenizer = read_tokenizer(_wordpiece(tmp_path / "m")).tokenizer
    texts: list[Text] = ["good"] * 30
    texts[9], texts[19] = "film", ("good", "plot")
    trim = choose_tokens(tokenizer, len(UNCASED), 0, texts)
    assert trim.unseen_share == 2 / 3 and {UNCASED.index("film"), UNCASED.index("plot")} <= set(trim.kept)
    assert choose_tokens(tokenizer, len(UNCASED), 0, texts[:9]).unseen_share is None


@pytest.fixture(scope="module", params=MAKERS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a BERT with a tokenizer of each kind, one row more than tokens, and texts beside it."""
    folder = tmp_path_factory.mktemp("folder")
    source = MAKERS[request.param](tmp_path_factory.mktemp("source") / "m")
    tokenizer = read_tokenizer(source).tokenizer
    config = bert_config(vocab_size=tokenizer.get_vocab_size() + 1)
    write_checkpoint(folder, config, bert_tensors(config), {"tokenizer_class": "PreTrainedTokenizerFast"})
    tokenizer.no_truncation()
    tokenizer.save(str(folder / "tokenizer.json"))
    lines = [text if isinstance(text, str) else " ".join(text) for text in CHOSEN]
    (folder / "texts.txt").write_text("\n".join(lines), encoding="utf-8")
    return folder


def _logits(artifact: Path, target: str, texts: Sequence[Text]) -> Any:
    with litebert.load(artifact, backend=BACKENDS[target]) as model:
        return np.array([model(text).logits for text in texts], np.float32)


@pytest.mark.parametrize("target", ["onnx", "tflite"])
def test_logits_of_kept_tokens_are_those_of_the_whole_model(
    target: str, folder: Path, export_to: Export
) -> None:
    """Exactly: the same rows of the same numbers."""
    whole = export_to(folder, target)
    trimmed = export_to(folder, target, trim_vocab=folder / "texts.txt")
    assert np.array_equal(_logits(whole, target, CHOSEN), _logits(trimmed, target, CHOSEN))
    assert np.isfinite(_logits(trimmed, target, ODD_TEXTS)).all()
    stored = open_artifact(trimmed).vocabulary
    assert stored.trimmed_from is not None
    kept, of = stored.size, stored.trimmed_from
    assert Tokenizer.from_file(str(trimmed / "tokenizer.json")).get_vocab_size() == kept < of - 1
    assert sum(file.stat().st_size for file in (trimmed / target).iterdir()) <= (
        sum(file.stat().st_size for file in (whole / target).iterdir()) - (of - kept) * 24 * 4 + 500
    )


def test_what_is_reported(tmp_path: Path) -> None:
    config = bert_config()
    folder = write_checkpoint(tmp_path / "m", config, bert_tensors(config))
    texts = tmp_path / "texts.tsv"
    texts.write_text("text\tlabel\n" + "the good film\tpositive\n" * 20, encoding="utf-8")
    options: dict[str, Any] = {"targets": ("onnx",), "quantize": "int8"}
    report = export(folder, out=tmp_path / "a", trim_vocab=str(texts), **options)
    found = report.as_json()["vocabulary"]
    assert found["of"] == len(UNCASED) > found["kept"] and found["former_table_bytes"] == len(UNCASED) * 28
    assert found["table_bytes"] == found["kept"] * 28 and (found["texts"], found["unseen_share"]) == (20, 0)
    assert "the 20 texts keep their tokens; 0.0% of others like them would not" in format_report(report)
    assert report.vocabulary is not None and report.vocabulary.warning is None
    report = export(folder, out=tmp_path / "b", trim_vocab=len(UNCASED) - 9, **options)
    assert f"{len(UNCASED) - 9} of {len(UNCASED)} tokens" in format_report(report)
    assert "--data FILE shows the cost" in format_report(report)
    export(folder, out=tmp_path / "c", trim_vocab=str(texts), **options)
    for file in ("tokenizer.json", *(f"onnx/{path.name}" for path in (tmp_path / "a/onnx").iterdir())):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "c" / file).read_bytes()


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["the good film"] * 9, "9 texts are few to choose a vocabulary by: most other texts"),
        ([f"the {word}" for word in ("good", "bad", "film", "plot", "dull", "act", "very")] * 3, None),
        ([f"the {word}" for word in UNCASED[8:18]], "100% of other texts like them get other tokens"),
    ],
)
def test_a_warning_where_the_texts_are_few(
    texts: list[str], words: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = bert_config()
    folder = write_checkpoint(tmp_path / "m", config, bert_tensors(config))
    (tmp_path / "texts.txt").write_text("\n".join(texts), encoding="utf-8")
    command = [str(folder), "-o", str(tmp_path / "out"), "--target", "onnx", "--json"]
    assert main([*command, "--trim-vocab", str(tmp_path / "texts.txt")]) == 0
    warnings = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == (words is not None)
    assert words is None or (words in warnings[0] and "litebert verify --data" in warnings[0])


def test_added_tokens_and_the_processor_of_bert_are_numbered_anew(tmp_path: Path, export_to: Export) -> None:
    config = bert_config(vocab_size=len(UNCASED) + 2)
    folder = write_checkpoint(tmp_path / "m", config, bert_tensors(config))
    (folder / "texts.txt").write_text("good")
    edit(folder / "tokenizer_config.json", {"additional_special_tokens": ["[ENT]"]})
    texts: list[Text] = ["good [ENT]", ("[ENT]", "good [MASK]")]
    whole, trimmed = export_to(folder, "onnx"), export_to(folder, "onnx", trim_vocab=folder / "texts.txt")
    assert np.array_equal(_logits(whole, "onnx", texts), _logits(trimmed, "onnx", texts))


@pytest.mark.parametrize("last", ["BertProcessing", "RobertaProcessing", "Sequence"])
def test_every_kind_of_post_processor(last: str, tmp_path: Path) -> None:
    """Its special tokens come after words that go, so that their ids change."""
    folder = _wordpiece(tmp_path / "m")
    body = json.loads((folder / "tokenizer.json").read_text())
    body["added_tokens"] = []
    ids = {token: index for index, token in enumerate(reversed(UNCASED))}
    body["model"]["vocab"] = ids
    processor: dict[str, Any] = {
        name: [f"[{name.upper()}]", ids[f"[{name.upper()}]"]] for name in ("cls", "sep")
    }
    if last == "RobertaProcessing":
        processor |= {"trim_offsets": True, "add_prefix_space": False}
    processor["type"] = last if last != "Sequence" else "BertProcessing"
    body["post_processor"] = {"type": last, "processors": [processor]} if last == "Sequence" else processor
    tokenizer = Tokenizer.from_str(json.dumps(body))
    trim = choose_tokens(tokenizer, len(UNCASED), 0, ["good film"])
    trimmed = with_tokens(tokenizer, trim.kept)
    for texts in (("good film",), ("good", "film")):
        found, former = trimmed.encode(*texts), tokenizer.encode(*texts)
        assert found.tokens == former.tokens and [trim.kept[index] for index in found.ids] == former.ids
        assert found.ids != former.ids


@pytest.mark.parametrize(
    ("choice", "content", "words"),
    [
        ("nothing.txt", None, "nothing.txt: cannot be read ([Errno 2]"),
        ("student", None, "student: cannot be read ([Errno 21]"),
        ("-1", None, "-1: cannot be read ([Errno 2]"),
        ("empty.txt", b" \n\n", "empty.txt: holds no text, expected one per line"),
        ("empty.tsv", b"", "empty.tsv: is empty"),
        ("binary.txt", b"\xff\xfe\x00", "binary.txt: is UTF-16"),
        ("other.tsv", b"review\tlabel\ngood\t1\n", "other.tsv: its first line is 'review<TAB>label'"),
        ("3", None, "a vocabulary of 3 tokens, expected "),
        (str(len(UNCASED)), None, f"to {len(UNCASED) - 1} (it has {len(UNCASED)}); give another number"),
    ],
)
def test_a_choice_that_is_none(
    choice: str, content: bytes | None, words: str, student: Path, refuse_export: Refuse
) -> None:
    if content is not None:
        Path(choice).write_bytes(content)
    assert words in refuse_export(InputError, "student", "--trim-vocab", choice)


@pytest.mark.parametrize("choice", [3.5, ["a text"]])
def test_a_choice_of_another_type(choice: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a file of texts or a number of tokens"):
        export(tmp_path, trim_vocab=choice)
