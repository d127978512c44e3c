"""A fact about the tokenizer counts in any file, and gives the ids that transformers gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from odd_texts import LIMIT
from references import (
    FLOAT_TOLERANCE,
    Export,
    artifact_answers,
    assert_parity,
    difference,
    transformers_answers,
)
from students import SPECIAL, TOKENIZER, UNCASED, bert_config, bert_tensors, write_checkpoint
from tokenizers import AddedToken
from transformers import AlbertTokenizer, AutoTokenizer, BertTokenizer, DistilBertTokenizer, RobertaTokenizer
from vocabularies import byte_level, read_tokenizer, unigram, write_byte_level

Files: TypeAlias = "dict[str, Any]"

CONFIG, MAP, ADDED = "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"
SPARE = 3  # rows of the embedding behind the vocabulary

TEXTS = (
    "good [ENT] film",
    "x[ENT]x [ENT][ENT]",
    "[ENT]",
    "  [ENT]  , GOOD",
    "[ENT ] The [MASK] film <mask> it",
    "[CLS] [SEP] [PAD][UNK]",
    "<s></s> <pad><unk>x",
    "x <mask>y [MASK]z  <mask> ",
    "",
)


def _token(content: str, **flags: bool) -> dict[str, Any]:
    plain = dict.fromkeys(("lstrip", "rstrip", "single_word", "normalized"), False)
    return {"content": content, **plain, **flags}


def _typed(content: str, **flags: bool) -> dict[str, Any]:
    """How transformers 4 and 5 write a token with flags into tokenizer_config.json."""
    return {"__type": "AddedToken", **_token(content, **flags), "special": True}


def _decoder(index: int, **flags: bool) -> Files:
    return {CONFIG: {"added_tokens_decoder": {str(index): {**_token("[ENT]"), "special": True, **flags}}}}


# What says that [ENT] is a token, by the id it is to have.
PLACES: dict[str, Callable[[int], Files]] = {
    "additional": lambda _: {CONFIG: {"additional_special_tokens": ["[ENT]"]}},
    "additional, an object": lambda _: {
        CONFIG: {"additional_special_tokens": [_typed("[ENT]", lstrip=True)]}
    },
    "additional, nothing extra": lambda _: {
        CONFIG: {"additional_special_tokens": ["[ENT]"], "extra_special_tokens": {}}
    },
    "extra, a list": lambda _: {CONFIG: {"extra_special_tokens": ["[ENT]"]}},
    "extra, a table": lambda _: {CONFIG: {"extra_special_tokens": {"ent_token": "[ENT]"}}},
    "a name of its own": lambda _: {CONFIG: {"ent_token": "[ENT]"}},
    "map, additional": lambda _: {MAP: {"additional_special_tokens": ["[ENT]"]}},
    "map, additional, an object": lambda _: {MAP: {"extra_special_tokens": [_token("[ENT]", rstrip=True)]}},
    "map, extra, a table": lambda _: {MAP: {"extra_special_tokens": {"ent_token": "[ENT]"}}},
    "map, a name of its own": lambda _: {MAP: {"ent_token": _token("[ENT]", single_word=True)}},
    "added": lambda index: {ADDED: {"[ENT]": index}},
    "added and additional": lambda index: {
        ADDED: {"[ENT]": index},
        CONFIG: {"additional_special_tokens": ["[ENT]"]},
    },
    "decoder": _decoder,
    "decoder, lstrip": lambda index: _decoder(index, lstrip=True),
    "decoder, rstrip": lambda index: _decoder(index, rstrip=True),
    "decoder, single_word": lambda index: _decoder(index, single_word=True),
    "decoder, normalized": lambda index: _decoder(index, normalized=True),
    "decoder and both lists": lambda index: {
        CONFIG: {**_decoder(index)[CONFIG], "additional_special_tokens": ["[ENT]"]},
        MAP: {"additional_special_tokens": [_token("[ENT]")]},
        ADDED: {"[ENT]": index},
    },
}


def _vocab_txt(folder: Path) -> Path:
    folder.mkdir()
    (folder / "vocab.txt").write_text("".join(f"{token}\n" for token in UNCASED), encoding="utf-8")
    return folder


def _saved(tokenizer: Any) -> Callable[[Path], Path]:
    def save(folder: Path) -> Path:
        tokenizer.save_pretrained(folder)
        return folder

    return save


_IDS, _MERGES = byte_level()
KINDS: dict[str, tuple[str, int, Callable[[Path], Path]]] = {
    "vocab.txt": ("bert", len(UNCASED), _vocab_txt),
    "vocab.json": ("roberta", len(_IDS), write_byte_level),
    "BERT's tokenizer.json": (
        "bert",
        len(UNCASED),
        _saved(BertTokenizer(vocab={token: index for index, token in enumerate(UNCASED)})),
    ),
    "RoBERTa's tokenizer.json": ("roberta", len(_IDS), _saved(RobertaTokenizer(vocab=_IDS, merges=_MERGES))),
    "ALBERT's tokenizer.json": ("albert", len(unigram()), _saved(AlbertTokenizer(vocab=unigram()))),
}


def _write(folder: Path, files: Files) -> Path:
    """Adds facts to the files of a folder."""
    for name, content in {CONFIG: {}, **files}.items():
        path = folder / name
        before = (
            json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"model_max_length": LIMIT}
        )
        after = {**(before if name == CONFIG else {}), **content}
        path.write_text(json.dumps({key: value for key, value in after.items() if value != "absent"}))
    return folder


def _assert_same(folder: Path, model_type: str, rows: int, texts: tuple[str, ...] = TEXTS) -> list[int]:
    """The ids are those of transformers; those of the first text are given back."""
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    theirs = AutoTokenizer.from_pretrained(folder)
    ours = read_tokenizer(folder, rows, model_type=model_type)
    for text in texts:
        assert list(ours.encode(text).input_ids) == theirs(text)["input_ids"], f"other ids for {text!r}"
    pair = ours.encode(("good", "[ENT]"))
    assert list(pair.input_ids) == theirs("good", "[ENT]")["input_ids"]
    return list(ours.encode(texts[0]).input_ids)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_is_named_beside_the_vocabulary(kind: str, place: str, tmp_path: Path) -> None:
    model_type, size, write = KINDS[kind]
    folder = write(tmp_path / "m")
    _write(folder, PLACES[place](size))
    assert size in _assert_same(folder, model_type, size + SPARE)


MASKS: dict[str, Callable[[str], Files]] = {
    "map": lambda mask: {MAP: {"mask_token": _token(mask, lstrip=True)}},
    "config": lambda mask: {CONFIG: {"mask_token": _typed(mask, lstrip=True)}},
    "rstrip": lambda mask: {CONFIG: {"mask_token": _typed(mask, rstrip=True, normalized=True)}},
    "single_word": lambda mask: {MAP: {"mask_token": _token(mask, single_word=True)}},
    "none": lambda mask: {CONFIG: {"mask_token": None}},
    "text": lambda mask: {CONFIG: {"mask_token": mask}},
    "no padding": lambda mask: {CONFIG: {"mask_token": mask}, MAP: {"pad_token": None}},
}


@pytest.mark.parametrize("said", MASKS)
@pytest.mark.parametrize(("kind", "mask"), [("vocab.txt", "[MASK]"), ("vocab.json", "<mask>")])
def test_how_the_mask_matches(kind: str, mask: str, said: str, tmp_path: Path) -> None:
    """With lstrip the space in front of the mask is a part of it."""
    model_type, size, write = KINDS[kind]
    folder = write(tmp_path / "m")
    _write(folder, MASKS[said](mask))
    _assert_same(folder, model_type, size)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.endswith("tokenizer.json")])
def test_the_entry_of_a_token_says_whether_it_is_normalized(kind: str, tmp_path: Path) -> None:
    """RoBERTa fine-tuned with transformers 4 has true beside its mask's name, and false in tokenizer.json."""
    model_type, size, write = KINDS[kind]
    folder = write(tmp_path / "m")
    mask = json.loads((folder / CONFIG).read_text())["mask_token"]
    body = json.loads((folder / "tokenizer.json").read_text())
    flags = next(token for token in body["added_tokens"] if token["content"] == mask)
    _write(folder, {CONFIG: {"mask_token": {**_typed(mask), **flags, "normalized": True}}})
    _assert_same(folder, model_type, size, (*TEXTS, f"x{mask.upper()}y {mask.lower()}"))


