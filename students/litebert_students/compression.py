"""From a teacher's folder and texts to a student's folder: what the recipes that compress a BERT share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from litebert.errors import InputError
from litebert.tools.data import RECOGNISED, Columns
from litebert.tools.progress import Progress, part_of, silent
from litebert_students.checkpoint import (
    Checkpoint,
    build_tokenizer,
    check_destination,
    read_checkpoint,
    write_checkpoint,
)
from litebert_students.recipe_numbers import USUAL_TOKENS, Numbers, given_or_usual
from litebert_students.torch_bert import read_shape
from litebert_students.training import EpochReport
from litebert_students.training_texts import Examples, Rows, encode, read_examples
from litebert_students.trim import trim_vocabulary
from litebert_students.work import digest, digest_of, work_folder

R = TypeVar("R", bound=Numbers)
_TOKENIZING_SHARE = 0.02  # of the time of all the work, roughly
OnEpoch = Callable[[EpochReport], None]


@dataclass(frozen=True)
class Method(Generic[R]):
    """A way to make a student of a teacher.

    Attributes:
        name: of its work folder, `<out>.<name>.partial`.
        recipe: the class of its numbers.
        read: a file of texts, the teacher's class names and the file's columns to examples; raises
            InputError.
        check: raises InputError where a number of the recipe does not suit the teacher.
        compress: the teacher, texts to learn from and to measure on, the recipe, the file for the training's
            state, what to call after an epoch and what to tell its progress to the student.
    """

    name: str
    recipe: type[R]
    read: Callable[[Path, Sequence[str], Columns], Examples]
    check: Callable[[R, Checkpoint], None]
    compress: Callable[[Checkpoint, Rows, Rows | None, R, Path, OnEpoch, Progress], Checkpoint]


def make_student(
    method: Method[Any],
    model: Path,
    texts: Path,
    out: Path,
    recipe: Numbers,
    *,
    dev_tsv: Path | None = None,
    part: str | None = None,
    columns: Columns = RECOGNISED,
    trim: bool = False,
    force: bool = False,
    on_epoch: OnEpoch = lambda report: None,
    on_share: Progress = silent,
) -> Checkpoint:
    """Reads a fine-tuned BERT folder, makes a student of it, writes that to `out` and returns it.

    A run that was killed is continued by the next one with the same arguments, and ends with the same bytes:
    its work lies in `<out>.<name of the method>.partial` until then.

    Args:
        method: how.
        model: the teacher's folder or weights file (see `read_checkpoint`).
        texts: what to learn from.
        out: the folder to write.
        recipe: the numbers.
        dev_tsv: labelled texts to measure the student on after every epoch.
        part: what the names of the teacher's tensors begin with, where there are several networks.
        columns: of both files, where they are not called as usual.
        trim: drop the tokens the texts do not use (see `trim_vocabulary`).
        force: replace a student that stands at `out`.
        on_epoch: called after every epoch.
        on_share: called with each further share of all the work (it adds up to 1), and what goes on.

    Raises:
        InputError: a file of texts, a number of the recipe or `out` is unfit.
        CheckpointError: the teacher's folder is incomplete or contradicts itself.
        UnsupportedModelError: it holds no BERT classifier.
    """
    on_share(0, "reading")
    check_destination(out, force=force)
    folder = model if model.is_dir() else model.parent
    if out.exists() and folder.exists() and out.samefile(folder):
        raise InputError(f"{out}: is the teacher itself, expected another place; choose one with -o")
    teacher = read_checkpoint(model, part)
    method.check(recipe, teacher)
    tokens = given_or_usual(recipe.max_tokens, USUAL_TOKENS, read_shape(teacher).max_position_embeddings)
    recipe = replace(recipe, max_tokens=tokens)
    examples = method.read(texts, teacher.labels, columns)
    dev_examples = read_examples(dev_tsv, teacher.labels, columns) if dev_tsv else None
    tokenizing = part_of(on_share, _TOKENIZING_SHARE / 2)
    tokenizer = build_tokenizer(teacher, tokens)
    rows = encode(examples, tokenizer, tokenizing)
    if trim:
        teacher = trim_vocabulary(teacher, {i for encoding in rows.encodings for i in encoding.input_ids})
        tokenizer = build_tokenizer(teacher, tokens)
        rows = encode(examples, tokenizer)
    dev = encode(dev_examples, tokenizer) if dev_examples else None
    tokenizing(1, "reading")  # the dev texts, and the others again where the vocabulary was trimmed
    weights = digest_of({name: tensor.numpy() for name, tensor in teacher.tensors.items()})
    state = f"training-{digest(recipe, rows, weights, teacher.config)}"
    with work_folder(out, method.name, [state]) as work:
        learning = part_of(on_share, 1 - _TOKENIZING_SHARE)
        student = method.compress(teacher, rows, dev, recipe, work / state, on_epoch, learning)
        on_share(0, "writing")
        write_checkpoint(student, out, force=force)
    return student
