"""Every error a user can meet, split by who must act."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from litebert.visible import visible

_LINE = 10_000  # characters; a list of many wrong tensors is that long
_ITEM = 250  # characters of one of them


class LiteBertError(Exception):
    """The root of all; its message says what was found, what was expected and what to do.

    The message is one line. It steers no terminal: hidden characters of names in it are escaped.
    """

    def __init__(self, message: str) -> None:
        """Args: the message, whose hidden characters are escaped here."""
        super().__init__(visible(message))


class InputError(LiteBertError, ValueError):
    """The caller passed something the model or the command cannot take."""


class CheckpointError(LiteBertError):
    """The checkpoint is damaged, incomplete or contradicts itself or a flag."""


class UnsupportedModelError(LiteBertError):
    """The checkpoint is sound, but of a kind LiteBERT does not export."""


class ArtifactError(LiteBertError):
    """The artifact is damaged or was changed: export it again."""


class UnsupportedFormatError(LiteBertError):
    """The artifact was written by a newer LiteBERT: upgrade."""


class MissingExtraError(LiteBertError, ImportError):
    """An optional package is not installed; the message names the pip command that installs it."""


class ParityError(LiteBertError):
    """A graph's numbers differ from the reference: nothing was written."""


@contextmanager
def raised_as(kind: type[LiteBertError], problem: str, cure: str) -> Iterator[None]:
    """A block in which an error of a library becomes one of ours, its panics (no Exceptions) included."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, LiteBertError):
        raise
    except BaseException as error:
        raise kind(f"{problem} ({first_line(error)}); {cure}") from error


def first_line(error: BaseException) -> str:
    """The first line of an engine's message, without its stack."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def one_line(message: str) -> str:
    """A message fit for a terminal: one line of a bearable length, without hidden characters."""
    shown = visible(message)
    return shown if len(shown) <= _LINE else f"{shown[: _LINE - 3]}..."


def listed(items: Sequence[str], most: int = 6, between: str = ", ") -> str:
    """Items one after another, each cut to a bearable length, and the number of those left out."""
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return f"{between.join(item[:_ITEM] for item in items[:most])}{more}"
