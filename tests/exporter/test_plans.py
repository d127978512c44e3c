"""Where students are cut, and what the tensors between and behind the pieces are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import pytest

from litebert import CheckpointError, InputError
from litebert.outputs import Output
from litebert_exporter.blocks.embeddings import BertEmbeddings
from litebert_exporter.blocks.transformer import LayerShape, transformer_layer
from litebert_exporter.families.encoder import LAYER_NAMES
from litebert_exporter.heads.linear import LinearClassifier
from litebert_exporter.mask import Mask
from litebert_exporter.segments import plan_layout, plan_split, plan_whole
from litebert_exporter.slots import Linear, Slot, linear, norm
from litebert_exporter.spec import Exit, Student
from litebert_exporter.targets.ops import Ops

V = TypeVar("V")

SHAPE = LayerShape(width=8, inner=8, ffn=12, attention_heads=2, activation="gelu", epsilon=1e-12)


@dataclass(frozen=True)
class TaggedTokens:
    """A head with two outputs: one row per token, and one per text."""

    tags: Linear
    intent: Linear

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Tags of 5 kinds, 3 intents."""
        return (Output("tags", ("batch", "tokens", 5)), Output("intent", ("batch", 3)))

    def build(self, ops: Ops[V], hidden: V, mask: Mask[V]) -> Mapping[str, V]:
        """Both outputs."""
        intent = ops.squeeze_token(ops.linear(ops.first_token(hidden), self.intent))
        return {"tags": ops.linear(hidden, self.tags), "intent": intent}


def student(*heads: LinearClassifier | TaggedTokens) -> Student:
    """A student with a layer per head; the last one is its own, those before are exits."""
    return Student(
        family="toy",
        embeddings=BertEmbeddings(
            Slot("word", (20, 8)), Slot("position", (16, 8)), None, norm("n", 8, 1e-12)
        ),
        layers=tuple(transformer_layer(f"layer.{layer}", LAYER_NAMES, SHAPE) for layer in range(len(heads))),
        head=heads[-1],
        exits=tuple(Exit(layer, head) for layer, head in enumerate(heads[:-1])),
        exit_rule="entropy-below" if len(heads) > 1 else None,
    )


def logits(layer: int) -> LinearClassifier:
    return LinearClassifier(linear(f"exit.{layer}", 2, 8, exact=True))


def tagged(layer: int) -> TaggedTokens:
    return TaggedTokens(linear(f"tags.{layer}", 5, 8), linear(f"intent.{layer}", 3, 8))


def test_outputs_of_early_exits_carry_their_layer() -> None:
    names = {
        0: {"tags": "tags_00", "intent": "intent_00"},
        1: {"tags": "tags_01", "intent": "intent_01"},
        2: {"tags": "tags", "intent": "intent"},
    }
    whole, split = (plan(student(tagged(0), tagged(1), tagged(2))) for plan in (plan_whole, plan_split))
    assert whole.exits == split.exits == names
    assert whole.segments[0].outputs == ("tags_00", "intent_00", "tags_01", "intent_01", "tags", "intent")
    assert [segment.outputs for segment in split.segments] == [
        ("hidden_00", "padding"),
        ("hidden_01", "tags_00", "intent_00"),
        ("hidden_02", "tags_01", "intent_01"),
        ("tags", "intent"),
    ]
    assert plan_split(student(tagged(0), tagged(1), tagged(2)), 2).exits == {1: names[1], 2: names[2]}


def test_branched_needs_logits_and_nothing_else() -> None:
    with pytest.raises(CheckpointError) as caught:
        plan_layout(student(logits(0), tagged(1)), "branched", 1)
    line = str(caught.value)
    assert "tags [batch, tokens, 5], intent [batch, 3]" in line and line.endswith("use layout='split'")


def test_branched_needs_an_exit_before_the_last() -> None:
    """Without one there is no decision that the graph could take."""
    assert len(plan_layout(student(*map(logits, range(3))), "branched", 2).exits) == 2
    with pytest.raises(InputError, match=r"layers_per_segment is 3, which leaves no exit"):
        plan_layout(student(*map(logits, range(3))), "branched", 3)
