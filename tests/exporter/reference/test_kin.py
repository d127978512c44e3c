"""The shapes of tiny students, which are written down, are those of transformers' classes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from encoders import CONFIGS, encoder_shapes
from kin import KIN, kin_config, kin_shapes
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification

GROUPS = {"num_hidden_layers": 3, "num_hidden_groups": 2, "inner_group_num": 2}
CHANGES = ({}, {"embedding_size": 24}, {"embedding_size": None}, {"id2label": {"0": "a"}, "label2id": None})


def _shapes(model: Any) -> dict[str, tuple[int, ...]]:
    return {name: tuple(values.shape) for name, values in model.state_dict().items()}


@pytest.mark.parametrize("family", KIN)
@pytest.mark.parametrize("changes", [*CHANGES, GROUPS], ids=str)
def test_classifiers(family: str, changes: dict[str, Any]) -> None:
    config = kin_config(family, **changes)
    with torch.device("meta"):
        model = AutoModelForSequenceClassification.from_config(AutoConfig.for_model(**config))
    assert _shapes(model) == kin_shapes(config)


@pytest.mark.parametrize("family", CONFIGS)
def test_encoders(family: str) -> None:
    with torch.device("meta"):
        model = AutoModel.from_config(AutoConfig.for_model(**CONFIGS[family]))
    assert _shapes(model) == encoder_shapes(family)
