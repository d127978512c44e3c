"""A task of three labels per token, registered by the test alone: export, golden answers, run and verify."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
import pytest
from references import BACKENDS
from students import TEXTS, bert_config, bert_tensors, write_checkpoint

import litebert
from litebert.outputs import Output
from litebert.tasks import TASKS as RUNTIME_TASKS
from litebert.tools.cli import main as run_litebert
from litebert_exporter import export
from litebert_exporter.mask import Mask
from litebert_exporter.ops import Ops
from litebert_exporter.slots import Linear, linear
from litebert_exporter.tasks import TASKS
from litebert_exporter.tasks.own_head import own_pooler
from litebert_exporter.tasks.protocol import TaskKind

V = TypeVar("V")
TAGS = ("batch", "tokens", 3)


@dataclass(frozen=True)
class TagHead:
    """Scores of 3 tags for each token."""

    classifier: Linear
    outputs = (Output("tags", TAGS),)

    def build(self, ops: Ops[V], hidden: V, mask: Mask[V]) -> Mapping[str, V]:
        """Scores [batch, tokens, 3]."""
        return {"tags": ops.linear(hidden, self.classifier)}


@dataclass(frozen=True)
class ExporterTask:
    """The exporter's side."""

    facts: ClassVar[Mapping[str, Any]] = {"name": "tags"}
    reported, summary, cell = facts, "3 tags", "tags"
    inputs, max_tokens, notes, floor = None, None, (), 1.0

    def cost(self, changed: int, texts: int, moved: float, raw: float) -> str:
        """How many texts change."""
        return f"{changed} of {texts} changed"


@dataclass(frozen=True)
class Tags:
    """The answer: a tag for each token."""

    best: tuple[int, ...]
    tokens: int
    truncated: bool
    exit_layer: int | None = None

    @property
    def line(self) -> str:
        """The tags."""
        return " ".join(map(str, self.best))


@dataclass(frozen=True)
class RuntimeTask:
    """The runtime's side, and its own measures."""

    name, labels, beliefs = "tags", (), None
    outputs = (Output("tags", TAGS),)

    @property
    def measures(self) -> RuntimeTask:
        """Itself."""
        return self

    def belief(self, outputs: Any) -> Any:
        """None."""
        return ()

    def answer(self, outcome: Any) -> Tags:
        """The best tag of each token."""
        scores = outcome.outputs["tags"]
        assert scores.shape == (len(outcome.encoding.input_ids), 3)
        return Tags(tuple(scores.argmax(axis=1).tolist()), len(scores), outcome.encoding.truncated)

    def unlike(self, other: Any, name: str) -> None:
        """All tags are alike."""

    def adopted(self, answer: Tags, other: Any) -> Tags:
        """The same."""
        return answer

    def same(self, one: Tags, other: Tags) -> bool:
        """Whether all tags are equal."""
        return one.best == other.best

    def differences(self, one: Tags, other: Tags) -> dict[str, float]:
        """The share of tags that differ."""
        return {"tag": float(np.mean([a != b for a, b in zip(one.best, other.best, strict=True)]))}

    @property
    def words(self) -> Any:
        """Of no table."""
        return None


KIND = TaskKind(
    name="tags",
    classes=("ForTokenClassification",),
    is_for=lambda checkpoint: False,
    specify=lambda family, checkpoint, facts: family.encoder(checkpoint, None).with_heads(
        TagHead(linear("classifier", 3, 24, exact=True))
    ),
    ignored=lambda family, checkpoint, facts: (*family.ignored, own_pooler(checkpoint)),
    resolve=lambda checkpoint, student, facts: ExporterTask(),
    remembered=lambda facts, checkpoint, task: facts,
)


@pytest.mark.parametrize("options", [{}, {"layout": "split"}, {"quantize": "none"}, {"lengths": (16, 48)}])
def test_a_task_is_an_entry_in_two_registries(
    options: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(TASKS, "tags", KIND)  # type: ignore[arg-type]
    monkeypatch.setitem(RUNTIME_TASKS, "tags", lambda facts, outputs: RuntimeTask())
    config = bert_config(architectures=["BertForTokenClassification"], id2label=None)
    folder, out = write_checkpoint(tmp_path / "m", config, bert_tensors(config, 3)), tmp_path / "out"
    report = export(folder, out=out, **options)
    assert {check.output for part in report.targets for check in part.checks} == {"tags"}
    for backend in BACKENDS.values():
        with litebert.load(out, backend) as model:
            answers = model(list(TEXTS))
            assert answers == [model(text) for text in TEXTS]
            assert [len(answer.best) for answer in answers] == [answer.tokens for answer in answers]
            assert model.all_exits(TEXTS[0]).shape == (1, answers[0].tokens, 3)
    golden = json.loads((out / "golden.json").read_text(encoding="utf-8"))["onnx"][0]
    assert np.array(golden["outputs"]["tags"]).shape == (1, len(golden["input_ids"]), 3)
    assert golden["answer"]["best"] == np.argmax(golden["outputs"]["tags"][0], axis=1).tolist()
    assert run_litebert(["verify", str(out)]) == 0
    assert run_litebert(["run", str(out), str(TEXTS[0]), "--backend", backend]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == answers[0].line
