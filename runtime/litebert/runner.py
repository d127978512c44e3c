"""The runtime loop: texts in, predictions out."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from litebert.artifact import Artifact, open_artifact
from litebert.backends import open_engine
from litebert.batches import equal_lengths, feeds
from litebert.errors import ArtifactError, InputError
from litebert.exit_rules import Setting, choose_setting, uncertainty
from litebert.forks import ForkGuard
from litebert.inputs import PAIR, TEXT, checked_input, checked_rows, checked_stream, question
from litebert.machine import usable_threads
from litebert.network import Answer, Feeds, Network, open_network
from litebert.targets import precision
from litebert.tasks.sequence_classification import Prediction, predict, shortened
from litebert.tokenizer import Encoding, Text

if TYPE_CHECKING:
    from litebert.promise import Promise  # which takes milliseconds to import

STREAM_BATCH_ROWS = 32
_RECIPES_ACROSS_ROWS = ("int8-fast",)  # whose scales span all rows of a call, so rows run one by one
Row = TypeVar("Row")
Texts: TypeAlias = list[str] | list[tuple[str, str]]  # to a type checker no list[Text]: lists are invariant
Speed: TypeAlias = float | Sequence[float] | None

_RUN_TOKENS = 2048  # bounds the memory of one call to the engine


class Model:
    """An opened artifact that answers text; may be shared between threads.

    Attributes:
        labels: the label of each output, in order.
        max_tokens: the longest input, special tokens included; text beyond it is cut.
        backend: the engine in use.
        target: the graphs in use.
        exit_rule: the name of the rule by which exits answer; None without exits.
        exit_layers: the layers, counted from 0, behind which an answer may be given; empty without exits.
        inputs: what it was made for, "text" or "pair"; None where the manifest does not say.
        setting: when to leave early unless a call says otherwise; None for full depth.
        promise: why `setting` is what it is, where a limit on changed answers or accuracy was given.
    """

    def __init__(self, artifact: Artifact, backend: str, threads: int, preload: bool = False) -> None:
        """Args: a checked artifact, an engine's name or "auto", its thread count, all segments at once."""
        engine, open_segment = open_engine(
            backend, artifact.targets, artifact.path, threads, artifact.opening
        )
        self.labels = artifact.task.labels
        self.max_tokens = artifact.max_tokens
        self.backend = engine.name
        self.setting: Setting | None = None
        self.promise: Promise | None = None
        self._task = artifact.task
        self.inputs = artifact.task.inputs
        self._odd: type | None = {TEXT: tuple, PAIR: str}.get(str(self.inputs))  # questioned once
        self._artifact = artifact
        self._opened_with = (engine.name, threads, preload)
        self.exit_rule = artifact.exit_rule
        target = artifact.targets[engine.target]
        self.target = target
        self.exit_layers = tuple(each.layer for each in target.exits)
        self._stacks_rows = engine.stacks_rows and target.recipe not in _RECIPES_ACROSS_ROWS
        self._tokenizer = artifact.tokenizer
        self._files = artifact.checked
        self._mapped = artifact.mapped_files(target.name)
        self._guard = ForkGuard(threads)
        with self._guard:
            self._network: Network | None = open_network(target, len(self.labels), open_segment, preload)
        self._guard.watch(self._network)

    @overload
    def __call__(
        self, inputs: Text, *, speed: Speed = ..., threshold: Speed = ..., patience: int | None = ...
    ) -> Prediction: ...

    @overload
    def __call__(
        self, inputs: list[Text], *, speed: Speed = ..., threshold: Speed = ..., patience: int | None = ...
    ) -> list[Prediction]: ...

    @overload
    def __call__(
        self, inputs: Texts, *, speed: Speed = ..., threshold: Speed = ..., patience: int | None = ...
    ) -> list[Prediction]: ...

    def __call__(
        self,
        inputs: Text | list[Text] | Texts,
        *,
        speed: Speed = None,
        threshold: Speed = None,
        patience: int | None = None,
    ) -> Prediction | list[Prediction]:
        """Answers a text (str), a pair (2-tuple of str), or a list of either.

        Rows of equal length run together where the engine can, and those that have left are taken out; no
        row is ever padded, so an answer does not depend on its neighbours.

        Args:
            inputs: what to answer.
            speed: leave where the uncertainty is below (0: never, 1: at the first exit); one number, or one
                per early exit. What `load` was given where absent.
            threshold: the same for DeeBERT's rule, in nats.
            patience: for PABEE's rule: leave once so many comparisons in a row found the same answer.

        Returns:
            One Prediction for a text or pair, a list in the same order for a list. A pair that is given to a
            model made for single texts, as its manifest says, or the other way round, is answered with a
            UserWarning, once.

        Raises:
            InputError: the input is anything else, the artifact has no exits or another rule, a value is out
                of range, the model was closed, or the process was forked since it was opened: with several
                threads, or while it was answering.
        """
        setting = self.choose_setting(speed, threshold, patience)
        if isinstance(inputs, list):
            return self._answer(checked_rows(inputs), setting)
        return self._answer([checked_input(inputs)], setting)[0]

    def stream(
        self,
        texts: Iterable[Text],
        *,
        speed: Speed = None,
        threshold: Speed = None,
        patience: int | None = None,
    ) -> Iterator[Prediction]:
        """Answers texts or pairs one after another, holding only a few dozen at a time.

        Raises:
            InputError: `texts` is a single str, or an item is neither text nor pair; and as in a call.
        """
        rows = iter(checked_stream(texts))
        return self._stream(rows, self.choose_setting(speed, threshold, patience))

    def all_exits(self, text: Text) -> NDArray[np.float32]:
        """The logits of a text or pair at every exit, [exits, labels]; the last row is full depth."""
        return self.exit_logits([self.encode(text)])[0]

    def exit_logits(self, encodings: Sequence[Encoding]) -> NDArray[np.float32]:
        """Logits [rows, exits, labels] of texts that were tokenized already; rows run as in a call."""
        network = self._open_network()
        rows = self._run(encodings, lambda feeds: list(network.all_exits(feeds)))
        return np.array(rows, np.float32).reshape(len(rows), -1, len(self.labels))

    def answers(self, encodings: Sequence[Encoding], setting: Setting | None) -> list[Answer]:
        """The answers to texts that were tokenized already; at full depth without a setting."""
        network = self._open_network()
        return self._run(encodings, lambda feeds: network.run(feeds, setting))

    def encode(self, text: Text) -> Encoding:
        """The token ids the model would read for a text or pair.

        Raises:
            InputError: it is anything else.
        """
        return self._tokenizer.encode(checked_input(text))

    def prediction(self, encoding: Encoding, answer: Answer) -> Prediction:
        """What an answer to an encoding means.

        Raises:
            ArtifactError: a logit is no finite number.
        """
        if not all(map(math.isfinite, answer.logits)):
            raise ArtifactError(f"the graph gives the logits {answer.logits!r:.80}; export the model again")
        tokens, left = len(encoding.input_ids), None
        if self.exit_layers:
            left = self.exit_layers[answer.exit], uncertainty(answer.logits)
        return predict(self._task, answer.logits, tokens, encoding.truncated, left)

    def close(self) -> None:
        """Gives the engine's memory back; the model cannot answer any more."""
        self._network = None

    def __enter__(self) -> Model:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        target = self.target
        facts = [
            repr(self._artifact.name),
            f"{target.name} {precision(target.recipe)} {target.layout}",
            self.backend,
            f"labels={shortened(self.labels)}",
        ]
        if self.setting is not None:
            facts.append(repr(self.setting))
        if self._network is None:
            facts.append("closed")
        return f"Model({', '.join(facts)})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Opens the artifact again, by its absolute path, where it is unpickled or copied."""
        self._open_network()
        identity = self._artifact.identity(self.target.name)
        path = str(self._artifact.path)
        return _opened_again, (path, identity, *self._opened_with, self.setting, self.promise)

    def _open_network(self) -> Network:
        if self._network is None:
            raise InputError("the model was closed; open it again with litebert.load()")
        return self._network

    def choose_setting(self, speed: Speed, threshold: Speed, patience: int | None) -> Setting | None:
        """What the arguments of a call mean; the model's own setting where all are None."""
        given = {"speed": speed, "threshold": threshold, "patience": patience}
        return choose_setting(self.exit_rule, max(0, len(self.exit_layers) - 1), given) or self.setting

    def _run(self, encodings: Sequence[Encoding], run: Callable[[Feeds], list[Row]]) -> list[Row]:
        """What `run` gives for each text; rows of equal length run together, in calls of bounded size."""
        results: dict[int, Row] = {}
        for rows in equal_lengths(encodings, _RUN_TOKENS if self._stacks_rows else 0):
            with self._guard:
                found = run(feeds([encodings[row] for row in rows]))
            results |= zip(rows, found, strict=True)
        self._files.check_mapped(self._mapped)
        return [results[row] for row in range(len(encodings))]

    def _stream(self, iterator: Iterator[Text], setting: Setting | None) -> Iterator[Prediction]:
        first = 0
        while batch := list(islice(iterator, STREAM_BATCH_ROWS)):
            yield from self._answer(checked_rows(batch, first), setting)
            first += len(batch)

    def _answer(self, texts: Sequence[Text], setting: Setting | None) -> list[Prediction]:
        if self._odd is not None and any(isinstance(text, self._odd) for text in texts):
            self._odd = None
            warnings.warn(question(str(self.inputs)), stacklevel=3)
        encodings = [*map(self._tokenizer.encode, texts)]
        return [
            self.prediction(encoding, answer)
            for encoding, answer in zip(encodings, self.answers(encodings, setting), strict=True)
        ]


def _opened_again(
    path: str,
    identity: str,
    backend: str,
    threads: int,
    preload: bool,
    setting: Setting | None,
    promise: Promise | None,
) -> Model:
    """A model that was pickled, with the engine and the setting it had.

    Raises:
        ArtifactError: another artifact stands at its path by now.
    """
    artifact = open_artifact(path)
    model = Model(artifact, backend, usable_threads(threads, warnings.warn), preload)
    if artifact.identity(model.target.name) != identity:
        raise ArtifactError(
            f"{path}: was replaced or changed after the model was pickled; open it again with litebert.load()"
        )
    model.setting, model.promise = setting, promise
    return model
