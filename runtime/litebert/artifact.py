"""The artifact for the runtime: a folder whose every fact and byte was checked (../ARTIFACT.md)."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litebert.arguments import argument_is
from litebert.checked_files import CheckedFiles
from litebert.errors import ArtifactError, InputError
from litebert.exit_rules import RULES, Rule
from litebert.fields import MANIFEST, choice, is_text, positive, typed
from litebert.graph_formats import BRANCHED, FORMATS
from litebert.inputs import parse_pairs
from litebert.manifest import read_manifest
from litebert.onnx_graph import check_external
from litebert.outputs import parse_outputs
from litebert.target_parser import parse_target
from litebert.targets import Target
from litebert.tasks import TASKS
from litebert.tokenizer import JOINED, TextTokenizer, parse_tokenizer

if TYPE_CHECKING:
    from litebert.tasks.protocol import Task

TOKENIZER = "tokenizer.json"
GOLDEN = "golden.json"

_MOST_IDS = 2**31  # graphs take them as int32
_TOKENIZER_LIMIT_BYTES = 64_000_000


@dataclass(frozen=True)
class Vocabulary:
    """The number of ids that the model takes.

    Attributes:
        size: the number of rows of its word table.
        trimmed_from: the number before it was trimmed; None where it was not.
    """

    size: int
    trimmed_from: int | None


@dataclass(frozen=True, eq=False)
class Artifact:
    """A checked artifact.

    Attributes:
        path: its folder, absolute and over no link.
        name: the checkpoint's name.
        family: the student's family.
        task: a `litebert.tasks.protocol.Task`.
        pairs: the way two texts are cut to the limit, one of `litebert.tokenizer.PAIRS`.
        inputs: the inputs the model was made for, one of `litebert.inputs.INPUTS`; None where nobody said.
        max_tokens: the longest input, special tokens included.
        vocabulary: its size.
        exit_rule: the rule by which exits answer; None for a student without exits.
        targets: the graphs, by the target's name.
        tokenizer: turns text into ids.
        checked: its files.
        digest: the manifest's digest (hex).
    """

    path: Path
    name: str
    family: str
    task: Task[Any]
    pairs: str
    inputs: str | None
    max_tokens: int
    vocabulary: Vocabulary
    exit_rule: Rule | None
    targets: Mapping[str, Target]
    tokenizer: TextTokenizer
    checked: CheckedFiles
    digest: str

    @property
    def files(self) -> Mapping[str, int]:
        """Each file's relative path and its size in bytes."""
        return self.checked.sizes

    def identity(self, target: str) -> str:
        """A hash (hex) of the facts and files that decide a target's answers; a calibration decides none."""
        facts = (
            sorted(self.checked.hashes.items()),
            self.task,
            self.pairs,
            self.max_tokens,
            None if self.exit_rule is None else self.exit_rule.name,
            replace(self.targets[target], calibration=None),
        )
        return hashlib.sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()

    def target_files(self, target: str) -> dict[str, int]:
        """The files of one target, its graphs with their weights, and their sizes in bytes."""
        return {file: size for file, size in self.files.items() if file.startswith(f"{target}/")}

    def target_size_bytes(self, target: str) -> int:
        """Bytes of all files of one target."""
        return sum(self.target_files(target).values())

    def opening(self, graph: str) -> AbstractContextManager[None]:
        """A block in which an engine opens a graph and its weights; both are the files that were checked."""
        target, _, _ = graph.partition("/")
        return self.checked.opening([graph, *self.mapped_files(target)])

    def mapped_files(self, target: str) -> list[str]:
        """The files of one target that an engine keeps mapped into memory; of some formats not the graphs."""
        form = FORMATS[target]
        return [
            file for file in self.target_files(target) if form.stays_mapped or not file.endswith(form.suffix)
        ]

    def reread_manifest(self) -> dict[str, Any]:
        """The manifest, read once more; it is the one that was opened.

        Raises:
            ArtifactError: the artifact was replaced, removed or calibrated meanwhile.
        """
        try:
            manifest = read_manifest(self.path)
        except OSError:
            manifest = {}
        if manifest.get("digest") != self.digest:
            raise ArtifactError(
                f"{self.path / MANIFEST}: was replaced, changed or removed after the artifact was opened; "
                "start again"
            )
        return manifest


def open_artifact(path: str | Path, digest: str | None = None) -> Artifact:
    """The artifact in a folder, after its paths, sizes, hashes and facts were checked.

    Args:
        path: the folder.
        digest: the `digest` that this artifact had when it was opened without this argument. The program
            must have put the files into a place where no one else writes. Only the manifest and the
            tokenizer are then read and hashed; of the other files, existence and sizes are checked.

    Raises:
        InputError: there is no such folder, it is not an artifact, or it cannot be read.
        ArtifactError: a file is missing, changed or outside the folder, a fact is wrong, or the digest is
            another.
        UnsupportedFormatError: a newer LiteBERT wrote it.
    """
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"the artifact is {path!r:.60}, expected the path of its folder")
    if digest is not None and not (isinstance(digest, str) and re.fullmatch("[0-9a-f]{64}", digest)):
        raise InputError(f"{argument_is('digest', digest)}, expected 64 hex digits: a model's `digest`")
    try:
        return _opened(Path(path), digest)
    except OSError as error:
        raise InputError(
            f"{error.filename or path}: {error.strerror or error}; expected an artifact that can be read"
        ) from error


