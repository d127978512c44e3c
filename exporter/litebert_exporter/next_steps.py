"""What to do with an artifact, as commands to copy."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from litebert.artifact import Artifact
from litebert.data_columns import Columns
from litebert.tokenizer import Text
from litebert_exporter.facts import Facts

_DATA = "labelled.tsv"  # a name for the file that the reader has
_SHOWN = 6  # labels that are named


@dataclass(frozen=True)
class Step:
    """A command of a shell, and what it is for."""

    command: str
    purpose: str


def next_steps(
    artifact: Artifact,
    out: Path,
    checkpoint: Path,
    facts: Facts,
    compared: Text | None,
    data: str | os.PathLike[str] | None,
    columns: Columns,
) -> tuple[Step, ...]:
    """The steps after an export.

    Args:
        artifact: what was written.
        out: where.
        checkpoint: what it was made from.
        facts: what was said of the checkpoint, and must be said again.
        compared: one of the texts on which it was compared with the checkpoint already, if it was.
        data: the file of those texts.
        columns: of that file.
    """
    text = r"--pair $'some text\tanother text'" if isinstance(compared, tuple) else '"some text"'
    steps = [Step(f"litebert run {_quoted(out)} {text}", "")]
    texts = _DATA if data is None else _quoted(data) + _named(columns)
    if compared is None:
        command = f"litebert verify {_quoted(out)} --data {_DATA} --against {_quoted(checkpoint)}"
        purpose = f"compares it with the checkpoint on your own texts; {_form(artifact)}"
        steps.append(Step(command + _repeated(facts), purpose))
    else:
        steps.append(Step(f"litebert bench {_quoted(out)} --texts {texts}", "how fast it answers them here"))
    if artifact.exit_rule is not None:
        purpose = "what leaving early gives, on texts that nothing was trained on; then run can leave early"
        steps.append(Step(f"litebert calibrate {_quoted(out)} --data {texts}", purpose))
    return tuple(steps)


def _form(artifact: Artifact) -> str:
    """What a labelled file looks like."""
    labels = ", ".join(artifact.task.labels[:_SHOWN]) + " ..." * (len(artifact.task.labels) > _SHOWN)
    cells = {
        "single-label": f"its label: {labels}",
        "multi-label": f"its labels, with commas between: {labels}",
        "regression": "a number",
    }
    return (
        f"{_DATA} (or .csv, .jsonl) begins with the line text<TAB>label, for pairs "
        f"text_a<TAB>text_b<TAB>label; then comes a text a line and {cells[artifact.task.problem_type]}"
    )


def _repeated(facts: Facts) -> str:
    """Flags for what neither checkpoint nor artifact says: labels and problem type are in the artifact."""
    flags = {"vocab": facts.vocab, "config": facts.config, "heads": facts.heads}
    given = [f" --{name} {_quoted(value)}" for name, value in flags.items() if value is not None]
    casing = {None: "", True: " --cased", False: " --uncased"}[facts.cased]
    return "".join(given) + casing


def _named(columns: Columns) -> str:
    """The flags for columns that are not called as usual."""
    flags = [*(("text-column", name) for name in columns.text), ("label-column", columns.label)]
    flags += [("labels-are", columns.labels_are)]
    return "".join(f" --{flag} {_quoted(value)}" for flag, value in flags if value is not None)


def _quoted(value: str | int | os.PathLike[str]) -> str:
    """As a shell takes it; what begins with a hyphen is no flag."""
    text = str(value)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)
