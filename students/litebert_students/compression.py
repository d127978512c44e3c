"""The common way of the recipes that compress a BERT, from a teacher's folder to a student's folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from litebert.errors import InputError
from litebert.tools.data import RECOGNISED, Columns
from litebert.tools.progress import Progress, part_of, silent
from litebert_exporter.facts import Facts
from litebert_exporter.subject import Subject
from litebert_students.recipe_numbers import StudentRecipe
from litebert_students.student_folder import TrainedStudent, check_destination, said_of_labels, write_student
from litebert_students.teachers import cut, labels_of, read_classifier, trim
from litebert_students.training import EpochReport
from litebert_students.training_texts import EncodedTexts, Examples, encode, read_examples
from litebert_students.work import digest, digest_of, work_folder

R = TypeVar("R", bound=StudentRecipe)
_TOKENIZING_SHARE = 0.02  # of the whole run's time, roughly
OnEpoch = Callable[[EpochReport], None]


@dataclass(frozen=True)
class Method(Generic[R]):
    """A way to make a student of a teacher.

    Attributes:
        name: the name in that of its work folder, `<out>.<name>.partial`.
        recipe: the class of its student recipe.
        read: reads the examples of a file of texts, given the teacher's label names and the file's columns;
            raises InputError.
        check: raises InputError where a number of the recipe does not suit the teacher.
        compress: makes the student, given the teacher, texts to learn from and to measure on, the recipe, the
            file for the training's state, and the functions to call after an epoch and with progress.
    """

    name: str
    recipe: type[R]
    read: Callable[[Path, Sequence[str], Columns], Examples]
    check: Callable[[R, Subject], None]
    compress: Callable[
        [Subject, EncodedTexts, EncodedTexts | None, R, Path, OnEpoch, Progress], TrainedStudent
    ]


def make_student(
    method: Method[Any],
    model: Path,
    texts: Path,
    out: Path,
    recipe: StudentRecipe,
    *,
    dev_tsv: Path | None = None,
    facts: Facts | None = None,
    columns: Columns = RECOGNISED,
    trim_vocabulary: bool = False,
    force: bool = False,
    on_epoch: OnEpoch = lambda report: None,
    on_share: Progress = silent,
) -> Subject:
    """Reads a fine-tuned BERT classifier, makes a student of it and writes that to `out`.

    After a kill, a run with the same arguments continues the work, and ends with the same bytes. Until then
    the work is in `<out>.<name of the method>.partial`.

    Args:
        method: the method of compression.
        model: the teacher's folder or weights file, in the forms that `litebert-export` takes.
        texts: the file of texts to learn from.
        out: the folder to write.
        recipe: the numbers of the method.
        dev_tsv: labelled texts to measure the student on after every epoch.
        facts: the user's facts, which the teacher's checkpoint may leave open.
        columns: the columns of both files, where they have other than the usual names.
        trim_vocabulary: drop the tokens that the texts do not use.
        force: replace a student at `out`.
        on_epoch: called after every epoch.
        on_share: called with each further share of the work, which adds up to 1, and the name of the stage.

    Returns:
        The teacher, with the student's tokenizer.

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
    facts = facts or Facts()
    teacher = read_classifier(model, facts)
    method.check(recipe, teacher)
    teacher = cut(teacher, recipe.max_tokens)
    recipe = replace(recipe, max_tokens=teacher.tokenizer.max_tokens)
    examples = method.read(texts, labels_of(teacher), columns)
    dev_examples = read_examples(dev_tsv, labels_of(teacher), columns) if dev_tsv else None
    if trim_vocabulary:
        teacher = trim(teacher, examples)
    tokenizer = teacher.tokenizer.text_tokenizer(model)
    rows = encode(examples, tokenizer, part_of(on_share, _TOKENIZING_SHARE / 2))
    dev = encode(dev_examples, tokenizer, part_of(on_share, _TOKENIZING_SHARE / 2)) if dev_examples else None
    on_share(0 if dev_examples else _TOKENIZING_SHARE / 2, "reading")
    state = f"training-{digest(recipe, rows, digest_of(teacher.weights), teacher.checkpoint.config)}"
    with work_folder(out, method.name, [state]) as work:
        learning = part_of(on_share, 1 - _TOKENIZING_SHARE)
        student = method.compress(teacher, rows, dev, recipe, work / state, on_epoch, learning)
        on_share(0, "writing")
        config = {**student.config, **said_of_labels(teacher, facts)}
        write_student(replace(student, config=config), teacher, facts, out, force=force)
    return teacher
