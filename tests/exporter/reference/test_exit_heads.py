"""The heads of exits: their formulas, written down plainly, on the hidden states that transformers gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from references import BACKENDS, FLOAT_TOLERANCE, Export, transformers_model
from students import (
    TEXTS,
    Tensors,
    bert_config,
    bert_tensors,
    distilbert_config,
    distilbert_tensors,
    exit_tensors,
    exits_config,
    mobilebert_config,
    mobilebert_tensors,
    write_checkpoint,
)

import litebert

LAYERS, WIDTH, SIZE = 4, 24, 16
Array = NDArray[np.float32]
MODELS: Mapping[str, tuple[Callable[..., dict[str, Any]], Callable[..., Tensors], Mapping[str, Any]]] = {
    "bert": (bert_config, bert_tensors, {"num_hidden_layers": LAYERS}),
    "distilbert": (distilbert_config, distilbert_tensors, {"n_layers": LAYERS}),
    "mobilebert": (
        mobilebert_config,
        mobilebert_tensors,
        {"num_hidden_layers": LAYERS, "hidden_size": WIDTH},
    ),
}


def _exits(
    family: str, size: int | None, target: str, folder: Path, export_to: Export
) -> Iterator[tuple[int, Array, Array]]:
    """For every text and exit: its layer, the hidden states [tokens, width] there, the artifact's logits."""
    make_config, make_tensors, changes = MODELS[family]
    config = make_config(**changes, **exits_config(size))
    write_checkpoint(folder, config, make_tensors(config) | exit_tensors(LAYERS, WIDTH, size))
    network = transformers_model(folder)
    artifact = export_to(folder, target, layout="split")
    with litebert.load(artifact, backend=BACKENDS[target]) as model:
        for text in TEXTS:
            encoding = model.tokenize(text)
            inputs = {"input_ids": torch.tensor([encoding.input_ids])}
            if family != "distilbert":
                inputs["token_type_ids"] = torch.tensor([encoding.type_ids])
            with torch.no_grad():
                states = network(**inputs, output_hidden_states=True).hidden_states
            for layer in range(LAYERS - 1):
                yield layer, states[layer + 1][0].numpy(), np.asarray(model.all_exits(text)[layer])


def _linear(tensors: Tensors, name: str, x: Array) -> Array:
    return np.asarray(x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"])


@pytest.mark.parametrize("target", BACKENDS)
@pytest.mark.parametrize("family", ["distilbert", "mobilebert"])
def test_linear_heads_read_the_first_token(
    family: str, target: str, tmp_path: Path, export_to: Export
) -> None:
    tensors = exit_tensors(LAYERS, WIDTH, None)
    for layer, states, logits in _exits(family, None, target, tmp_path / "student", export_to):
        expected = _linear(tensors, f"exits.{layer}.classifier", states[0])
        np.testing.assert_allclose(logits, expected, rtol=0, atol=FLOAT_TOLERANCE)


@pytest.mark.parametrize("target", BACKENDS)
def test_attention_heads_are_those_of_fastbert(target: str, tmp_path: Path, export_to: Export) -> None:
    tensors = exit_tensors(LAYERS, WIDTH, SIZE)
    for layer, states, logits in _exits("bert", SIZE, target, tmp_path / "student", export_to):
        name = f"exits.{layer}"
        narrow = np.tanh(_linear(tensors, f"{name}.narrow", states))
        context = []
        for head in range(2):
            part = slice(head * 8, head * 8 + 8)
            query, key, value = (
                _linear(tensors, f"{name}.{each}", narrow)[:, part] for each in ("query", "key", "value")
            )
            weights = torch.softmax(torch.from_numpy(query @ key.T / 8**0.5), dim=-1).numpy()
            context.append(weights @ value)
        attended = _linear(tensors, f"{name}.attention_output", np.concatenate(context, axis=1))
        dense = np.tanh(_linear(tensors, f"{name}.dense", attended[0]))
        expected = _linear(tensors, f"{name}.classifier", dense)
        np.testing.assert_allclose(logits, expected, rtol=0, atol=FLOAT_TOLERANCE)
