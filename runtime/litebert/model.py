"""An opened artifact for its user: texts in, answers out."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, overload

from litebert.artifact import open_artifact
from litebert.errors import ArtifactError
from litebert.exit_settings import Setting, choose_setting, wishes
from litebert.inputs import PAIR, TEXT, checked_input, checked_rows, checked_stream, question
from litebert.machine import usable_threads
from litebert.outputs import stacked
from litebert.runner import Runner
from litebert.targets import precision
from litebert.tokenizer import Encoding, Text
from litebert.visible import shortened

if TYPE_CHECKING:  # these take milliseconds to import
    import numpy as np
    from numpy.typing import NDArray

    from litebert.promise import Promise
    from litebert.tasks.protocol import Answer

STREAM_BATCH_ROWS = 32
A = TypeVar("A", bound="Answer")
Texts: TypeAlias = list[str] | list[tuple[str, str]]  # to a type checker no list[Text]: lists are invariant
Speed: TypeAlias = float | Sequence[float] | None
Leave: TypeAlias = Mapping[str, float | Sequence[float]] | None


class Model(Generic[A]):
    """An opened artifact that answers text; may be shared between threads.

    To a type checker it is a `Model[Prediction]`, or of the answers of another task.

    Attributes:
        labels: the label of each output, in order.
        max_tokens: the longest input, special tokens included; text beyond it is cut.
        backend: the engine in use.
        target: the graphs in use.
        exit_rule: the name of the rule by which exits answer; None without exits.
        exit_layers: the layers, counted from 0, behind which an answer may be given; empty without exits.
        inputs: the inputs it was made for, "text" or "pair"; None where the manifest names none.
        setting: the setting by which texts leave early, unless a call gives another; None for full depth.
        promise: the reason for `setting`, where a limit on changed answers or accuracy was given.
        digest: the artifact's digest (hex); `litebert.load` takes it to open the artifact faster next time.

    Example:
        >>> with litebert.load("sst2-fastbert-3l.litebert") as model:
        ...     answer = model("a gripping film .", speed=0.2)
        ...     answer.label, answer.exit_layer
        ...     [each.label for each in model(["a gripping film .", "a dull film ."])]
        ('positive', 0)
        ['positive', 'negative']
    """

    def __init__(
        self, runner: Runner, setting: Setting | None = None, promise: Promise | None = None
    ) -> None:
        """Args: the opened artifact, the setting for calls without one, and the reason for it."""
        self.labels = runner.task.labels
        self.max_tokens = runner.max_tokens
        self.backend = runner.backend
        self.target = runner.target
        rule = runner.artifact.exit_rule
        self.exit_rule = None if rule is None else rule.name
        self.exit_layers = runner.exit_layers
        self.inputs = runner.artifact.inputs
        self.setting = setting
        self.promise = promise
        self.digest = runner.artifact.digest
        self._runner = runner
        self._odd: type | None = {TEXT: tuple, PAIR: str}.get(str(self.inputs))  # questioned once

    @overload
    def __call__(self, inputs: Text, *, speed: Speed = ..., leave: Leave = ...) -> A: ...

    @overload
    def __call__(self, inputs: list[Text], *, speed: Speed = ..., leave: Leave = ...) -> list[A]: ...

    @overload
    def __call__(self, inputs: Texts, *, speed: Speed = ..., leave: Leave = ...) -> list[A]: ...

    def __call__(
        self,
        inputs: Text | list[Text] | Texts,
        *,
        speed: Speed = None,
        leave: Leave = None,
    ) -> A | list[A]:
        """Answers a text (str), a pair (2-tuple of str), or a list of either.

        Rows of equal length run together where the engine can. Rows that have left are taken out. No row is
        ever padded, so an answer does not depend on its neighbours.

        Args:
            inputs: the text or texts.
            speed: leave where the uncertainty is below (0: never, 1: at the first exit); one number, or one
                per early exit. Without it the setting of `load`.
            leave: the parameters of the artifact's exit rule by name, where `speed` is none of them:
                `{"threshold": 0.1}` for DeeBERT's (in nats; one number, or one per early exit),
                `{"patience": 3}` for PABEE's (so many comparisons in a row found the same answer).

        Returns:
            One answer for a text or pair, a list in the same order for a list: a Prediction where the task is
            sequence classification.

        Warns:
            UserWarning: once, where a model made for single texts gets a pair, or the other way round.

        Raises:
            InputError: the input is anything else, the artifact has no exits or another rule, a value is out
                of range, the model was closed, or the process was forked since it was opened: with several
                threads, or while it was answering.
        """
        setting = self._chosen(speed, leave)
        if isinstance(inputs, list):
            return self._answer(checked_rows(inputs), setting)
        return self._answer([checked_input(inputs)], setting)[0]

    def stream(
        self,
        texts: Iterable[Text],
        *,
        speed: Speed = None,
        leave: Leave = None,
    ) -> Iterator[A]:
        """Answers texts or pairs one after another, holding only a few dozen at a time.

        Args:
            texts: any iterable, such as a file's lines or a generator.
            speed: as in a call.
            leave: as in a call.

        Raises:
            InputError: `texts` is a single str, or an item is neither text nor pair; and as in a call.
        """
        rows = iter(checked_stream(texts))
        return self._stream(rows, self._chosen(speed, leave))

    def all_exits(self, text: Text) -> NDArray[np.float32]:
        """The network's outputs for a text or pair at every exit, full depth last.

        Returns:
            For sequence classification the logits, [exits, labels] float32.

        Raises:
            InputError: as in a call.
        """
        exits = stacked(self._runner.all_exits([self.tokenize(text)])[0])
        return next(iter(exits.values()))

    def tokenize(self, text: Text) -> Encoding:
        """The token ids of a text or pair, as the model reads them.

        Raises:
            InputError: it is anything else.
        """
        return self._runner.tokenize(checked_input(text))

    def close(self) -> None:
        """Frees the engine's memory; the model cannot answer any more."""
        self._runner.close()

    def __enter__(self) -> Model[A]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        target = self.target
        facts = [
            repr(self._runner.artifact.name),
            f"{target.name} {precision(target.recipe)} {target.layout}",
            self.backend,
            *([f"labels={shortened(self.labels)}"] if self.labels else []),
        ]
        if self.setting is not None:
            facts.append(repr(self.setting))
        if self._runner.is_closed:
            facts.append("closed")
        return f"Model({', '.join(facts)})"

    def __reduce__(self) -> tuple[Any, ...]:
        """The function and arguments that open the artifact again, by its absolute path, after pickling."""
        runner = self._runner
        runner.network()
        artifact, opened_with = runner.artifact, (runner.backend, runner.threads, runner.preload)
        identity = artifact.identity(runner.target.name)
        return _opened_again, (str(artifact.path), identity, *opened_with, self.setting, self.promise)

    def _chosen(self, speed: Speed, leave: Leave) -> Setting | None:
        """The setting for a call's arguments; the model's own where both are None."""
        if speed is None and leave is None:
            return self.setting
        wished = wishes(speed, leave)
        runner = self._runner
        return choose_setting(runner.artifact.exit_rule, runner.early_exits, wished) or self.setting

    def _stream(self, iterator: Iterator[Text], setting: Setting | None) -> Iterator[A]:
        first = 0
        while batch := list(islice(iterator, STREAM_BATCH_ROWS)):
            yield from self._answer(checked_rows(batch, first), setting)
            first += len(batch)

    def _answer(self, texts: Sequence[Text], setting: Setting | None) -> list[A]:
        if self._odd is not None and any(isinstance(text, self._odd) for text in texts):
            self._odd = None
            warnings.warn(question(str(self.inputs)), stacklevel=3)
        runner = self._runner
        encodings = [*map(runner.tokenize, texts)]
        answers = runner.answers(encodings, setting)
        return [*map(runner.decode, texts, encodings, answers)]


def _opened_again(
    path: str,
    identity: str,
    backend: str,
    threads: int,
    preload: bool,
    setting: Setting | None,
    promise: Promise | None,
) -> Model[Any]:
    """The model that was pickled, opened again with the same engine and setting.

    Raises:
        ArtifactError: there is another artifact at its path by now.
    """
    artifact = open_artifact(path)
    runner = Runner(artifact, backend, usable_threads(threads, warnings.warn), preload)
    if artifact.identity(runner.target.name) != identity:
        raise ArtifactError(
            f"{path}: was replaced or changed after the model was pickled; open it again with litebert.load()"
        )
    return Model(runner, setting, promise)
