"""Writes small artifacts, sound and damaged, with Python's verdicts, for readers in other languages.

`python tests/artifacts/write.py FOLDER` makes

    FOLDER/index.json     {"texts": [...], "rows": [{"name", "folder", "verdict", "at", "decisions"}, ...]}
    FOLDER/sound/...      answers are in each golden.json
    FOLDER/damaged/...    a folder for each damage that a folder can hold; equal files are hard links

`verdict` is "ok", or the class and message of the error, in which FOLDER stands for the artifact's own;
"differs" where golden cases are not repeated. `at` says when Python notices: open, calibration, answer,
verify.
`decisions`, for artifacts with exits: the layer behind which each text is answered with some settings.
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

from damage import BACKENDS, Damage, verdict
from damages import DAMAGES
from sound import SOUND, Sound
from students import TEXTS

from litebert.artifact import Artifact, open_artifact
from litebert.exit_rules import RULES
from litebert.loading import load
from litebert.tokenizer import NO_PAIRS

INDEX = "index.json"
_WHOLE, _SHARES = (1, 2), (0.1, 0.5, 0.9)  # settings of a rule's parameters


def write(out: Path, sound: Sequence[Sound] = SOUND, damages: Sequence[Damage] = DAMAGES) -> None:
    """Writes the tree into a folder that is not there yet; `damages` of other artifacts are left out."""
    rows = []
    (out / "sound").mkdir(parents=True)
    with tempfile.TemporaryDirectory() as checkpoints:
        for each in sound:
            folder = each.make(Path(checkpoints) / each.name, out / "sound" / each.name)
            rows.append(_row(each.name, folder, out) | _decisions(open_artifact(folder)))
    bases = {each.name: out / "sound" / each.name for each in sound}
    for number, damage in enumerate(damages):
        if damage.portable and damage.base in bases:
            slug = re.sub("[^A-Za-z0-9]+", "-", damage.name).strip("-")[:60]
            folder = out / "damaged" / f"{number:04}-{slug}"
            shutil.copytree(bases[damage.base], folder)
            damage.spoil(folder)
            rows.append(_row(damage.name, folder, out))
            _link_equal_files(folder, bases[damage.base])
    text = json.dumps({"texts": TEXTS, "rows": rows}, indent=1, ensure_ascii=True)
    (out / INDEX).write_text(text + "\n", encoding="ascii")


def _row(name: str, folder: Path, out: Path) -> dict[str, Any]:
    found = verdict(folder)
    row: dict[str, Any] = {"name": name, "folder": folder.relative_to(out).as_posix(), "verdict": "ok"}
    if found.error is not None:
        message = str(found.message).replace(str(folder.resolve()), "FOLDER").replace(str(folder), "FOLDER")
        row |= {"verdict": {"error": found.error, "message": message}, "at": found.at}
    return row


def _decisions(artifact: Artifact) -> dict[str, Any]:
    """Behind which layer each text is answered with some settings, by target; empty without exits."""
    if artifact.exit_rule is None:
        return {}
    parameters = RULES[artifact.exit_rule].parameters
    settings = [
        dict(zip((each.name for each in parameters), values, strict=True))
        for values in product(*(_WHOLE if each.whole else _SHARES for each in parameters))
    ]
    texts = [text for text in TEXTS if isinstance(text, str) or artifact.pairs != NO_PAIRS]
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
                for text in texts
            ]
    return {"decisions": decisions}


def _link_equal_files(folder: Path, base: Path) -> None:
    """Hard links where a copy was not changed: the tree is mostly copies of three artifacts."""
    for path in [*folder.rglob("*")]:
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
