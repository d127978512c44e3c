"""FastBERT's self-distillation: a classifier after every layer, taught by the last one on unlabelled text.

Source: Liu et al. 2020, ACL, https://arxiv.org/abs/2004.02178, section 3.3; details from the authors' code,
github.com/autoliuweijie/FastBERT. The student is frozen, so its hidden states are computed once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from litebert.data import is_labelled, read_examples, read_texts
from litebert.errors import InputError
from litebert.tokenizer import Encoding
from litebert_exporter.arrival import arriving_folder
from litebert_students.exit_checkpoint import check_destination, write_exits
from litebert_students.exit_heads import HEADS, HeadShape
from litebert_students.exit_source import Facts, Source, read_source
from litebert_students.exit_training import EpochReport, Lesson, Schedule, train_heads
from litebert_students.exit_work import digest, source_digest, work_folder
from litebert_students.hidden_cache import cache_states


@dataclass(frozen=True)
class Texts:
    """Encoded texts, the shortest first, and the class of each, or no labels at all."""

    encodings: tuple[Encoding, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Recipe:
    """The numbers of the recipe.

    Attributes:
        head: kind and size of the classifiers.
        epochs: how often every text is seen.
        batch_size: texts in one step.
        learning_rate: its peak.
        max_tokens: longer texts are cut; the student's own limit counts where it is lower.
        seed: of the first weights and the order; the same on the same machine gives the same exits.
    """

    head: HeadShape = field(default_factory=HeadShape)
    epochs: int = 4
    batch_size: int = 32
    learning_rate: float = 1e-3
    max_tokens: int = 128
    seed: int = 0


def make_exits(
    model: Path,
    texts: Path,
    out: Path,
    recipe: Recipe,
    *,
    facts: Facts | None = None,
    dev_tsv: Path | None = None,
    force: bool = False,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
) -> Source:
    """Reads a fine-tuned classifier, trains its exits, and writes both to `out`.

    A run that was killed is continued by the next one with the same arguments, and ends with the same bytes:
    its work lies in `<out>.exits.partial` until then.

    Args:
        model: the student, as `litebert-export` takes it.
        texts: a file to learn from (see `litebert.data.read_texts`); labels in it are not learnt from.
        out: the folder to write.
        recipe: the numbers.
        facts: what the checkpoint leaves open.
        dev_tsv: labelled texts to measure the exits on after every epoch; by default `texts`, if labelled.
        force: replace a folder that this function wrote to `out`.
        on_epoch: called after every epoch.

    Returns:
        The student as it was read.

    Raises:
        InputError: a file of texts, a number of the recipe or `out` is unfit, or training diverged.
        CheckpointError: the student is damaged, incomplete or contradicts itself or a fact.
        UnsupportedModelError: it is no single-label classifier of several layers, or has exits already.
    """
    _check_recipe(recipe)
    check_destination(out, force=force)
    facts = facts or Facts()
    source = read_source(model, facts, recipe.max_tokens)
    learnt = _read_texts(texts, source, labelled=is_labelled(texts))
    dev = _read_texts(dev_tsv, source, labelled=True) if dev_tsv else None
    first_only = recipe.head.kind == "linear"
    origin = source_digest(source, first_only)
    names = {
        "texts": f"texts-{digest(origin, learnt)}",
        "dev": f"dev-{digest(origin, dev)}",
        "training": f"training-{digest(origin, learnt, recipe)}",
    }
    with work_folder(out, names.values()) as work:

        def lesson(name: str, of: Texts) -> Lesson:
            title = f"hidden states of {name}"
            return Lesson(
                cache_states(work / names[name], source, of.encodings, first_only, title), of.labels
            )

        learning = lesson("texts", learnt)
        measured = lesson("dev", dev) if dev else learning if learnt.labels else None
        schedule = Schedule(recipe.epochs, recipe.batch_size, recipe.learning_rate, recipe.seed)
        heads = train_heads(recipe.head, learning, measured, schedule, work / names["training"], on_epoch)
        with arriving_folder(out) as folder:
            write_exits(folder, source, facts, recipe.head, heads)
    return source


def _read_texts(path: Path, source: Source, *, labelled: bool) -> Texts:
    examples = read_examples(path, "single-label", source.labels) if labelled else []
    texts = [example.text for example in examples] if labelled else read_texts(path)
    encodings = [source.tokenizer.encode(text) for text in texts]
    order = sorted(range(len(encodings)), key=lambda i: len(encodings[i].input_ids))
    return Texts(
        encodings=tuple(encodings[i] for i in order),
        labels=tuple(label for i in order if labelled for label in examples[i].labels),
    )


def _check_recipe(recipe: Recipe) -> None:
    """Raises one InputError that lists every number the recipe cannot work with."""
    head = recipe.head
    fits = {
        f"head={head.kind} (one of {', '.join(HEADS)})": head.kind in HEADS,
        f"head_size={head.size} (1 to 4096)": 1 <= head.size <= 4096,
        f"head_heads={head.heads} (a divisor of the head size)": head.heads > 0
        and head.size % head.heads == 0,
        f"epochs={recipe.epochs} (at least 1)": recipe.epochs >= 1,
        f"batch_size={recipe.batch_size} (at least 1)": recipe.batch_size >= 1,
        f"learning_rate={recipe.learning_rate} (above 0)": 0 < recipe.learning_rate < math.inf,
        f"max_tokens={recipe.max_tokens} (at least 4)": recipe.max_tokens >= 4,
        f"seed={recipe.seed} (0 to 2^32 - 1)": 0 <= recipe.seed < 2**32,
    }
    wrong = [fact for fact, fit in fits.items() if not fit]
    if wrong:
        raise InputError(
            f"the recipe has {', '.join(wrong)}; the values in brackets were expected; correct the recipe"
        )
