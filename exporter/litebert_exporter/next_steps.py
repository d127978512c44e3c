"""The steps after an export, as commands to copy."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from litebert.artifact import Artifact
from litebert.inputs import PAIR
from litebert.shell import quoted
from litebert.tokenizer import Text
from litebert.tools.data import Columns
from litebert_exporter.facts import Facts
from litebert_exporter.tasks.protocol import ExportTask

_DATA = "labelled.tsv"  # a name for the file that the reader has


@dataclass(frozen=True)
class Step:
    """A command of a shell, and its purpose."""

    command: str
    purpose: str


def next_steps(
    artifact: Artifact,
    task: ExportTask,
    out: Path,
    checkpoint: Path,
    facts: Facts,
    compared: Text | None,
    data: str | os.PathLike[str] | None,
    columns: Columns,
) -> tuple[Step, ...]:
    """The steps after an export.

    Args:
        artifact: the artifact that was written.
        task: its task.
        out: its folder.
        checkpoint: the checkpoint that it was made from.
        facts: the user's facts of the checkpoint, which a comparison needs again.
        compared: a text on which the two were compared; None where they were not.
        data: the file of those texts.
        columns: the columns of that file.
    """
    pairs = isinstance(compared, tuple) or (compared is None and artifact.inputs == PAIR)
    text = r"--pair $'some text\tanother text'" if pairs else '"some text"'
    steps = [Step(f"litebert run {quoted(out)} {text}", "")]
    texts = _DATA if data is None or _is_pipe(data) else quoted(data) + _named(columns)
    if compared is None:
        command = f"litebert verify {quoted(out)} --data {_DATA} --against {quoted(checkpoint)}"
        purpose = f"compares it with the checkpoint on your own texts. {_form(task)}"
        steps.append(Step(command + _repeated(facts), purpose))
    else:
        steps.append(
            Step(f"litebert bench {quoted(out)} --texts {texts}", "measures how fast it answers them here")
        )
    if artifact.exit_rule is not None:
        purpose = "measures the time and accuracy of each exit setting, on texts that nothing was trained on"
        steps.append(Step(f"litebert calibrate {quoted(out)} --data {texts}", purpose))
    return tuple(steps)


def _form(task: ExportTask) -> str:
    """The form of a labelled file, in a sentence."""
    return (
        f"The first line of {_DATA} is text<TAB>label (pairs: text_a<TAB>text_b<TAB>label); each other "
        f"line is a text and {task.cell}"
    )


def _repeated(facts: Facts) -> str:
    """The flags of the user's facts that the artifact does not hold; it holds labels and problem type."""
    names = ("vocab", "config", "heads", "part", "classifier")
    flags = {name: getattr(facts, name) for name in names}
    given = [f" --{name} {quoted(value)}" for name, value in flags.items() if value is not None]
    casing = {None: "", True: " --cased", False: " --uncased"}[facts.cased]
    return "".join(given) + casing


def _named(columns: Columns) -> str:
    """The flags for columns of other than the usual names."""
    flags = [*(("text-column", name) for name in columns.text), ("label-column", columns.label)]
    flags += [("labels-are", columns.labels_are)]
    return "".join(f" --{flag} {quoted(value)}" for flag, value in flags if value is not None)


def _is_pipe(data: str | os.PathLike[str]) -> bool:
    """Whether a file can be read only once, such as `<(command)` or /dev/stdin."""
    return str(data).startswith(("/dev/", "/proc/"))
