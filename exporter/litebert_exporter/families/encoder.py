"""The parts of a spec that BERT and its kin have in common, made from config.json and tensors.

Read: huggingface/transformers, models/{bert,electra,roberta}/modeling_*.py.
"""

from __future__ import annotations

from litebert import UnsupportedModelError
from litebert_exporter.blocks.embeddings import BertEmbeddings
from litebert_exporter.blocks.nonlinearities import ACTIVATIONS
from litebert_exporter.blocks.transformer import LayerNames, LayerShape, TransformerLayer, transformer_layer
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import choice, integer, number
from litebert_exporter.families.family import MAX_LAYERS, MAX_ROWS, MAX_WIDTH, attention_head_count
from litebert_exporter.families.pruned import layer_shapes
from litebert_exporter.slots import Slot, norm

LAYER_NAMES = LayerNames(
    query="attention.self.query",
    key="attention.self.key",
    value="attention.self.value",
    attention_output="attention.output.dense",
    attention_norm="attention.output.LayerNorm",
    ffn_in="intermediate.dense",
    ffn_out="output.dense",
    ffn_norm="output.LayerNorm",
)


def config_layers(checkpoint: Checkpoint) -> int:
    """The number of layers: num_hidden_layers of the config."""
    return integer(checkpoint.config, "num_hidden_layers", 1, MAX_LAYERS)


def layer_shape(checkpoint: Checkpoint, attention_heads: int | None, activation: str = "gelu") -> LayerShape:
    """The shape that all layers have where none is pruned.

    Args:
        checkpoint: the checkpoint.
        attention_heads: `--heads`.
        activation: the one that a config without hidden_act means.

    Raises:
        UnsupportedModelError: positions are not absolute.
        CheckpointError: the config lacks a fact, or states an absurd one.
    """
    config = checkpoint.config
    if config.get("position_embedding_type", "absolute") != "absolute":
        raise UnsupportedModelError(
            f"{checkpoint.path}: position_embedding_type {config['position_embedding_type']!r:.60}, "
            "only absolute positions are supported; retrain with those"
        )
    width = integer(config, "hidden_size", 1, MAX_WIDTH)
    return LayerShape(
        width=width,
        inner=width,
        ffn=integer(config, "intermediate_size", 1, MAX_WIDTH),
        attention_heads=attention_head_count(checkpoint, "num_attention_heads", attention_heads, width),
        activation=choice(config, "hidden_act", ACTIVATIONS, activation),
        epsilon=number(config, "layer_norm_eps", 0.0, 1.0, default=1e-12),
    )


def embedding_tables(checkpoint: Checkpoint, name: str, width: int, epsilon: float) -> BertEmbeddings:
    """The tables and the norm below a name."""
    config = checkpoint.config
    words = integer(config, "vocab_size", 1, MAX_ROWS)
    positions = integer(config, "max_position_embeddings", 1, MAX_ROWS)
    types = integer(config, "type_vocab_size", 1, MAX_ROWS, default=2)
    return BertEmbeddings(
        word=Slot(f"{name}.word_embeddings.weight", (words, width)),
        position=Slot(f"{name}.position_embeddings.weight", (positions, width)),
        token_type=Slot(f"{name}.token_type_embeddings.weight", (types, width)),
        norm=norm(f"{name}.LayerNorm", width, epsilon),
    )


def encoder_layers(
    checkpoint: Checkpoint, name: str, count: int, shape: LayerShape
) -> tuple[TransformerLayer, ...]:
    """The layers named `name` + number, each in its own shape where they are pruned."""
    layers = [f"{name}{index}" for index in range(count)]
    shapes = layer_shapes(checkpoint, layers, LAYER_NAMES, shape)
    return tuple(
        transformer_layer(layer, LAYER_NAMES, each) for layer, each in zip(layers, shapes, strict=True)
    )
