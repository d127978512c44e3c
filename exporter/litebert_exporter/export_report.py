"""The report of an export, as data and as a short table."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

from litebert.targets import precision
from litebert.tools.comparison import ComparisonRow
from litebert.tools.comparison_lines import comparison_lines
from litebert.visible import visible
from litebert_exporter.differences import Check
from litebert_exporter.next_steps import Step
from litebert_exporter.text.trim import HELD_OUT

_MANY_UNSEEN = 0.5  # SST-2, MiniLM: at a share of .9, .8, .6, .4 the label changed for 14, 7, 4, 2 % of texts

_WIDTH = 96  # of the text on a next step
_CHECKS = {  # by name, in words
    "texts, one by one": "built-in texts, one at a time",
    "texts, the closest one": "the built-in text that agrees best",
    "padded rows": "built-in texts, padded to one length",
    "padded rows = alone": "the same texts, padded and unpadded",
}


@dataclass(frozen=True)
class TargetReport:
    """One target: its size, its recipe's distance from the float model, and its checks.

    Attributes:
        target: its name.
        size_bytes: the size of its graphs with their weights.
        float_difference: the largest difference of an output's number from the float model's, on the built-in
            texts and over all exits.
        texts: the number of built-in texts.
        changed_answers: the number of these with another answer than the float model's, at full depth.
        score_difference: the largest change of an answer there: of a probability, of the value for
            regression, or of the direction of a vector.
        cost: the answers and numbers that the recipe changes, in a line.
        checks: the checks of its graphs against the reference.
    """

    target: str
    size_bytes: int
    float_difference: float
    texts: int
    changed_answers: int
    score_difference: float
    cost: str
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class VocabularyReport:
    """A vocabulary that was trimmed.

    Attributes:
        kept: the number of tokens kept.
        of: the former number of tokens.
        table_bytes: the size of the word table in each target.
        former_table_bytes: its size untrimmed.
        texts: the number of texts that made the choice, whose tokens are all kept; None where a number made
            it.
        unseen_share: the estimated share of other texts whose tokens change. It is measured on every tenth
            text, with the choice that the others alone would make. None with fewer than ten.
    """

    kept: int
    of: int
    table_bytes: int
    former_table_bytes: int
    texts: int | None
    unseen_share: float | None

    @property
    def warning(self) -> str | None:
        """The warning that the texts are too few to know the words of others; None where they are enough."""
        if self.texts is None or (self.unseen_share is not None and self.unseen_share <= _MANY_UNSEEN):
            return None
        others = "most" if self.unseen_share is None else f"{self.unseen_share:.0%} of"
        return (
            f"{self.texts} texts are few to choose a vocabulary by: {others} other texts like them get other "
            "tokens, and some of those another label; give more texts, and see the cost with "
            "litebert verify --data FILE --against CHECKPOINT"
        )


@dataclass(frozen=True)
class Report:
    """A finished export.

    Attributes:
        artifact: the folder of the artifact.
        family: the student's family.
        recipe: the name of its recipe.
        task: the facts of its task: those of the manifest, and others that readers of a report need.
        summary: the task in a line.
        notes: choices among the checkpoint's files, and omissions, a line each.
        casing: a line that says how letters are treated, and the file or flag that says so.
        max_tokens: the longest input.
        checkpoint_bytes: the size of the weights files.
        float32_bytes: the size in float32 of the tensors used.
        targets: a report for each target.
        vocabulary: the effect of trimming; None where nothing was trimmed.
        data: the file of the comparison; None without one.
        comparison: the original's row and then each target's, on the texts of the file; empty without one.
        next_steps: commands to use the artifact with.
        seconds: the time of each stage.
    """

    artifact: Path
    family: str
    recipe: str
    task: Mapping[str, Any]
    summary: str
    notes: tuple[str, ...]
    casing: str
    max_tokens: int
    checkpoint_bytes: int
    float32_bytes: int
    targets: tuple[TargetReport, ...]
    vocabulary: VocabularyReport | None
    data: str | None
    comparison: tuple[ComparisonRow, ...]
    next_steps: tuple[Step, ...]
    seconds: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        rows = [row.as_json() for row in self.comparison]
        values = {**dataclasses.asdict(self), "artifact": str(self.artifact), "comparison": rows}
        facts = {**self.task, "task": self.task["name"]}
        del values["summary"], facts["name"]
        return {**values, **facts}


def format_report(report: Report) -> str:
    """The report as a table for a terminal."""
    artifact = visible(str(report.artifact))
    lines = [
        f"{artifact}  ({report.family}, {report.recipe}, up to {report.max_tokens} tokens)",
        f"  task       {report.summary}",
        f"  tokenizer  {report.casing}",
        *_vocabulary_lines(report.vocabulary),
        "",
        f"  size       {'':22}{'MB':>9}  of float32",
        _size_line("checkpoint", report.checkpoint_bytes, report.float32_bytes),
        _size_line("its weights in float32", report.float32_bytes, report.float32_bytes),
        *(
            _size_line(f"{part.target} graph", part.size_bytes, report.float32_bytes)
            for part in report.targets
        ),
        "",
        *_parity_lines(report.targets, report.recipe),
        "",
        *_cost_lines(report),
        "",
    ]
    if report.data is not None:
        lines += [
            f"  your texts: {report.comparison[0].examples} of {visible(report.data)}, with each graph and "
            "the checkpoint itself"
        ]
        lines += [f"  {visible(line)}" for line in comparison_lines(report.comparison)]
        lines += [""]
    stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in report.seconds.items())
    lines += [f"  time       {sum(report.seconds.values()):.1f} s  ({stages})", ""]
    for number, step in enumerate(report.next_steps):
        lines += [f"{'      ' if number else 'next: '}{visible(step.command)}"]
        lines += [f"        {line}" for line in wrap(visible(step.purpose), _WIDTH)]
    return "\n".join(lines)


def _parity_lines(targets: Sequence[TargetReport], recipe: str) -> list[str]:
    """The lines on the checks made before the artifact was written."""
    output = targets[0].checks[0].output
    lines = [
        f"  parity     each graph compared with the same {precision(recipe)} calculation in numpy:",
        f"             the largest difference of a {output.removesuffix('s')}, and how much rounding allows",
    ]
    for part in targets:
        for check in part.checks:
            differs = f"{check.difference:>9.2g}  allowed {check.tolerance:.2g}"
            lines.append(f"    {part.target:8} {_in_words(check.name):44} {differs}")
    return lines


def _in_words(check: str) -> str:
    """The texts of a check, in words."""
    fixed = re.fullmatch(r"length (\d+), (padded|filled)", check)
    if fixed is None:
        return _CHECKS.get(check, check)
    return (
        f"a text padded to {fixed[1]} tokens" if fixed[2] == "padded" else f"{fixed[1]} tokens, none padded"
    )


def _cost_lines(report: Report) -> list[str]:
    """The lines on the cost of the recipe on the built-in texts."""
    name, texts = precision(report.recipe), report.targets[0].texts
    lines = [f"  {name:10} answers to {texts} built-in texts, compared with the float32 model"]
    return [*lines, *(f"    {part.target:8} {part.cost}" for part in report.targets)]


def _vocabulary_lines(report: VocabularyReport | None) -> list[str]:
    if report is None:
        return []
    if report.texts is None:
        change = "--data FILE shows the cost on your texts"
    elif report.unseen_share is None:
        change = f"the {report.texts} texts keep their tokens; they are too few to tell about others"
    else:
        change = (
            f"the {report.texts} texts keep their tokens; {report.unseen_share:.1%} of others like them "
            f"would not (tried on {report.texts // HELD_OUT})"
        )
    former, now = report.former_table_bytes / 1e6, report.table_bytes / 1e6
    return [
        f"  vocabulary {report.kept} of {report.of} tokens, {now:.1f} instead of {former:.1f} MB per target",
        f"             {change}",
    ]


def _size_line(name: str, size_bytes: int, float32_bytes: int) -> str:
    return f"    {name:29}{size_bytes / 1e6:>9.1f}  {size_bytes / float32_bytes:>6.3f}"
