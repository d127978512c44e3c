"""The runtime loop: texts in, predictions out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from litebert.artifact import TOKENIZER, Artifact, open_artifact
from litebert.backends import Session, choose_engine
from litebert.errors import ArtifactError, InputError
from litebert.tasks import Prediction, predict
from litebert.tokenizer import Encoding, Text, load_tokenizer

STREAM_BATCH_ROWS = 32
_RECIPES_ACROSS_ROWS = ("int8-fast",)  # whose scales span all rows of a call, so rows run one by one
_RUN_TOKENS = 2048  # bounds the memory of one call to the engine


class Model:
    """An opened artifact that answers text; may be shared between threads.

    Attributes:
        labels: the label of each output, in order.
        max_tokens: the longest input, special tokens included; text beyond it is cut.
        backend: the engine in use.
    """

    def __init__(self, artifact: Artifact, backend: str, threads: int) -> None:
        """Args: a checked artifact, an engine's name or "auto", and the engine's thread count."""
        engine = choose_engine(backend, artifact.targets)
        self.labels = artifact.labels
        self.max_tokens = artifact.max_tokens
        self.backend = engine.name
        self._problem_type = artifact.problem_type
        target = artifact.targets[engine.target]
        self._stacks_rows = engine.stacks_rows and target.recipe not in _RECIPES_ACROSS_ROWS
        self._tokenizer = load_tokenizer(artifact.path / TOKENIZER)
        (whole,) = target.segments
        self._session: Session | None = engine.open(artifact.path, whole, threads)

    @overload
    def __call__(self, inputs: Text) -> Prediction: ...

    @overload
    def __call__(self, inputs: list[Text]) -> list[Prediction]: ...

    def __call__(self, inputs: Text | list[Text]) -> Prediction | list[Prediction]:
        """Answers a text (str), a pair (2-tuple of str), or a list of either.

        Rows of equal length run together where the engine can; no row is ever padded, so an answer
        does not depend on its neighbours.

        Returns:
            One Prediction for a text or pair, a list in the same order for a list.

        Raises:
            InputError: the input is anything else, or the model was closed.
        """
        if isinstance(inputs, list):
            return self._answer([_checked(text) for text in inputs])
        return self._answer([_checked(inputs)])[0]

    def stream(self, texts: Iterable[Text]) -> Iterator[Prediction]:
        """Answers texts or pairs one after another, holding only a few dozen at a time.

        Raises:
            InputError: `texts` is a single str, or one of its items is neither text nor pair.
        """
        if isinstance(texts, str) or not isinstance(texts, Iterable):
            raise InputError(
                f"stream() got one {type(texts).__name__}, expected an iterable of texts; call the model"
            )
        return self._stream(iter(texts))

    def logits(self, encodings: Sequence[Encoding]) -> NDArray[np.float32]:
        """Logits [rows, outputs] of texts that were tokenized already; rows run as in a call."""
        session = self._open_session()
        groups: dict[int, list[int]] = defaultdict(list)
        for row, encoding in enumerate(encodings):
            groups[len(encoding.input_ids)].append(row)
        logits = np.empty((len(encodings), len(self.labels)), np.float32)
        for tokens, rows in groups.items():
            step = max(1, _RUN_TOKENS // max(1, tokens)) if self._stacks_rows else 1
            for start in range(0, len(rows), step):
                chunk = rows[start : start + step]
                found = session.run(_feeds([encodings[row] for row in chunk]))["logits"]
                if found.shape != (len(chunk), len(self.labels)):
                    raise ArtifactError(
                        f"the graph gives logits {list(found.shape)} for {len(chunk)} texts and "
                        f"{len(self.labels)} labels; export the model again"
                    )
                logits[chunk] = found
        return logits

    def encode(self, text: Text) -> Encoding:
        """The token ids the model would read for a text or pair."""
        return self._tokenizer.encode(text)

    def close(self) -> None:
        """Gives the engine's memory back; the model cannot answer any more."""
        self._session = None

    def __enter__(self) -> Model:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_session(self) -> Session:
        if self._session is None:
            raise InputError("the model was closed; open it again with litebert.load()")
        return self._session

    def _stream(self, iterator: Iterator[Text]) -> Iterator[Prediction]:
        while batch := [_checked(text) for text in islice(iterator, STREAM_BATCH_ROWS)]:
            yield from self._answer(batch)

    def _answer(self, texts: Sequence[Text]) -> list[Prediction]:
        encodings = [self.encode(text) for text in texts]
        return [
            predict(self._problem_type, self.labels, tuple(row), len(encoding.input_ids), encoding.truncated)
            for row, encoding in zip(self.logits(encodings).tolist(), encodings, strict=True)
        ]


def load(path: str | Path, backend: str = "auto", threads: int = 1) -> Model:
    """Opens an artifact for answering text.

    Args:
        path: the folder that litebert-export wrote.
        backend: "onnxruntime", "ai-edge-litert", or "auto" for the first of them that is installed
            and that the artifact has a graph for.
        threads: threads the engine may use for one answer.

    Raises:
        InputError: no artifact there, an unknown backend, or a wrong thread count.
        ArtifactError: the artifact is damaged or was changed.
        UnsupportedFormatError: a newer LiteBERT wrote it.
        MissingExtraError: the engine is not installed.
    """
    if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
        raise InputError(f"threads is {threads!r}; expected a whole number from 1")
    return Model(open_artifact(path), backend, threads)


def _checked(text: Any) -> Text:
    if isinstance(text, str):
        return text
    if isinstance(text, tuple) and len(text) == 2 and all(isinstance(part, str) for part in text):
        return text
    raise InputError(
        f"input is {type(text).__name__} {text!r:.60}; expected a str, a 2-tuple of str, or a list of those"
    )


def _feeds(encodings: Sequence[Encoding]) -> dict[str, NDArray[np.int32]]:
    """The graph's inputs [rows, tokens] for rows of equal length."""
    input_ids = np.array([encoding.input_ids for encoding in encodings], np.int32)
    type_ids = np.array([encoding.type_ids for encoding in encodings], np.int32)
    return {"input_ids": input_ids, "attention_mask": np.ones_like(input_ids), "token_type_ids": type_ids}
