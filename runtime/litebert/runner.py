"""The engine side of an opened artifact: token ids in, outputs of its exits out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, TypeVar

from litebert.artifact import Artifact
from litebert.backends.selection import open_engine
from litebert.batches import equal_lengths, feeds
from litebert.errors import InputError
from litebert.exit_settings import Setting
from litebert.forks import ForkGuard
from litebert.graph_formats import INDEPENDENT
from litebert.network import ExitOutputs, Feeds, Network, open_network
from litebert.outputs import Outcome, Outputs
from litebert.tokenizer import Encoding, Text

_RUN_TOKENS = 2048  # bounds the memory of one call to the engine
Result = TypeVar("Result")


class Runner:
    """An artifact opened with an engine; may be shared between threads.

    It takes texts unchecked: `litebert.model.Model` checks them, and chooses the setting.

    Attributes:
        artifact: the opened artifact.
        task: the artifact's task.
        target: the graphs in use.
        backend: the engine in use.
        threads: the number of threads that the engine may use for one answer.
        preload: whether all segments were opened at once.
        exit_layers: the layers, counted from 0, behind which an answer may be given; empty without exits.
        max_tokens: the longest input, special tokens included; text beyond it is cut.
    """

    def __init__(self, artifact: Artifact, backend: str, threads: int, preload: bool = False) -> None:
        """Args: a checked artifact, an engine's name or "auto", its threads, whether to open all segments."""
        engine, open_segment = open_engine(
            backend, artifact.targets, artifact.path, threads, artifact.opening
        )
        target = artifact.targets[engine.target]
        self.artifact = artifact
        self.task = artifact.task
        self.target = target
        self.backend = engine.name
        self.threads = threads
        self.preload = preload
        self.exit_layers = tuple(each.layer for each in target.exits)
        self.max_tokens = artifact.max_tokens
        self._tokenizer = artifact.tokenizer
        self._call_tokens = _RUN_TOKENS if target.rows == INDEPENDENT else 0  # 0: row by row
        self._files = artifact.checked
        self._mapped = artifact.mapped_files(target.name)
        self._guard = ForkGuard(threads)
        with self._guard:
            self._network: Network | None = open_network(target, self.task, open_segment, preload)
        self._guard.watch(self._network)

    @property
    def early_exits(self) -> int:
        """The number of exits before the last layer."""
        return max(0, len(self.exit_layers) - 1)

    @property
    def is_closed(self) -> bool:
        """Whether the engine's memory was freed."""
        return self._network is None

    def tokenize(self, text: Text) -> Encoding:
        """The token ids that the network reads for a text or pair."""
        return self._tokenizer.encode(text)

    def answers(self, encodings: Sequence[Encoding], setting: Setting | None) -> list[ExitOutputs]:
        """The network's answer to each text; at full depth without a setting.

        Rows of equal length run together where the engine can; no row is padded.

        Raises:
            InputError: the runner was closed, or the process was forked since it was opened: with several
                threads, or while it was answering.
            ArtifactError: an output of a graph differs from the manifest's.
        """
        network = self.network()
        return self._run(encodings, lambda feeds: network.run(feeds, setting))

    def all_exits(self, encodings: Sequence[Encoding]) -> list[list[Outputs]]:
        """The outputs of every exit for each text; rows run as in `answers`.

        Raises:
            InputError: as `answers`.
            ArtifactError: as `answers`.
        """
        return self._run(encodings, self.network().all_exits)

    def decode(self, text: Text, encoding: Encoding, answer: ExitOutputs) -> Any:
        """The task's answer to a text, from the network's.

        Raises:
            ArtifactError: a number in it is not finite.
        """
        exit_layer = self.exit_layers[answer.exit] if self.exit_layers else None
        return self.task.answer(Outcome(text, encoding, answer.outputs, exit_layer))

    def close(self) -> None:
        """Frees the engine's memory; the runner cannot answer any more."""
        self._network = None

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def network(self) -> Network:
        """The opened network.

        Raises:
            InputError: the runner was closed.
        """
        if self._network is None:
            raise InputError("the model was closed; open it again with litebert.load()")
        return self._network

    def _run(self, encodings: Sequence[Encoding], run: Callable[[Feeds], list[Result]]) -> list[Result]:
        """The result of `run` for each text; texts of equal length run together, in calls of bounded size."""
        results: dict[int, Result] = {}
        for rows in equal_lengths(encodings, self._call_tokens):
            with self._guard:
                found = run(feeds([encodings[row] for row in rows]))
            results |= zip(rows, found, strict=True)
        self._files.check_mapped(self._mapped)
        return [results[row] for row in range(len(encodings))]
