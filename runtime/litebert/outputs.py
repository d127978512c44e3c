"""The arrays that a network gives, by name, and the axes that a manifest promises of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from litebert.errors import ArtifactError
from litebert.fields import MANIFEST, typed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from litebert.tokenizer import Encoding, Text

BATCH, TOKENS = "batch", "tokens"  # the axes whose size differs from call to call

_MOST = 2**31  # engines take sizes as int32

Outputs: TypeAlias = "Mapping[str, NDArray[Any]]"  # of one row: without the batch axis, without padding


@dataclass(frozen=True)
class Output:
    """A named output of a network, float32.

    Attributes:
        name: its name in the task, such as `logits`.
        axes: `BATCH`, `TOKENS` or a fixed size, in order; the first one is `BATCH`.
    """

    name: str
    axes: tuple[str | int, ...]

    def row_shape(self, tokens: int) -> tuple[str | int, ...]:
        """The shape of a row's array, for a row of so many tokens."""
        sizes = self.axes[1:]
        return tuple(tokens if size == TOKENS else size for size in sizes) if TOKENS in sizes else sizes

    def cut(self, array: NDArray[Any], tokens: int) -> NDArray[Any]:
        """An array [rows, ...] of this output without the tokens of padding."""
        if TOKENS not in self.axes:
            return array
        return array[tuple(slice(tokens if axis == TOKENS else None) for axis in self.axes)]


class Outcome(NamedTuple):
    """The network's outputs for one text; one is made for every answer, and a tuple is made fast.

    Attributes:
        text: the text or pair.
        encoding: its tokens.
        outputs: the arrays of the exit that answered, by name.
        exit_layer: the layer, counted from 0, behind which it answered; None for a student without exits.
    """

    text: Text
    encoding: Encoding
    outputs: Outputs
    exit_layer: int | None


def parse_outputs(manifest: Mapping[str, Any]) -> tuple[Output, ...]:
    """The outputs that a manifest states.

    Raises:
        ArtifactError: a field is missing, unknown or of a wrong type.
    """
    body = typed(manifest, "outputs", list)
    named = all(isinstance(part, dict) and part.keys() == {"name", "axes"} for part in body)
    if not body or not named or not all(_are_axes(part["axes"]) for part in body):
        raise ArtifactError(
            f"{MANIFEST}: outputs is {body!r:.80}, expected for each a name and axes: {BATCH} first, then "
            f"{TOKENS} or sizes from 1; export the model again"
        )
    outputs = tuple(Output(typed(part, "name", str), tuple(part["axes"])) for part in body)
    if len({each.name for each in outputs}) < len(outputs):
        raise ArtifactError(f"{MANIFEST}: two outputs are called alike; export the model again")
    return outputs


def _are_axes(axes: Any) -> bool:
    return (
        isinstance(axes, list)
        and axes[:1] == [BATCH]
        and all(axis == TOKENS or (type(axis) is int and 1 <= axis < _MOST) for axis in axes[1:])
    )


def stacked(exits: Sequence[Outputs]) -> Outputs:
    """The outputs of a row's exits, one array [exits, ...] for each output."""
    return {name: np.stack([outputs[name] for outputs in exits]) for name in exits[0]}
