"""The torch MobileBERT against transformers, and with padding."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import torch

from litebert_students.torch_mobilebert import FORM, MobileBertClassifier, MobileBertShape

SHAPE = MobileBertShape(
    vocab_size=60,
    embedding_size=12,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=2,
    intra_bottleneck_size=16,
    num_feedforward_networks=3,
    intermediate_size=24,
    max_position_embeddings=20,
    type_vocab_size=2,
)


@pytest.fixture(scope="module")
def model() -> MobileBertClassifier:
    """Returns a random student; its weights are large, so that every part matters."""
    generator = torch.Generator().manual_seed(1)
    model = MobileBertClassifier(SHAPE, 3).eval().requires_grad_(requires_grad=False)
    for name, tensor in model.state_dict().items():
        tensor.copy_(torch.randn(tensor.shape, generator=generator) * 0.3 + ("LayerNorm.weight" in name))
    return model


@pytest.fixture(scope="module")
def padded() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Returns ids, mask and types of three rows, two of them padded with ids that mean something."""
    tokens = torch.arange(9)
    ids = torch.randint(5, 60, (3, 9), generator=torch.Generator().manual_seed(0))
    mask = tokens < torch.tensor([[9], [5], [1]])
    return ids, mask, ((tokens > 3) & mask).long()


@pytest.mark.parametrize("row", [0, 1, 2])
def test_logits_equal_transformers(
    model: MobileBertClassifier, padded: tuple[torch.Tensor, ...], row: int
) -> None:
    from transformers import MobileBertConfig, MobileBertForSequenceClassification

    config = MobileBertConfig(**FORM, **asdict(SHAPE), num_labels=3)
    reference = MobileBertForSequenceClassification(config).eval()
    reference.load_state_dict(model.state_dict())  # strict: every name is there, and no other
    ids, mask, types = (x[row : row + 1, : padded[1][row].sum()] for x in padded)
    with torch.inference_mode():
        expected = reference(input_ids=ids, attention_mask=mask.long(), token_type_ids=types).logits
        logits = model(ids, mask, types)
    assert expected.std() > 0.1
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-5)  # the order of float32 sums differs


def test_padding_changes_nothing(model: MobileBertClassifier, padded: tuple[torch.Tensor, ...]) -> None:
    together = model(*padded)
    alone = [model(*(x[i : i + 1, : padded[1][i].sum()] for x in padded)) for i in range(3)]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-5, rtol=1e-5)
