"""The limits on the number of tokens of an input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litebert import CheckpointError, InputError
from litebert.arguments import argument, argument_is
from litebert_exporter.text.tokenizer_json import CONFIG

MIN_TOKENS = 4  # a pair with its three special tokens has room for one more


@dataclass(frozen=True)
class Limits:
    """The limits of an input's length, in tokens.

    Attributes:
        own: the limit where the user gives none.
        most: the largest limit that the checkpoint allows.
        source: the file or table that sets `most`, for messages.
    """

    own: int
    most: int
    source: str

    def resolve(self, given: int | None) -> int:
        """The limit that the user gives, or the checkpoint's own.

        Raises:
            InputError: it leaves no room for text.
            CheckpointError: it is beyond `most`.
        """
        if given is not None and given > self.most:
            raise CheckpointError(
                f"{argument_is('max_tokens', given)} contradicts {self.source}, which ends at {self.most}; "
                f"give a smaller one or none, as the longest of {argument('lengths')} too"
            )
        wanted = self.own if given is None else given
        if wanted < MIN_TOKENS:
            raise InputError(
                f"a limit of {wanted} tokens leaves no room for text; expected {MIN_TOKENS} or more; "
                f"give one with {argument('max_tokens')}"
            )
        return wanted


def read_limits(config: Mapping[str, Any], positions: int, default: int | None) -> Limits:
    """The limits of a checkpoint.

    Args:
        config: tokenizer_config.json, in which a model_max_length of 10^30 means no limit.
        positions: rows of the position embedding.
        default: the limit of the family's own code, where it has one.

    Raises:
        CheckpointError: model_max_length is no whole number from `MIN_TOKENS`.
    """
    stored = config.get("model_max_length", config.get("max_len"))  # the second in old files
    most, source = positions, "the position embedding"
    if stored is not None:
        sound = isinstance(stored, int | float) and not isinstance(stored, bool) and stored >= MIN_TOKENS
        if not sound or (stored < positions and stored != int(stored)):
            raise CheckpointError(
                f"{CONFIG}: model_max_length is {stored!r:.40}, expected a whole number from {MIN_TOKENS}; "
                "correct it"
            )
        if stored < positions:
            most, source = int(stored), f"model_max_length in {CONFIG}"
    return Limits(min(most, default or most), most, source)
