"""Students that no family makes, built from specs, and their graphs run by engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from references import BACKENDS

from litebert.backends import ENGINES
from litebert.exit_rules import Belief
from litebert.network import Network, open_network
from litebert.outputs import Output, Outputs
from litebert.target_parser import parse_target
from litebert.targets import Exit
from litebert.tasks.sequence_classification import LOGITS
from litebert_exporter.blocks.embeddings import BertEmbeddings
from litebert_exporter.heads.linear import LinearClassifier
from litebert_exporter.mask import Mask
from litebert_exporter.ops import Ops
from litebert_exporter.package import target_facts
from litebert_exporter.quantize.recipe import Recipe
from litebert_exporter.segments import Plan
from litebert_exporter.slots import Linear, Norm, Slot, linear, norm, slots
from litebert_exporter.spec import EarlyExit, Head, Layer, Student
from litebert_exporter.targets import TargetKind

V = TypeVar("V")
Feeds: TypeAlias = "dict[str, NDArray[np.int32]]"

WORDS, POSITIONS, WIDTH, FFN, HEADS = 20, 16, 8, 12, 2
ROWS = ([2, 5, 9, 3], [2, 7, 11, 13, 6, 17, 3], [2, 3])


@dataclass(frozen=True)
class PreNormLayer:
    """Norms before attention and feed-forward, without beta; of all linears only the query's has a bias."""

    reads: ClassVar[int] = 1

    attention_norm: Norm
    query: Linear
    key: Linear
    value: Linear
    attention_output: Linear
    ffn_norm: Norm
    ffn_in: Linear
    ffn_out: Linear

    def build(self, ops: Ops[V], states: tuple[V, ...], mask: Mask[V]) -> V:
        """Hidden states [batch, tokens, width] of those before it."""
        (hidden,) = states
        normed = ops.layer_norm(hidden, self.attention_norm)
        packed = ops.linear(normed, self.query, self.key, self.value)
        query, key, value = ops.split_heads(packed, 3, HEADS, WIDTH // HEADS)
        context = ops.attention(query, key, value, mask.bias, WIDTH // HEADS)
        hidden = ops.binary("add", hidden, ops.linear(context, self.attention_output))
        normed = ops.layer_norm(hidden, self.ffn_norm)
        inner = ops.unary("gelu", ops.linear(normed, self.ffn_in))
        return ops.binary("add", hidden, ops.linear(inner, self.ffn_out))


@dataclass(frozen=True)
class Cell:
    """A layer with two inputs, as AdaBERT's: a linear of the older states, attention over the newer."""

    older: Linear
    newer: Linear
    norm: Norm

    reads: ClassVar[int] = 2

    def build(self, ops: Ops[V], states: tuple[V, ...], mask: Mask[V]) -> V:
        """Hidden states [batch, tokens, width] of the two before it."""
        older, newer = states
        heads = ops.split_heads(ops.linear(newer, self.newer), 1, HEADS, WIDTH // HEADS)
        context = ops.attention(*heads, *heads, *heads, mask.bias, WIDTH // HEADS)
        return ops.layer_norm(ops.binary("add", ops.linear(older, self.older), context), self.norm)


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


@dataclass(frozen=True)
class AnyTask:
    """A task as far as `open_network` asks one."""

    outputs: tuple[Output, ...]

    def belief(self, outputs: Outputs) -> Belief:
        """The logits, where there are some."""
        return (tuple(outputs[LOGITS].tolist()),) if LOGITS in outputs else ()


def pre_norm_layer(name: str) -> PreNormLayer:
    return PreNormLayer(
        attention_norm=_unshifted(f"{name}.attention_norm"),
        query=linear(f"{name}.query", WIDTH, WIDTH),
        key=_unbiased(f"{name}.key", WIDTH, WIDTH),
        value=_unbiased(f"{name}.value", WIDTH, WIDTH),
        attention_output=_unbiased(f"{name}.out", WIDTH, WIDTH),
        ffn_norm=_unshifted(f"{name}.ffn_norm"),
        ffn_in=_unbiased(f"{name}.ffn_in", FFN, WIDTH),
        ffn_out=_unbiased(f"{name}.ffn_out", WIDTH, FFN),
    )


def cell(name: str) -> Cell:
    return Cell(
        older=linear(f"{name}.older", WIDTH, WIDTH),
        newer=linear(f"{name}.newer", WIDTH, WIDTH),
        norm=norm(f"{name}.norm", WIDTH, 1e-12),
    )


def logits_head(name: str) -> LinearClassifier:
    return LinearClassifier(_unbiased(f"{name}.classifier", 2, WIDTH, exact=True))


def tagged_head(name: str) -> TaggedTokens:
    return TaggedTokens(linear(f"{name}.tags", 5, WIDTH), linear(f"{name}.intent", 3, WIDTH, exact=True))


def student(layers: Sequence[Layer], *heads: Head, final_norm: Norm | None = None) -> Student:
    """A student of some layers, with its heads behind the last of them."""
    first = len(layers) - len(heads)
    return Student(
        family="toy",
        embeddings=BertEmbeddings(
            word=Slot("embeddings.word", (WORDS, WIDTH)),
            position=Slot("embeddings.position", (POSITIONS, WIDTH)),
            token_type=None,
            norm=norm("embeddings.norm", WIDTH, 1e-12),
        ),
        layers=tuple(layers),
        head=heads[-1],
        exits=tuple(EarlyExit(first + layer, head) for layer, head in enumerate(heads[:-1])),
        exit_rule="entropy-below" if len(heads) > 1 else None,
        final_norm=final_norm,
    )


def pre_norm_student(*heads: Head) -> Student:
    """A student of layers that begin with their norms, as many as heads but at least two."""
    layers = [pre_norm_layer(f"layer.{index}") for index in range(max(2, len(heads)))]
    return student(layers, *heads, final_norm=_unshifted("final_norm"))


def random_weights(spec: Student, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Weights for every slot, as large as trained ones."""
    rng = np.random.default_rng(seed)
    weights = {}
    for slot in slots(spec):
        values = rng.standard_normal(slot.shape)
        if "norm" in slot.name and slot.name.endswith("weight"):
            values = 1 + 0.3 * values
        elif len(slot.shape) == 1:
            values = 0.3 * values
        elif "embeddings" not in slot.name:
            values = 1.3 / np.sqrt(slot.shape[1]) * values
        weights[slot.name] = values.astype(np.float32)
    return weights


def feeds(rows: Sequence[Sequence[int]], pad_to: int = 0) -> Feeds:
    """Ids, mask and types [rows, tokens] of rows that are padded with id 0 to the longest or to `pad_to`."""
    tokens = max(pad_to, *map(len, rows))
    ids = [[*row, *[0] * (tokens - len(row))] for row in rows]
    mask = [[1] * len(row) + [0] * (tokens - len(row)) for row in rows]
    arrays = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    return {name: np.array(values, np.int32) for name, values in arrays.items()}


def opened(
    spec: Student,
    weights: dict[str, NDArray[np.float32]],
    recipe: Recipe,
    target: TargetKind,
    plan: Plan,
    folder: Path,
) -> Network:
    """The network of a plan, written into a new folder and opened by the runtime."""
    folder.mkdir(parents=True)
    files = target.write(spec, weights, recipe, plan, folder / target.name)
    exits = tuple(
        Exit(layer, {name: name for name in names} if plan.layout == "branched" else names, 1.0)
        for layer, names in plan.exits.items()
    )
    facts = target_facts(target, recipe, plan, files, exits if len(exits) > 1 else ())
    paths = [f"{target.name}/{file}" for file in files.values()]
    parsed = parse_target(target.name, facts, paths, spec.head.outputs)
    engine = next(engine for engine in ENGINES if engine.name == BACKENDS[target.name])
    return open_network(parsed, AnyTask(spec.head.outputs), engine.opener(folder, threads=1), preload=True)


def _unbiased(name: str, outputs: int, inputs: int, exact: bool = False) -> Linear:
    return Linear(Slot(f"{name}.weight", (outputs, inputs)), None, exact)


def _unshifted(name: str) -> Norm:
    return Norm(Slot(f"{name}.weight", (WIDTH,)), None, 1e-6)
