"""Exit settings measured on the user's own text with the artifact itself, and written into it.

Quantization shifts entropies, so thresholds chosen for a float model do not fit this graph.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from litebert.arguments import real
from litebert.artifact import Artifact, open_artifact
from litebert.backends import Engine
from litebert.backends.selection import working_engines
from litebert.calibration import Calibration
from litebert.errors import InputError
from litebert.exit_rules import Rule
from litebert.exit_times import TIMED_ROUNDS, exit_latencies_ms
from litebert.fields import MANIFEST
from litebert.inputs import checked_texts
from litebert.manifest import digest_of, manifest_bytes
from litebert.runner import Runner
from litebert.tokenizer import Text
from litebert.tools.calibration_figures import calibration_of
from litebert.tools.exit_answers import ExitAnswers, answer_at_exits
from litebert.tools.progress import Progress, part_of, phase_of, silent
from litebert.tools.whole_file import check_writable, write_whole

TIMING_SECONDS = 20.0  # for each target
_TIMED_TEXTS = 40
# The time of the settings and of a searched row, per text, as shares of an answer's time at every exit.
_SETTINGS_SHARE, _SEARCH_SHARE = 0.05, 0.3


def calibrate(
    path: str | Path,
    texts: Sequence[Text],
    golds: Sequence[int] | None = None,
    shares: Sequence[float] = (),
    progress: Callable[[int, int], object] = lambda done, of: None,
) -> dict[str, Calibration]:
    """Measures every target that an engine runs here, and writes each calibration into the manifest.

    Args:
        path: an artifact with early exits.
        texts: texts or pairs as the model will meet them; a few hundred at least: see promise.py.
        golds: the gold answer of each text, such as the number of its label; without them answers are
            compared with the last layer's.
        shares: for each of these shares of compute (above 0, up to 1) a row is added with one threshold per
            exit, searched for the best accuracy there (agreement without golds). A random half of the texts
            is spent on the search; all figures come from the other half.
        progress: called with texts done and all texts, for each target. After a target's texts its exits are
            timed, for `TIMING_SECONDS` at most, if one text at each exit takes no longer.

    Returns:
        The calibration of each target. Each is written as soon as it is measured: a later error or Ctrl-C
        leaves it in the manifest.

    Raises:
        InputError: no early exits, no texts, regression, golds that do not fit, a share out of range, or an
            artifact that cannot be written.
        ArtifactError: the artifact is damaged, or was replaced meanwhile.
        MissingExtraError: no engine for it works here.
    """
    return dict(calibrations(open_artifact(path), texts, golds, shares, answered=progress))


def calibrations(
    artifact: Artifact,
    texts: Sequence[Text],
    golds: Sequence[Any] | None = None,
    shares: Sequence[float] = (),
    progress: Progress = silent,
    answered: Callable[[int, int], object] = lambda done, of: None,
) -> Iterator[tuple[str, Calibration]]:
    """The calibration of each target, by its name, given as soon as it is written; see `calibrate`.

    Errors that can be foreseen are raised before anything is measured.

    Args:
        artifact: an artifact with early exits.
        texts: as in `calibrate`.
        golds: as in `calibrate`.
        shares: as in `calibrate`.
        progress: called with each further share of all the work, and with its phase.
        answered: `progress` of `calibrate`.
    """
    texts = checked_texts(texts)
    rule = _checked_rule(artifact, texts, shares)
    golds = None if golds is None else artifact.task.measures.checked(golds, len(texts))
    engines = working_engines(artifact.targets)
    for engine in engines[1:]:  # the first is opened at once anyway
        with phase_of(progress, 0, f"{engine.target}: opening"), _open(artifact, engine):
            pass
    samples = _Samples(rule, texts, golds, [*map(float, shares)])
    for engine in engines:
        part = part_of(progress, 1 / len(engines))
        with phase_of(part, 0, f"{engine.target}: opening"):
            runner = _open(artifact, engine)
        with runner:
            calibration = _measure(runner, samples, part, answered)
        artifact = _write(artifact, engine.target, calibration)
        yield engine.target, calibration


def _checked_rule(artifact: Artifact, texts: Sequence[Text], shares: Sequence[float]) -> Rule:
    """The artifact's exit rule, once it can be calibrated with these texts and shares.

    Raises:
        InputError: there is nothing to calibrate, or not with these.
    """
    path, rule = artifact.path, artifact.exit_rule
    if (artifact.path / MANIFEST).is_symlink():
        raise InputError(
            f"{artifact.path / MANIFEST}: a link, as in a hub's cache, whose files must not change; "
            "calibrate a copy without links (hf download NAME --local-dir FOLDER)"
        )
    if rule is None and artifact.task.beliefs is None:
        raise InputError(
            f"{path}: has no early exits to calibrate, and no exit rule suits its answers; calibrate a "
            "classifier of one label per text"
        )
    if rule is None:
        raise InputError(
            f"{path}: has no early exits to calibrate; add them to the student with litebert-exits, and "
            "export it again"
        )
    if rule.grid is None:
        raise InputError(
            f"{path}: its exit rule {rule.name} compares numbers, and calibration needs answers that are "
            "equal or not; choose the values of the rule yourself"
        )
    wrong = [share for share in shares if not 0 < (real(share) or 0) <= 1]
    if len(texts) < (2 if shares else 1) or wrong or (shares and rule.entropy is None):
        found = (
            f"a share of compute of {wrong[0]}" if wrong else f"{len(texts)} texts and the rule {rule.name}"
        )
        raise InputError(
            f"{found}; expected one text or more; a search expects two or more, shares above 0 up to 1 and "
            "an entropy rule"
        )
    check_writable(path / MANIFEST)
    return rule


@dataclass(frozen=True)
class _Samples:
    """The texts to measure, their gold answers if known, and the shares of compute to search for."""

    rule: Rule
    texts: Sequence[Text]
    golds: Sequence[Any] | None
    shares: Sequence[float]


def _open(artifact: Artifact, engine: Engine) -> Runner:
    return Runner(artifact, engine.name, threads=1, preload=True)


def _measure(
    runner: Runner, samples: _Samples, progress: Progress, answered: Callable[[int, int], object]
) -> Calibration:
    """A target's calibration; `progress` is called with each further share of this work."""
    name, texts, exits = runner.target.name, len(samples.texts), runner.target.exits
    timed = min(texts, _TIMED_TEXTS) * TIMED_ROUNDS * len(exits) / 2
    timed = min(timed, TIMING_SECONDS / _seconds(runner, samples.texts[0]))  # in answers at every exit
    searching = _SEARCH_SHARE * len(samples.shares)
    whole = texts * (1 + _SETTINGS_SHARE + searching) + timed
    encodings, answers = [], []
    with phase_of(progress, texts / whole, f"{name}: {texts} texts at every exit") as step:
        for done, text in enumerate(samples.texts, start=1):
            gold = None if samples.golds is None else samples.golds[done - 1]
            encodings.append(runner.tokenize(text))
            answers.append(answer_at_exits(runner, text, encodings[-1], gold))
            step(1 / texts)
            answered(done, texts)
    with phase_of(progress, timed / whole, f"{name}: timing {len(exits)} exits") as step:
        some = encodings[:: max(1, texts // _TIMED_TEXTS)]
        times = exit_latencies_ms(runner, some, TIMING_SECONDS, step)
    what = "searching thresholds" if samples.shares else "choosing settings"
    beliefs, same, right = zip(*answers, strict=True)
    with phase_of(progress, texts * (_SETTINGS_SHARE + searching) / whole, f"{name}: {what}") as step:
        return calibration_of(
            samples.rule,
            exits,
            ExitAnswers(beliefs, np.array(same), None if None in right[0] else np.array(right)),
            np.array([len(encoding.input_ids) for encoding in encodings]),
            times,
            samples.shares,
            step,
        )


def _seconds(runner: Runner, text: Text) -> float:
    """The time of an answer at every exit, once the model is warm."""
    encoding = runner.tokenize(text)
    runner.all_exits([encoding])
    start = time.perf_counter()
    runner.all_exits([encoding])
    return time.perf_counter() - start


def _write(artifact: Artifact, target: str, calibration: Calibration) -> Artifact:
    """Writes a calibration into the manifest in one step; returns the artifact with its new digest."""
    manifest = artifact.reread_manifest()
    manifest["targets"][target]["calibration"] = dataclasses.asdict(calibration)
    content = manifest_bytes(manifest)
    write_whole(artifact.path / MANIFEST, content)
    return dataclasses.replace(artifact, digest=digest_of(content))
