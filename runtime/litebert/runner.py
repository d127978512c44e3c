"""The runtime loop: texts in, predictions out."""

from __future__ import annotations

import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from litebert.artifact import TOKENIZER, Artifact, open_artifact
from litebert.backends import open_engine
from litebert.calibration import Calibration, best_within, read_calibration
from litebert.errors import InputError
from litebert.exits import RULES, Rule, Setting, choose_setting, leave_at, no_early_exits, uncertainty
from litebert.network import Answer, Feeds, Network, open_network
from litebert.promise import PROMISED, Promise, keep_promise
from litebert.tasks import Prediction, predict
from litebert.tokenizer import Encoding, Text, load_tokenizer

STREAM_BATCH_ROWS = 32
_RECIPES_ACROSS_ROWS = ("int8-fast",)  # whose scales span all rows of a call, so rows run one by one
Row = TypeVar("Row")
Speed: TypeAlias = "float | Sequence[float] | None"

_TIMED_ROUNDS = 4  # the first ones warm up
_RUN_TOKENS = 2048  # bounds the memory of one call to the engine


class Model:
    """An opened artifact that answers text; may be shared between threads.

    Attributes:
        labels: the label of each output, in order.
        max_tokens: the longest input, special tokens included; text beyond it is cut.
        backend: the engine in use.
        exit_layers: the layers, counted from 0, behind which an answer may be given; empty without exits.
        setting: when to leave early unless a call says otherwise; None for full depth.
        promise: why `setting` is what it is, where a limit on changed answers or accuracy was given.
    """

    def __init__(self, artifact: Artifact, backend: str, threads: int, preload: bool = False) -> None:
        """Args: a checked artifact, an engine's name or "auto", its thread count, all segments at once."""
        engine, open_segment = open_engine(backend, artifact.targets, artifact.path, threads)
        self.labels = artifact.task.labels
        self.max_tokens = artifact.max_tokens
        self.backend = engine.name
        self.setting: Setting | None = None
        self.promise: Promise | None = None
        self._task = artifact.task
        self._exit_rule = artifact.exit_rule
        target = artifact.targets[engine.target]
        self._target = target
        self.exit_layers = tuple(each.layer for each in target.exits)
        self._stacks_rows = engine.stacks_rows and target.recipe not in _RECIPES_ACROSS_ROWS
        self._tokenizer = load_tokenizer(artifact.path / TOKENIZER, artifact.task.pairs)
        self._network: Network | None = open_network(target, len(self.labels), open_segment, preload)

    @overload
    def __call__(
        self, inputs: Text, *, speed: Speed = ..., threshold: Speed = ..., patience: int | None = ...
    ) -> Prediction: ...

    @overload
    def __call__(
        self, inputs: list[Text], *, speed: Speed = ..., threshold: Speed = ..., patience: int | None = ...
    ) -> list[Prediction]: ...

    def __call__(
        self,
        inputs: Text | list[Text],
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
            One Prediction for a text or pair, a list in the same order for a list.

        Raises:
            InputError: the input is anything else, the artifact has no exits or another rule, a value is out
                of range, or the model was closed.
        """
        setting = self.choose_setting(speed, threshold, patience)
        if isinstance(inputs, list):
            return self._answer([_checked(text) for text in inputs], setting)
        return self._answer([_checked(inputs)], setting)[0]

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
        if isinstance(texts, str) or not isinstance(texts, Iterable):
            raise InputError(
                f"stream() got one {type(texts).__name__}, expected an iterable of texts; call the model"
            )
        return self._stream(iter(texts), self.choose_setting(speed, threshold, patience))

    def all_exits(self, text: Text) -> NDArray[np.float32]:
        """The logits of a text or pair at every exit, [exits, labels]; the last row is full depth."""
        return self.exit_logits([self.encode(_checked(text))])[0]

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
        """The token ids the model would read for a text or pair."""
        return self._tokenizer.encode(text)

    def prediction(self, encoding: Encoding, answer: Answer) -> Prediction:
        """What an answer to an encoding means."""
        tokens = len(encoding.input_ids)
        prediction = predict(self._task, answer.logits, tokens, encoding.truncated)
        if not self.exit_layers:
            return prediction
        exit_layer = self.exit_layers[answer.exit]
        return replace(prediction, exit_layer=exit_layer, uncertainty=uncertainty(answer.logits))

    def close(self) -> None:
        """Gives the engine's memory back; the model cannot answer any more."""
        self._network = None

    def __enter__(self) -> Model:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_network(self) -> Network:
        if self._network is None:
            raise InputError("the model was closed; open it again with litebert.load()")
        return self._network

    def choose_setting(self, speed: Speed, threshold: Speed, patience: int | None) -> Setting | None:
        """What the arguments of a call mean; the model's own setting where all are None."""
        given = {"speed": speed, "threshold": threshold, "patience": patience}
        return choose_setting(self._exit_rule, max(0, len(self.exit_layers) - 1), given) or self.setting

    def leave_within(self, knob: str, percent: float) -> None:
        """Takes the fastest setting that keeps `max_changed_percent` or `max_accuracy_drop`; as `load`."""
        self.promise = keep_promise(*self._calibration(knob), knob, percent)
        self.setting = self.promise.setting

    def leave_within_latency(self, latency_budget_ms: float) -> None:
        """Takes the setting of the calibration's best figures that is fast enough here; as `load`."""
        calibration, rule = self._calibration("latency_budget_ms")
        zeros = (0,) * min(calibration.tokens, self.max_tokens)
        typical = Encoding(zeros, zeros)
        times = self.exit_latencies_ms([typical])
        self.setting = best_within(calibration, rule, latency_budget_ms, times)

    def exit_latencies_ms(self, encodings: Sequence[Encoding]) -> list[float]:
        """Mean time of an answer at each exit, texts one by one, the best of a few rounds each."""
        exits = max(1, len(self.exit_layers))
        settings = [leave_at(number, exits - 1) for number in range(exits)]
        best = np.full((len(encodings), exits), np.inf)
        for _ in range(_TIMED_ROUNDS):
            for text, encoding in enumerate(encodings):
                for number, setting in enumerate(settings):
                    start = time.perf_counter()
                    self.answers([encoding], setting)
                    best[text, number] = min(best[text, number], time.perf_counter() - start)
        return [float(seconds) * 1000 for seconds in best.mean(axis=0)]

    def _calibration(self, knob: str) -> tuple[Calibration, Rule]:
        if self._exit_rule is None:
            raise no_early_exits(knob)
        return read_calibration(self._target, self._exit_rule), RULES[self._exit_rule]

    def _run(self, encodings: Sequence[Encoding], run: Callable[[Feeds], list[Row]]) -> list[Row]:
        """What `run` gives for each text; rows of equal length run together, in calls of bounded size."""
        groups: dict[int, list[int]] = defaultdict(list)
        for row, encoding in enumerate(encodings):
            groups[len(encoding.input_ids)].append(row)
        results: dict[int, Row] = {}
        for tokens, rows in groups.items():
            step = max(1, _RUN_TOKENS // max(1, tokens)) if self._stacks_rows else 1
            for start in range(0, len(rows), step):
                chunk = rows[start : start + step]
                results |= zip(chunk, run(feeds([encodings[row] for row in chunk])), strict=True)
        return [results[row] for row in range(len(encodings))]

    def _stream(self, iterator: Iterator[Text], setting: Setting | None) -> Iterator[Prediction]:
        while batch := [_checked(text) for text in islice(iterator, STREAM_BATCH_ROWS)]:
            yield from self._answer(batch, setting)

    def _answer(self, texts: Sequence[Text], setting: Setting | None) -> list[Prediction]:
        encodings = [self.encode(text) for text in texts]
        return [
            self.prediction(encoding, answer)
            for encoding, answer in zip(encodings, self.answers(encodings, setting), strict=True)
        ]


def load(
    path: str | Path,
    backend: str = "auto",
    threads: int = 1,
    *,
    speed: Speed = None,
    threshold: Speed = None,
    patience: int | None = None,
    max_changed_percent: float | None = None,
    max_accuracy_drop: float | None = None,
    latency_budget_ms: float | None = None,
    preload: bool = False,
) -> Model:
    """Opens an artifact for answering text.

    A student with early exits answers at full depth unless one of the knobs below says when to leave.

    Args:
        path: the folder that litebert-export wrote.
        backend: "onnxruntime", "ai-edge-litert", "tflite-runtime", "tensorflow", or "auto" for the first of
            them that is installed and that runs a graph of the artifact right.
        threads: threads the engine may use for one answer.
        speed: leave at the first exit whose uncertainty (0 to 1) is below; one number, or one per early exit.
        threshold: the same for DeeBERT's rule: entropy in nats.
        patience: for PABEE's rule: so many comparisons in a row found the same answer.
        max_changed_percent: the fastest setting of the calibration with which, with 95 % confidence, at most
            so many percent of the answers to new text differ from full depth's. `model.promise.reason` says
            what was taken and why. Where nothing earlier can be promised, full depth is taken, with a
            UserWarning that says so.
        max_accuracy_drop: the same for the points of accuracy that are lost against full depth (0.5: half a
            point). Without labels in the calibration, changed answers are counted, which are never fewer.
        latency_budget_ms: the setting with the best figures in the calibration whose mean answer is expected
            to take at most so long on this machine, which a short trial finds out. It promises no accuracy.
        preload: open every segment now, for steady latency, instead of when it is first needed.

    Raises:
        InputError: no artifact there, an unknown backend, a wrong value, or no calibration to choose from.
        ArtifactError: the artifact is damaged or was changed.
        UnsupportedFormatError: a newer LiteBERT wrote it.
        MissingExtraError: the engine is not installed.
    """
    if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
        raise InputError(f"threads is {threads!r}; expected a whole number from 1")
    limits = {"max_changed_percent": max_changed_percent, "max_accuracy_drop": max_accuracy_drop}
    promises = {knob: limit for knob, limit in limits.items() if limit is not None}
    explicit = any(value is not None for value in (speed, threshold, patience))
    if explicit + len(promises) + (latency_budget_ms is not None) > 1:
        raise InputError(
            "more than one of an exit setting, max_changed_percent, max_accuracy_drop and latency_budget_ms "
            "was given; give one"
        )
    artifact = open_artifact(path)
    model = Model(artifact, backend, threads, preload)
    if latency_budget_ms is not None:
        model.leave_within_latency(latency_budget_ms)
    else:
        model.setting = model.choose_setting(speed, threshold, patience)
    for knob, percent in promises.items():
        model.leave_within(knob, percent)
    if model.promise is not None and model.setting is None:
        warnings.warn(f"{PROMISED}: {model.promise.reason}", stacklevel=2)
    return model


def _checked(text: Any) -> Text:
    if isinstance(text, str):
        return text
    if isinstance(text, tuple) and len(text) == 2 and all(isinstance(part, str) for part in text):
        return text
    raise InputError(
        f"input is {type(text).__name__} {text!r:.60}; expected a str, a 2-tuple of str, or a list of those"
    )


def feeds(encodings: Sequence[Encoding]) -> dict[str, NDArray[np.int32]]:
    """The graph's inputs [rows, tokens] for rows of equal length."""
    input_ids = np.array([encoding.input_ids for encoding in encodings], np.int32)
    type_ids = np.array([encoding.type_ids for encoding in encodings], np.int32)
    return {"input_ids": input_ids, "attention_mask": np.ones_like(input_ids), "token_type_ids": type_ids}
