"""The engine side of an opened artifact: token ids in, what its exits give out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from litebert.artifact import Artifact
from litebert.backends import open_engine
from litebert.batches import equal_lengths, feeds
from litebert.errors import ArtifactError, InputError
from litebert.exit_rules import uncertainty
from litebert.exit_settings import Setting
from litebert.forks import ForkGuard
from litebert.network import Answer, Feeds, Network, open_network
from litebert.targets import INDEPENDENT
from litebert.tasks.prediction import Prediction
from litebert.tasks.sequence_classification import predict
from litebert.tokenizer import Encoding, Text

_RUN_TOKENS = 2048  # bounds the memory of one call to the engine
Row = TypeVar("Row")


class Runner:
    """An artifact opened with an engine; may be shared between threads.

    It takes texts as they come: `litebert.model.Model` checks them, and says when to leave.

    Attributes:
        artifact: what was opened.
        task: what it answers.
        target: the graphs in use.
        backend: the engine in use.
        threads: how many the engine may use for one answer.
        preload: whether all segments were opened at once.
        exit_layers: the layers, counted from 0, behind which an answer may be given; empty without exits.
        max_tokens: the longest input, special tokens included; text beyond it is cut.
    """

    def __init__(self, artifact: Artifact, backend: str, threads: int, preload: bool = False) -> None:
        """Args: a checked artifact, an engine's name or "auto", its thread count, all segments at once."""
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
            self._network: Network | None = open_network(target, len(self.task.labels), open_segment, preload)
        self._guard.watch(self._network)

    @property
    def early_exits(self) -> int:
        """How many exits there are before the last layer."""
        return max(0, len(self.exit_layers) - 1)

    @property
    def is_closed(self) -> bool:
        """Whether the engine's memory was given back."""
        return self._network is None

    def tokenize(self, text: Text) -> Encoding:
        """The token ids that the network reads for a text or pair."""
        return self._tokenizer.encode(text)

    def answers(self, encodings: Sequence[Encoding], setting: Setting | None) -> list[Answer]:
        """What the network gives for each text; at full depth without a setting.

        Rows of equal length run together where the engine can; no row is padded.

        Raises:
            InputError: it was closed, or the process was forked since it was opened: with several threads,
                or while it was answering.
            ArtifactError: a graph gives anything but what the manifest says.
        """
        network = self.network()
        return self._run(encodings, lambda feeds: network.run(feeds, setting))

    def exit_logits(self, encodings: Sequence[Encoding]) -> NDArray[np.float32]:
        """Logits [rows, exits, labels]; rows run as in `answers`."""
        network = self.network()
        rows = self._run(encodings, lambda feeds: list(network.all_exits(feeds)))
        return np.array(rows, np.float32).reshape(len(rows), -1, len(self.task.labels))

    def decode(self, text: Text, encoding: Encoding, answer: Answer) -> Prediction:
        """What the network's answer to a text means.

        Raises:
            ArtifactError: a logit is no finite number.
        """
        if not all(map(math.isfinite, answer.logits)):
            raise ArtifactError(f"the graph gives the logits {answer.logits!r:.80}; export the model again")
        tokens, left = len(encoding.input_ids), None
        if self.exit_layers:
            left = self.exit_layers[answer.exit], uncertainty(answer.logits)
        return predict(self.task, answer.logits, tokens, encoding.truncated, left)

    def close(self) -> None:
        """Gives the engine's memory back; nothing can be answered any more."""
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
            InputError: it was closed.
        """
        if self._network is None:
            raise InputError("the model was closed; open it again with litebert.load()")
        return self._network

    def _run(self, encodings: Sequence[Encoding], run: Callable[[Feeds], list[Row]]) -> list[Row]:
        """What `run` gives for each text; rows of equal length run together, in calls of bounded size."""
        results: dict[int, Row] = {}
        for rows in equal_lengths(encodings, self._call_tokens):
            with self._guard:
                found = run(feeds([encodings[row] for row in rows]))
            results |= zip(rows, found, strict=True)
        self._files.check_mapped(self._mapped)
        return [results[row] for row in range(len(encodings))]