def _saved_by_4(folder: Path, mask: str, added: dict[str, int]) -> None:
    """The files that transformers 4.57 writes beside the vocabulary: the same facts three times over."""
    flags = {mask: {"lstrip": True}, **{token: {} for token in added}}
    known = json.loads((folder / "vocab.json").read_text()) if (folder / "vocab.json").exists() else {}
    ids = {**({token: index for index, token in enumerate(UNCASED)}), **known, **added}
    table = {str(ids[token]): {**_token(token, **flag), "special": True} for token, flag in flags.items()}
    config = {
        "added_tokens_decoder": table,
        "additional_special_tokens": [*added],
        "clean_up_tokenization_spaces": False,
        "do_basic_tokenize": True,
        "extra_special_tokens": {},
        "mask_token": mask,
        "model_max_length": 1000000000000000019884624838656,
        "never_split": None,
    }
    special = {"mask_token": _token(mask, lstrip=True), "additional_special_tokens": [*map(_token, added)]}
    _write(folder, {CONFIG: config, MAP: special, ADDED: added})


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize(("kind", "mask"), [("vocab.txt", "[MASK]"), ("vocab.json", "<mask>")])
def test_a_folder_that_transformers_4_saved(kind: str, mask: str, again: bool, tmp_path: Path) -> None:
    """Also where transformers 5 loaded it and saved it again, which leaves the older files behind."""
    model_type, size, write = KINDS[kind]
    folder = write(tmp_path / "m")
    _saved_by_4(folder, mask, {"[ENT]": size, "film good": size + 1})
    if again:
        (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
        AutoTokenizer.from_pretrained(folder).save_pretrained(folder)
    assert size in _assert_same(folder, model_type, size + 2, (*TEXTS, f"a {mask} b", "the film good  film"))


@pytest.mark.parametrize("class_", [BertTokenizer, DistilBertTokenizer])
def test_a_folder_that_transformers_5_saved(class_: Any, tmp_path: Path) -> None:
    mask = AddedToken("[MASK]", lstrip=True, special=True, normalized=False)
    tokenizer = class_(vocab={token: index for index, token in enumerate(UNCASED)}, mask_token=mask)
    tokenizer.add_tokens(["<user>", AddedToken("Film", single_word=True)])
    tokenizer.add_special_tokens({"extra_special_tokens": [AddedToken("[ENT]", rstrip=True)]})
    folder = _write(_saved(tokenizer)(tmp_path / "m"), {})
    _assert_same(
        folder, "bert", len(UNCASED) + SPARE, (*TEXTS, "a <user> b", "Film films FILM", "x [MASK] y")
    )


NAMES = {
    "cls_token": "<s>",
    "sep_token": "</s>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
    "mask_token": "<mask>",
}
RENAMED = ("<pad>", "<unk>", "<s>", "</s>", "<mask>", *UNCASED[len(SPECIAL) :])
LISTED = {"extra_special_tokens": ["[ENT]"]}
ROWS: dict[str, tuple[tuple[str, ...], Files]] = {
    "extra special tokens": (UNCASED, {CONFIG: LISTED}),
    "names in the map alone": (RENAMED, {MAP: NAMES}),
    "names in both": (RENAMED, {MAP: NAMES, CONFIG: NAMES}),
    "names and more": (RENAMED, {MAP: {**NAMES, **LISTED}}),
    "[CLS] added behind": (UNCASED, {CONFIG: {"cls_token": "[NEW]"}}),
    "a mask that the vocabulary lacks": ((*UNCASED[:4], "no mask", *UNCASED[5:]), {CONFIG: LISTED}),
    "a blank last line": ((*UNCASED, ""), {ADDED: {"<user>": len(UNCASED) + 1}}),
    "blank last lines": ((*UNCASED, "", " ", ""), {CONFIG: LISTED}),
    "a blank line within": ((*UNCASED[:9], "", *UNCASED[10:]), {CONFIG: LISTED}),
    "a blank line beyond the rows": ((*UNCASED, *[""] * (SPARE + 1)), {}),
    "a token twice": ((*UNCASED, "film"), {}),
    "an old name of the limit": (UNCASED, {CONFIG: {"model_max_length": "absent", "max_len": 7}}),
    "words that are never split": (UNCASED, {CONFIG: {"never_split": ["[MASK]", "[SEP]"]}}),
    "added words that are never split": (UNCASED, {CONFIG: {**LISTED, "never_split": ["[ENT]", "[MASK]"]}}),
    "spaces at the end of lines": (tuple(f"{token} " for token in UNCASED), {CONFIG: LISTED}),
}


@pytest.mark.parametrize("row", ROWS)
def test_answers_with_facts_beside_vocab_txt(row: str, tmp_path: Path, export_to: Export) -> None:
    vocabulary, files = ROWS[row]
    config = bert_config(vocab_size=len(UNCASED) + SPARE)
    folder = write_checkpoint(tmp_path / "m", config, bert_tensors(config), TOKENIZER, vocabulary)
    texts = ("good film", "good <user> film", *TEXTS)
    _write(folder, files)
    assert_parity(export_to(folder, "onnx"), "onnx", texts, transformers_answers(folder, texts))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.endswith("tokenizer.json")])
