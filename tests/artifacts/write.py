"""Writes small artifacts, sound and damaged, with Python's verdicts, for readers in other languages.

`python tests/artifacts/write.py FOLDER` makes

    FOLDER/index.json     {"rows": [...]}, a row for each artifact, in a line
    FOLDER/sound/...      answers are in each golden.json
    FOLDER/damaged/...    a folder for each damage that a folder can hold; equal files are hard links

Every row has these fields:

    name, folder
    verdict      "ok"; "refused"; "differs": the artifact is read, but does not repeat its golden cases
    stated       false where ARTIFACT.md leaves the refusal to the reader

Rows of refused and differing artifacts also have:

    at           when Python notices, and every reader at the latest: open, calibration, answer, verify
    error        the class of Python's error, or "differs"
    message      its message, for people; FOLDER means the artifact's folder

Rows of sound artifacts also have:

    encodings    of hard texts: text (a string, or a list of two), input_ids, token_type_ids, truncated
    decisions    with early exits only: target, text, leave (a value for each parameter of the rule), and
                 exit_layer, the layer of the exit that answers
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

from damage import BACKENDS, DIFFERS, Damage, verdict
from damages import DAMAGES
from sound import SOUND, Sound
from students import TEXTS

from litebert.artifact import Artifact, open_artifact
from litebert.exit_rules import Rule
from litebert.loading import load
from litebert.model import Model
from litebert.tokenizer import NO_PAIRS, Text

INDEX = "index.json"
# Settings of a rule's parameters. No number of these students is so near that an engine's rounding decides.
_WHOLE, _SHARES = (1, 2), (0.1, 0.65, 0.85)
_LONG, _LONGER = "good film , " * 30, "bad plot ! " * 40
# Texts that tokenizers in other languages get wrong, and pairs that are cut.
_HARD: tuple[Text, ...] = (
    *TEXTS,
    " \t\r\n\u3000\u00a0good\u2028film\u200b\u00ad",
    "a\0b\ufffd\u0007c [CLS] good [SEP] [MASK]film <s></s>",
    "\u0130stanbul Stra\u00dfe \ufb01lm e\u0301 \u1e9e \u01c5 \u03a3\u03c2 \u0e01\u0e33",
    "\u2018good\u2019 \u2014 film\u2026 $5 \u20ac3 a_b <b> ^`~",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U00020000 \uac00 \u304c \u0643\u062a\u0627\u0628",
    "x" * 120,
    ("", ""),
    ("", _LONG),
    (_LONG, "bad"),
    ("bad", _LONG),
    (_LONG, _LONGER),
    (_LONGER, _LONG),
    (_LONG, _LONG),
)


def write(out: Path, sound: Sequence[Sound] = SOUND, damages: Sequence[Damage] = DAMAGES) -> None:
    """Writes the tree into a folder that is not there yet; `damages` of other artifacts are left out."""
    rows = []
    (out / "sound").mkdir(parents=True)
    with tempfile.TemporaryDirectory() as checkpoints:
        for each in sound:
            folder = each.make(Path(checkpoints) / each.name, out / "sound" / each.name)
            rows.append(_row(each.name, folder, out) | _answers(open_artifact(folder)))
    bases = {each.name: out / "sound" / each.name for each in sound}
    for number, damage in enumerate(damages):
        if damage.portable and damage.base in bases:
            slug = re.sub("[^A-Za-z0-9]+", "-", damage.name).strip("-")[:60]
            folder = out / "damaged" / f"{number:04}-{slug}"
            shutil.copytree(bases[damage.base], folder)
            damage.spoil(folder)
            rows.append(_row(damage.name, folder, out, damage.stated))
            _link_equal_files(folder, bases[damage.base])
    lines = ",\n".join(json.dumps(row, ensure_ascii=True) for row in rows)
    (out / INDEX).write_text(f'{{"rows": [\n{lines}\n]}}\n', encoding="ascii")


def _row(name: str, folder: Path, out: Path, stated: bool = True) -> dict[str, Any]:
    found = verdict(folder)
    row = {"name": name, "folder": folder.relative_to(out).as_posix(), "verdict": "ok", "stated": stated}
    if found.error is not None:
        message = str(found.message).replace(str(folder.resolve()), "FOLDER").replace(str(folder), "FOLDER")
        row["verdict"] = DIFFERS if found.error == DIFFERS else "refused"
        row |= {"at": found.at, "error": found.error, "message": message}
    return row


def _answers(artifact: Artifact) -> dict[str, Any]:
    """The ids of hard texts, and, with early exits, decisions on usual ones."""
    target = next(iter(artifact.targets))
    with load(artifact.path, BACKENDS[target]) as model:
        found = {"encodings": [_encoding(model, text) for text in _taken(_HARD, artifact)]}
    rule = artifact.exit_rule
    return found if rule is None else found | {"decisions": _decisions(artifact, rule)}


def _taken(texts: Sequence[Text], artifact: Artifact) -> list[Text]:
    return [text for text in texts if isinstance(text, str) or artifact.pairs != NO_PAIRS]


def _encoding(model: Model[Any], text: Text) -> dict[str, Any]:
    found = model.tokenize(text)
    return {
        "text": text,
        "input_ids": found.input_ids,
        "token_type_ids": found.type_ids,
        "truncated": found.truncated,
    }


def _decisions(artifact: Artifact, rule: Rule) -> list[dict[str, Any]]:
    """Behind which layer each text is answered with some settings, by target."""
    settings = [
        dict(zip((each.name for each in rule.parameters), values, strict=True))
        for values in product(*(_WHOLE if each.whole else _SHARES for each in rule.parameters))
    ]
    decisions = []
    for target in artifact.targets:
        with load(artifact.path, BACKENDS[target]) as model:
            decisions += [
                {
                    "target": target,
                    "text": text,
                    "leave": setting,
                    "exit_layer": model(text, leave=setting).exit_layer,
                }
                for setting in settings
                for text in _taken(TEXTS, artifact)
            ]
    return decisions


def _link_equal_files(folder: Path, base: Path) -> None:
    """Hard links where a copy was not changed: the tree is mostly copies of three artifacts.

    Weights of a branched graph stay copies: ONNX Runtime refuses those of a subgraph with several links.
    """
    for path in [*folder.rglob("*")]:
        if (path.parent / "branched.onnx").exists():
            continue
        source = base / path.relative_to(folder)
        if path.is_file() and source.is_file() and filecmp.cmp(path, source, shallow=False):
            path.unlink()
            os.link(source, path)


def main() -> None:
    """Writes the tree; an earlier one at its place is replaced."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=Path, metavar="FOLDER")
    out = parser.parse_args().out
    if out.exists() and not (out / INDEX).is_file():
        parser.error(f"{out}: not a folder of this command's; expected a new one")
    shutil.rmtree(out, ignore_errors=True)
    write(out)


if __name__ == "__main__":
    main()
