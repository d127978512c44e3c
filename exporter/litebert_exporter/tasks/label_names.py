"""The names of a classifier's labels, from config.json or from `--labels`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from litebert import CheckpointError
from litebert.arguments import argument, argument_is
from litebert.visible import is_hidden, is_seen
from litebert_exporter.cures import name_labels, the_flag

_LABEL_CHARACTERS = 200


def own_labels(config: Mapping[str, Any], outputs: int) -> tuple[str, ...] | None:
    """The label names in the config; None where it has none, or mere numbers.

    Raises:
        CheckpointError: id2label is no table of names, or their number is not that of the outputs.
    """
    found = _config_labels(config)
    if found is not None and len(found) != outputs:
        raise CheckpointError(
            f"config.json: id2label has {len(found)} labels, the classifier {outputs} rows; "
            f"{name_labels('correct the config')}"
        )
    return None if found is None or are_numbers(found) else found


def _config_labels(config: Mapping[str, Any]) -> tuple[str, ...] | None:
    id2label = config.get("id2label")
    if id2label is None:
        return None
    names = _names_by_id(id2label)
    if names is None:
        seen = list(id2label.values()) if isinstance(id2label, dict) else []
        raise CheckpointError(
            f"config.json: id2label is {id2label!r:.60}, expected a table from 0, 1, 2 ... to different "
            f"names of one line{_unseen(seen)}; {name_labels('correct it,')}"
        )
    return names


def _names_by_id(id2label: Any) -> tuple[str, ...] | None:
    """The names in the order of their ids, whole numbers as text; None unless the table is sound."""
    names = list(id2label.values()) if isinstance(id2label, dict) else []
    names = [str(name) if type(name) is int else name for name in names]
    numbers = [int(key) for key in id2label if re.fullmatch(r"\d{1,6}", key)] if names else []
    if sorted(numbers) != list(range(len(names))) or not names or not _are_names(names):
        return None
    by_number = dict(zip(numbers, names, strict=True))
    return tuple(by_number[index] for index in range(len(names)))


def _are_names(labels: Sequence[Any]) -> bool:
    """Whether names are all different, visible, and short enough for a line of output."""
    return (
        len({str(label) for label in labels}) == len(labels)
        and all(isinstance(label, str) and is_seen(label) for label in labels)
        and not any(len(label) > _LABEL_CHARACTERS or any(map(is_hidden, label)) for label in labels)
    )


def _unseen(labels: Sequence[Any]) -> str:
    """The characters of labels that cannot be seen, for an error."""
    hidden = sorted({each for label in labels if isinstance(label, str) for each in label if is_hidden(each)})
    points = ", ".join(f"U+{ord(each):04X}" for each in hidden[:6])
    return f" without characters that cannot be seen ({points})" if hidden else ""


def are_numbers(labels: Sequence[str]) -> bool:
    """Whether labels are only numbers in place of absent names."""
    return all(label == f"LABEL_{index}" for index, label in enumerate(labels))


def given_labels(labels: Sequence[str], config: Mapping[str, Any], outputs: int) -> tuple[str, ...]:
    """The label names of the flag. A config with a name for each output may not contradict them.

    Raises:
        CheckpointError: the config contradicts them, or they are no different names, one per output.
    """
    found = _names_by_id(config.get("id2label")) or ()
    named = len(found) == outputs and not are_numbers(found) and not all(map(str.isdecimal, found))
    if named and tuple(labels) != found:
        raise CheckpointError(
            f"{argument_is('labels', labels)} contradicts id2label in config.json ({','.join(found):.60}); "
            f"leave {the_flag()} out"
        )
    if len(labels) != outputs or not _are_names(labels):
        raise CheckpointError(
            f"{argument('labels')} names {','.join(labels)!r:.60}, expected {outputs} different names of one "
            f"line{_unseen(labels)}; correct {the_flag()}"
        )
    return tuple(labels)