@pytest.mark.parametrize("step", ["post_processor", "pre_tokenizer"])
def test_a_class_has_the_steps_that_tokenizer_json_lacks(kind: str, step: str, tmp_path: Path) -> None:
    model_type, size, write = KINDS[kind]
    folder = _write(write(tmp_path / "m"), {})
    body = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").write_text(json.dumps({**body, step: None}))
    _assert_same(folder, model_type, size)


@pytest.mark.parametrize("target", ["onnx", "tflite"])
def test_a_trimmed_vocabulary_keeps_added_tokens(target: str, tmp_path: Path, export_to: Export) -> None:
    config = bert_config(vocab_size=len(UNCASED) + SPARE)
    folder = write_checkpoint(tmp_path / "m", config, bert_tensors(config))
    _write(folder, {CONFIG: LISTED, ADDED: {"<user>": len(UNCASED)}})
    texts = ("good [ENT] film", "the <user> film", "<USER>[ENT]")
    (tmp_path / "texts.txt").write_text("\n".join(texts))
    artifact = export_to(folder, target, trim_vocab=tmp_path / "texts.txt")
    trimmed = artifact_answers(artifact, target, texts)
    assert difference(trimmed.logits, transformers_answers(folder, texts).logits) <= FLOAT_TOLERANCE