def _opened(path: Path, digest: str | None) -> Artifact:
    if not is_text(str(path)):
        raise _no_text(path)
    if not (path / MANIFEST).is_file():
        from litebert.no_artifact import no_artifact

        raise InputError(no_artifact(path))
    folder = Path(os.path.realpath(path))  # so that neither chdir nor a link set anew leads elsewhere
    if not is_text(str(folder)):
        raise _no_text(folder)
    manifest = read_manifest(folder)
    if digest not in (None, manifest["digest"]):
        raise ArtifactError(
            f"{folder / MANIFEST}: its digest is {manifest['digest']}, expected {digest}; open it once "
            "without a digest, which checks every file, and keep the digest that the model then has"
        )
    files = CheckedFiles(folder, typed(manifest, "files", dict), hashed=digest is not None)
    missing = [name for name in (TOKENIZER, GOLDEN) if name not in files.sizes]
    if missing:
        raise ArtifactError(f"{folder / MANIFEST}: no entry for {', '.join(missing)}; export the model again")
    facts = typed(manifest, "task", dict)
    parse_task = TASKS[choice(facts, "name", tuple(TASKS))]
    outputs = parse_outputs(manifest)
    task, (pairs, inputs) = parse_task(facts, outputs), parse_pairs(manifest)
    targets = {
        name: parse_target(name, body, files.sizes, outputs)
        for name, body in typed(manifest, "targets", dict).items()
    }
    for target in targets.values() if digest is None else ():  # of the graphs, which were checked then
        check_external(folder, target, files)
    vocabulary = _vocabulary(manifest)
    artifact = Artifact(
        path=folder,
        name=typed(manifest, "name", str),
        family=typed(manifest, "family", str),
        task=task,
        pairs=pairs,
        inputs=inputs,
        max_tokens=positive(manifest, "max_tokens"),
        vocabulary=vocabulary,
        exit_rule=_exit_rule(manifest),
        targets=targets,
        tokenizer=parse_tokenizer(
            files.read(TOKENIZER, _TOKENIZER_LIMIT_BYTES), folder / TOKENIZER, pairs, vocabulary.size
        ),
        checked=files,
        digest=typed(manifest, "digest", str),
    )
    problems = [*_contradictions(artifact)]
    if problems:
        raise ArtifactError(f"{folder / MANIFEST}: {'; '.join(problems)}; export the model again")
    return artifact


def _contradictions(artifact: Artifact) -> Iterator[str]:
    """The facts of an artifact that do not fit together, a sentence each."""
    limit, cut = artifact.max_tokens, artifact.tokenizer.max_tokens
    shown = f"max_tokens is {limit!s:.80}"
    if not artifact.targets:
        yield "targets is empty"
    if cut != limit:
        yield f"{shown}, but {TOKENIZER} cuts at {cut} tokens"
    if artifact.pairs == JOINED and artifact.tokenizer.keeps_end:
        yield f"pairs is {JOINED}, which cuts at the end, but {TOKENIZER} cuts at the beginning"
    rule = artifact.exit_rule
    if rule is not None and rule.beliefs != artifact.task.beliefs:
        found = artifact.task.beliefs or "nothing that a rule reads"
        yield f"exit_rule is {rule.name}, which reads {rule.beliefs}, but the task gives {found}"
    for target in artifact.targets.values():
        if target.lengths and target.lengths[-1] != limit:
            yield f"{shown}, but the longest graph of {target.name} takes {target.lengths[-1]!s:.80}"
        if bool(target.exits) != (rule is not None):
            yield f"exit_rule is {rule and rule.name}, but {target.name} has {len(target.exits)} exits"
        if target.layout == BRANCHED and rule is not None and not rule.per_exit:
            yield f"exit_rule is {rule.name}, but {target.name} is branched, which takes thresholds"
    if len({tuple(each.layer for each in target.exits) for target in artifact.targets.values()}) > 1:
        yield f"{' and '.join(artifact.targets)} have exits behind other layers"


def _no_text(path: Path) -> InputError:
    return InputError(f"{str(path)!r}: not UTF-8, which engines expect of a path; rename the folder")


def _exit_rule(manifest: Mapping[str, Any]) -> Rule | None:
    """The exit rule; its facts in the manifest must be those that this reader knows."""
    facts = manifest.get("exit_rule")
    if facts is None:
        return None
    name = facts.get("name") if isinstance(facts, dict) else None
    rule = RULES.get(name) if isinstance(name, str) else None
    if rule is None or facts != rule.facts() or _flags(facts) != _flags(rule.facts()):
        expected = f"the facts of one of {', '.join(RULES)}" if rule is None else str(rule.facts())
        raise ArtifactError(
            f"{MANIFEST}: exit_rule is {facts!r:.300}, expected {expected}; export the model again"
        )
    return rule


def _flags(value: Any) -> Any:
    """The shape of a JSON value, with True at each truth value in it: Python takes true for equal to 1."""
    if isinstance(value, dict):
        return {key: _flags(each) for key, each in value.items()}
    return [*map(_flags, value)] if isinstance(value, list) else isinstance(value, bool)


def _vocabulary(manifest: Mapping[str, Any]) -> Vocabulary:
    body = typed(manifest, "vocabulary", dict)
    trimmed_from = None if body.get("trimmed_from") is None else positive(body, "trimmed_from")
    size = positive(body, "size")
    if size > _MOST_IDS:
        raise ArtifactError(
            f"{MANIFEST}: the vocabulary's size is {size!s:.40}, expected at most {_MOST_IDS}; "
            "export the model again"
        )
    return Vocabulary(size, trimmed_from)
