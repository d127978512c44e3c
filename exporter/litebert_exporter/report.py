"""What an export did, as data and as a short table."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litebert.visible import visible
from litebert_exporter.parity import Check
from litebert_exporter.text.trim import HELD_OUT

_MANY_UNSEEN = 0.5  # SST-2, MiniLM: at a share of .9, .8, .6, .4 the label changed for 14, 7, 4, 2 % of texts


@dataclass(frozen=True)
class TargetReport:
    """One target: its size, its recipe's distance from the float model, and its checks.

    Attributes:
        target: onnx or tflite.
        size_bytes: of its graphs with their weights.
        float_difference: the largest difference of a logit on the built-in texts against the float model.
        checks: graph against reference.
    """

    target: str
    size_bytes: int
    float_difference: float
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class VocabularyReport:
    """A vocabulary that was trimmed.

    Attributes:
        kept: tokens kept.
        of: tokens there were.
        table_bytes: size of the word table in each target.
        former_table_bytes: what it would be untrimmed.
        texts: how many texts said which tokens to keep, and keep theirs; None where a number did.
        unseen_share: the share of other texts whose tokens change, estimated on every tenth text as if only
            the others had been given; None with fewer than ten.
    """

    kept: int
    of: int
    table_bytes: int
    former_table_bytes: int
    texts: int | None
    unseen_share: float | None

    @property
    def warning(self) -> str | None:
        """That the texts were too few to know the words of others like them; None where they were enough."""
        if self.texts is None or (self.unseen_share is not None and self.unseen_share <= _MANY_UNSEEN):
            return None
        others = "most" if self.unseen_share is None else f"{self.unseen_share:.0%} of"
        return (
            f"{self.texts} texts are few to choose a vocabulary by: {others} other texts like them get other "
            "tokens, and some of those another label; give more texts, and compare both artifacts with "
            "litebert verify --data FILE"
        )


@dataclass(frozen=True)
class Report:
    """A finished export.

    Attributes:
        artifact: where it was written.
        family: the student's family.
        recipe: how it was quantized.
        problem_type: what its logits mean.
        activation: what turns them into the answer.
        labels: one per logit.
        labels_given: False where they are mere numbers, because the checkpoint names none.
        notes: what was chosen or left alone among the checkpoint's files, a line each.
        casing: how letters are treated, and where that was found.
        max_tokens: the longest input.
        checkpoint_bytes: size of the weights files read.
        float32_bytes: size of the tensors used, in float32.
        targets: one report each.
        vocabulary: what trimming did, where it was asked for.
        seconds: how long each stage took.
    """

    artifact: Path
    family: str
    recipe: str
    problem_type: str
    activation: str
    labels: tuple[str, ...]
    labels_given: bool
    notes: tuple[str, ...]
    casing: str
    max_tokens: int
    checkpoint_bytes: int
    float32_bytes: int
    targets: tuple[TargetReport, ...]
    vocabulary: VocabularyReport | None
    seconds: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {**dataclasses.asdict(self), "artifact": str(self.artifact)}


def format_report(report: Report) -> str:
    """The report as a table for a terminal."""
    artifact, labels = visible(str(report.artifact)), ", ".join(report.labels)
    if not report.labels_given:
        labels += "  (none in the checkpoint; name them with --labels)"
    lines = [
        f"{artifact}  ({report.family}, {report.recipe}, up to {report.max_tokens} tokens)",
        f"  task       {report.problem_type}, {report.activation}: {labels}",
        f"  tokenizer  {report.casing}",
        *_vocabulary_lines(report.vocabulary),
        "",
        f"  size       {'':22}{'MB':>9}  of float32",
        _size_line("checkpoint", report.checkpoint_bytes, report.float32_bytes),
        *(
            _size_line(f"{part.target} graph", part.size_bytes, report.float32_bytes)
            for part in report.targets
        ),
        "",
        f"  parity     {'largest difference of a logit':31}  allowed",
    ]
    for part in report.targets:
        lines += [
            f"    {check.target:8} {check.name:28} {check.difference:>9.2g}  {check.tolerance:.2g}"
            for check in part.checks
        ]
        lines.append(
            f"    {part.target:8} {'against the float model':28} {part.float_difference:>9.2g}  reported only"
        )
    stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in report.seconds.items())
    return "\n".join([*lines, "", f"  time       {sum(report.seconds.values()):.1f} s  ({stages})"])


def _vocabulary_lines(report: VocabularyReport | None) -> list[str]:
    if report is None:
        return []
    if report.texts is None:
        change = "no texts were given: see with litebert verify --data FILE what it costs on yours"
    elif report.unseen_share is None:
        change = f"the {report.texts} texts given keep their tokens; too few to say of others"
    else:
        change = (
            f"the {report.texts} texts given keep their tokens; of others like them "
            f"{report.unseen_share:.1%} would not (tried on {report.texts // HELD_OUT})"
        )
    former, now = report.former_table_bytes / 1e6, report.table_bytes / 1e6
    return [
        f"  vocabulary {report.kept} of {report.of} tokens, {now:.1f} instead of {former:.1f} MB per target",
        f"             {change}",
    ]


def _size_line(name: str, size_bytes: int, float32_bytes: int) -> str:
    return f"    {name:29}{size_bytes / 1e6:>9.1f}  {size_bytes / float32_bytes:>6.3f}"
