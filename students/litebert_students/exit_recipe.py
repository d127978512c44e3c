"""FastBERT's self-distillation: the last layer teaches a head after every other layer, on unlabelled texts.

Source: Liu et al. 2020, ACL, https://arxiv.org/abs/2004.02178, section 3.3; details from the authors' code,
github.com/autoliuweijie/FastBERT. The student is frozen, so its hidden states are computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from litebert.tools.data import RECOGNISED, Columns
from litebert.tools.progress import Progress, part_of, silent
from litebert_exporter.arrival import arriving_folder
from litebert_exporter.facts import Facts
from litebert_exporter.subject import Subject
from litebert_students.exit_checkpoint import check_destination, write_exits
from litebert_students.exit_heads import HEADS, HeadShape, build_head
from litebert_students.hidden_cache import SAMPLE_TEXTS, HiddenCache, cache_states, estimate_moments
from litebert_students.recipe_numbers import (
    StudentRecipe,
    at_most,
    check_fits,
    check_numbers,
    from_one,
)
from litebert_students.teachers import cut, labels_of, read_without_exits
from litebert_students.training import EpochReport, Stage, seeded, threads, train
from litebert_students.training_texts import (
    EncodedTexts,
    Examples,
    encode,
    in_order,
    read_examples,
    read_texts,
    read_unlabelled,
)
from litebert_students.work import digest, digest_of, work_folder

_MEASURE_BATCH = 64
_TOKENIZING, _EPOCH = 0.01, 0.08  # of the time in which the student answers a text


@dataclass(frozen=True, kw_only=True)
class ExitsRecipe(StudentRecipe):
    """The numbers of self-distillation.

    Attributes:
        head: the kind and the size of the heads.
        epochs: the number of times that every text is seen.
    """

    head: HeadShape = field(default_factory=HeadShape)
    epochs: int = 4
    learning_rate: float = 1e-3


@dataclass(frozen=True)
class Lesson:
    """The states of texts, the shortest first, and the class id of each; no golds without labels."""

    cache: HiddenCache
    golds: tuple[int, ...]


def make_exits(
    model: Path,
    texts: Path,
    out: Path,
    recipe: ExitsRecipe,
    *,
    facts: Facts | None = None,
    dev_tsv: Path | None = None,
    columns: Columns = RECOGNISED,
    force: bool = False,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
    on_share: Progress = silent,
) -> Subject:
    """Reads a fine-tuned classifier, trains its exits, and writes both to `out`.

    After a kill, a run with the same arguments continues the work, and ends with the same bytes. Until then
    the work is in `<out>.exits.partial`.

    Args:
        model: the student's folder or weights file, in the forms that `litebert-export` takes.
        texts: the file of texts to learn from (see `litebert.tools.data.DataFile`); its labels are not used.
        out: the folder to write.
        recipe: the numbers of self-distillation.
        facts: the user's facts, which the checkpoint may leave open.
        dev_tsv: labelled texts to measure the exits on after every epoch; by default `texts`, if labelled.
        columns: the columns of both files, where they have other than the usual names.
        force: replace a folder that this function wrote to `out`.
        on_epoch: called after every epoch.
        on_share: called with each further share of the work, which adds up to 1, and the name of the stage.

    Returns:
        The student without its new exits.

    Raises:
        InputError: a file of texts, a number of the recipe or `out` is unfit, or training diverged.
        CheckpointError: the student is damaged, incomplete or contradicts itself or a fact.
        UnsupportedModelError: it is no single-label classifier of several layers, or has exits already.
    """
    on_share(0, "reading")
    _check_recipe(recipe)
    check_destination(out, force=force)
    facts = facts or Facts()
    subject = read_without_exits(model, facts)
    check_fits([("max_tokens", at_most(recipe.max_tokens, subject.tokenizer.limits.own))])
    subject = cut(subject, recipe.max_tokens)
    tokenizer, labels = subject.tokenizer.text_tokenizer(model), labels_of(subject)
    read = read_unlabelled(texts, columns) if dev_tsv else read_texts(texts, labels, columns)
    examples = read_examples(dev_tsv, labels, columns) if dev_tsv else None
    shares = _shares(read, examples, recipe)
    learnt = encode(read, tokenizer, part_of(on_share, shares["tokenizing"]))
    dev = encode(examples, tokenizer) if examples else None
    first_only = recipe.head.kind == "linear"
    origin = (subject.student, digest_of(subject.weights), first_only)
    names = {
        "texts": f"texts-{digest(origin, learnt.encodings)}",
        "dev": f"dev-{digest(origin, learnt.encodings, dev and dev.encodings)}",
        "training": f"training-{digest(origin, learnt.encodings, recipe)}",
    }
    with work_folder(out, "exits", names.values()) as work:
        sampling = part_of(on_share, shares["sample"])
        moments = estimate_moments(subject, learnt.encodings, first_only, sampling)

        def lesson(name: str, rows: EncodedTexts) -> Lesson:
            title, progress = f"{name}: hidden states of {len(rows)}", part_of(on_share, shares[name])
            cache = cache_states(
                work / names[name], subject, rows.encodings, moments, first_only, title, progress
            )
            return Lesson(cache, rows.golds)

        learning = lesson("texts", learnt)
        measured = lesson("dev", dev) if dev else learning if learnt.golds else None
        training = part_of(on_share, shares["training"])
        heads = train_heads(learning.cache, measured, recipe, work / names["training"], on_epoch, training)
        on_share(0, "writing")
        with arriving_folder(out) as folder:
            write_exits(folder, subject, facts, recipe.head, heads, moments)
    return subject


def _shares(learnt: Examples, dev: Examples | None, recipe: ExitsRecipe) -> dict[str, float]:
    """Each stage's share of the run's time, estimated from the time that it takes for a text."""
    texts, others = len(learnt.texts), len(dev.texts) if dev else 0
    work = {
        "tokenizing": _TOKENIZING * texts,
        "sample": min(texts, SAMPLE_TEXTS),
        "texts": texts,
        "dev": others,
        "training": _EPOCH * recipe.epochs * texts,
    }
    return {part: each / sum(work.values()) for part, each in work.items()}


def train_heads(
    cache: HiddenCache,
    measured: Lesson | None,
    recipe: ExitsRecipe,
    state: Path,
    on_epoch: Callable[[EpochReport], None],
    progress: Progress = silent,
) -> nn.ModuleList:
    """A head for every exit, trained to give the last layer's distribution.

    Args:
        cache: the states to learn from.
        measured: labelled texts to measure on after every epoch.
        recipe: the numbers of self-distillation.
        state: the file for the training's state; see `train`.
        on_epoch: called after every epoch.
        progress: called with each further share of all epochs.
    """
    layout = cache.layout
    with seeded(recipe.seed):
        heads = nn.ModuleList(
            build_head(recipe.head, layout.width, layout.classes) for _ in range(layout.exits)
        )

    def loss_of(numbers: Sequence[int], passed: float) -> torch.Tensor:
        return distillation_loss(_logits(heads, cache, numbers), cache.logits[numbers])

    def measure() -> Mapping[str, Sequence[float]]:
        return measure_heads(heads, measured) if measured else {}

    stage = Stage(recipe.epochs, recipe.learning_rate, [*heads.parameters()], loss_of)
    # The products are too small for threads: on two busy cores, two took twenty times as long as one.
    with threads(1):
        train(heads, [stage], len(cache), recipe, state, measure, on_epoch, progress)
    return heads


def distillation_loss(logits: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """The sum over exits of KL(teacher ‖ student), averaged over the batch (section 3.3.2).

    Args:
        logits: [exits, batch, classes] float32.
        teacher: [batch, classes] float32, the last layer's logits.
    """
    target = teacher.log_softmax(dim=1).expand_as(logits)
    divergence = functional.kl_div(logits.log_softmax(dim=2), target, reduction="sum", log_target=True)
    return divergence / len(teacher)


def measure_heads(heads: nn.ModuleList, measured: Lesson) -> dict[str, list[float]]:
    """The measures of the heads on labelled texts, in the order of their layers, as shares of the texts.

    `accuracy` has a share for each exit, and one for the last layer behind them. `agreement` is the share of
    texts for which an exit's class is the last layer's.
    """
    cache, golds = measured.cache, torch.tensor(measured.golds)
    last = cache.logits.argmax(dim=1)
    with torch.inference_mode():
        batches = in_order(len(cache), _MEASURE_BATCH)
        classes = torch.cat([_logits(heads, cache, batch).argmax(dim=2) for batch in batches], dim=1)
    return {
        "accuracy": (torch.cat([classes, last[None]]) == golds).double().mean(dim=1).tolist(),
        "agreement": (classes == last).double().mean(dim=1).tolist(),
    }


def _logits(heads: nn.ModuleList, cache: HiddenCache, numbers: Sequence[int]) -> torch.Tensor:
    """The logits of every head, [exits, batch, classes]."""
    hidden, mask = cache.batch(numbers)
    return torch.stack([head(states, mask) for head, states in zip(heads, hidden, strict=True)])


def _check_recipe(recipe: ExitsRecipe) -> None:
    head = recipe.head
    own = {
        "head": (head.kind, f"one of {', '.join(HEADS)}", head.kind in HEADS),
        "head_size": from_one(head.size, 4096),
        "head_heads": (
            head.attention_heads,
            "a divisor of the head size",
            head.attention_heads > 0 and head.size % head.attention_heads == 0,
        ),
        "epochs": (recipe.epochs, "at least 1", recipe.epochs >= 1),
    }
    check_numbers(recipe, own)
