"""The replay of golden cases as lines for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from litebert.tools.verify import Replay


def replay_lines(path: str, replays: Sequence[Replay]) -> list[str]:
    """The state of an artifact's files, and whether each target repeats the answers of the export."""
    return [f"{path}: every file has the size and hash that the manifest says", *map(_line, replays)]


def _line(replay: Replay) -> str:
    if replay.problem is not None:
        return f"  {replay.target:8} not checked: {replay.problem}"
    cases = f"  {replay.target:8} {replay.cases} golden cases"
    worst = f"largest difference: {replay.worst:.1%} of the tolerance"
    if replay.passed:
        return f"{cases} agree: {replay.engine} repeats the answers stored at the export ({worst})"
    ids = f", {replay.wrong_ids} texts get other token ids" * (replay.wrong_ids > 0)
    answers = f", {replay.wrong_answers} answers are read otherwise" * (replay.wrong_answers > 0)
    return (
        f"{cases} DIFFER: {replay.engine} does not repeat the answers stored at the export "
        f"({worst}{ids}{answers}); "
        "see litebert doctor, or export it again"
    )
