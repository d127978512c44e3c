"""The plan of a comparison: artifacts side by side on a file of texts, or beside a checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litebert.artifact import Artifact, open_artifact
from litebert.backends.selection import engines_for
from litebert.errors import InputError, MissingExtraError
from litebert.tasks.measures import Measures
from litebert.tokenizer import TextTokenizer
from litebert.tools.against import Original, is_artifact, read_original, was_made_from
from litebert.tools.comparison import ComparisonRow, check_comparable, compare
from litebert.tools.data import DataFile, Example, golds_of
from litebert.tools.fact_flags import flags_of
from litebert.tools.progress import Progress
from litebert.tools.verify import evaluate

Named = tuple[Path, Artifact]  # the path as the user gave it


@dataclass(frozen=True)
class ComparisonPlan:
    """The models of a comparison, and its texts.

    Attributes:
        original: the checkpoint that all are compared with; None where it is an artifact.
        artifacts: the compared artifacts; without an original, all are compared with the first.
        examples: the texts, with gold answers where the file has labels.
        notes: lines that a reader of the figures must know.
    """

    original: Original | None
    artifacts: tuple[Named, ...]
    examples: tuple[Example, ...]
    notes: tuple[str, ...]

    @property
    def answers(self) -> int:
        """The number of answers that the comparison takes."""
        targets = sum(
            not each.problem() for _, artifact in self.artifacts for each in engines_for(artifact.targets)
        )
        return len(self.examples) * (targets + (self.original is not None))

    def run(self, progress: Progress) -> tuple[ComparisonRow, ...]:
        """A row for the checkpoint, if there is one, and for every target that an engine runs here.

        Raises:
            MissingExtraError: no engine runs the model that the others are compared with.
        """
        rows = [] if self.original is None else [self.original.evaluate(self.examples, progress)]
        for path, artifact in self.artifacts:
            rows += evaluate(artifact, self.examples, progress, str(path))
            if not rows:
                problems = ", ".join(str(each.problem()) for each in engines_for(artifact.targets))
                raise MissingExtraError(f"{path}, with which others are compared, cannot answer: {problems}")
        return compare(rows, golds_of(self.examples))


def plan_comparison(
    artifacts: Sequence[Named], data: DataFile, against: Path | None, facts: Mapping[str, Any]
) -> ComparisonPlan:
    """A plan for texts and models that fit together.

    Args:
        artifacts: opened artifacts, with their paths.
        data: the texts.
        against: the artifact or checkpoint that all are compared with; the first artifact where absent.
        facts: the facts about the checkpoint that the user gives, by name.

    Raises:
        LiteBertError: the file, a label or the checkpoint is not as expected, or a model has other labels.
    """
    original, named = None, list(artifacts)
    if against is not None and is_artifact(against):
        named.insert(0, (against, open_artifact(against)))
    elif against is not None:
        original = read_original(against, facts, named[0][1])
    if original is None and flags_of(facts):
        raise InputError(f"{', '.join(flags_of(facts))}: for --against CHECKPOINT only; leave it out")
    measures: Measures[Any] = named[0][1].task.measures if original is None else original.measures
    first = named[0][0] if original is None else against
    for path, artifact in named:
        check_comparable(str(first), measures, str(path), artifact.task.measures)
    examples = data.examples(measures)
    notes = () if original is None else tuple(_notes(original, against, named, examples))
    return ComparisonPlan(original, tuple(named), tuple(examples), notes)


def _notes(
    original: Original, first: Path | None, named: Sequence[Named], examples: Sequence[Example]
) -> Iterator[str]:
    """Causes of differences beside recipe and trimming: other weights, assumed labels, other tokens."""
    strange = [path for path, artifact in named if not was_made_from(artifact, original.weights_sha256)]
    for path in strange:
        yield f"{path} was not made from {first}: its weights have another sha256"
    yield from original.notes if strange else ()
    for path, artifact in named:
        is_whole = path not in strange and artifact.vocabulary.trimmed_from is None
        others = _other_tokens(original.tokenizer, artifact.tokenizer, examples) if is_whole else 0
        if others:
            yield (
                f"{path} reads {others} of the texts as other tokens than {first}: was it exported with "
                "--cased, --uncased or --vocab? Say so here, too"
            )


def _other_tokens(one: TextTokenizer, other: TextTokenizer, examples: Sequence[Example]) -> int:
    """The number of texts that get other ids, although neither tokenizer cuts them."""
    pairs = [(one.encode(each.text), other.encode(each.text)) for each in examples]
    return sum(not (a.truncated or b.truncated) and a.input_ids != b.input_ids for a, b in pairs)
