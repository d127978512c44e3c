"""Layers from which TextPruner has removed attention heads or neurons of the feed-forward, each its own.

Read: airaria/TextPruner (Yang et al. 2022), src/textpruner/pruners/transformer_pruner.py and utils.py;
transformers 4, modeling_utils.py, PreTrainedModel.prune_heads. config.json keeps the old number of heads, and
lists under pruned_heads those that each layer lost. It has the new intermediate_size only if all layers share
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from litebert import CheckpointError, UnsupportedModelError
from litebert_exporter.blocks.transformer import LayerNames, LayerShape
from litebert_exporter.checkpoint import Checkpoint


def layer_shapes(
    checkpoint: Checkpoint, layers: Sequence[str], names: LayerNames, shape: LayerShape
) -> list[LayerShape]:
    """The shape of each layer: that in config.json without the parts that pruning removed.

    Sizes that config.json does not state are taken from the tensors, if the layers differ in them and the
    tensors of each layer agree. Else they are the shape's, and `bind` names the tensors that do not fit.

    Args:
        checkpoint: the checkpoint.
        layers: the names of the layers.
        names: its names for their parts.
        shape: the layers before pruning.

    Raises:
        CheckpointError: pruned_heads is no table that transformers writes.
        UnsupportedModelError: a layer has lost all its heads.
    """
    size = shape.inner // shape.attention_heads
    heads = _heads_left(checkpoint, len(layers), shape.attention_heads)
    if heads is None:
        inputs = (names.query, names.key, names.value)
        heads = _uneven(checkpoint, layers, inputs, names.attention_output, shape.attention_heads, size)
    neurons = _uneven(checkpoint, layers, (names.ffn_in,), names.ffn_out, shape.ffn, 1)
    return [
        replace(shape, attention_heads=count, inner=count * size, ffn=ffn)
        for count, ffn in zip(heads, neurons, strict=True)
    ]


def _heads_left(checkpoint: Checkpoint, layers: int, heads: int) -> list[int] | None:
    """The number of attention heads left in each layer; None where the config has no pruned_heads."""
    found = checkpoint.config.get("pruned_heads") or None
    if found is None:
        return None
    numbers = {str(number): number for number in range(layers)}
    if not isinstance(found, dict) or not all(
        key in numbers
        and isinstance(lost, list)
        and len({str(head) for head in lost} & {str(head) for head in range(heads)}) == len(lost)
        for key, lost in found.items()
    ):
        raise CheckpointError(
            f"config.json: pruned_heads is {found!r:.60}, expected for layers 0 to {layers - 1} lists of "
            f"heads 0 to {heads - 1}; correct it"
        )
    left = [heads - len(found.get(key, ())) for key in numbers]
    if 0 in left:
        raise UnsupportedModelError(
            f"{checkpoint.path}: layer {left.index(0)} has lost all its heads, expected one at least, as "
            "TextPruner's own search leaves it; prune fewer"
        )
    return left


def _uneven(
    checkpoint: Checkpoint, layers: Sequence[str], inputs: Sequence[str], output: str, usual: int, unit: int
) -> list[int]:
    """The size that each layer's tensors agree on, in units; `usual` for all where they give no answer."""
    sizes = []
    for layer in layers:
        tensors = [checkpoint.tensors.get(f"{layer}.{part}.weight") for part in (*inputs, output)]
        found = {
            values.shape[index == len(inputs)]
            for index, values in enumerate(tensors)
            if values is not None and values.ndim == 2
        }
        sizes.append(found.pop() if len(found) == 1 else 0)
    sound = len(set(sizes)) > 1 and all(0 < each <= usual * unit and each % unit == 0 for each in sizes)
    return [each // unit for each in sizes] if sound else [usual] * len(layers)
