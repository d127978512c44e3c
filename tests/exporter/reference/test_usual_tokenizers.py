"""The growth that the tokenizers of transformers state is within the bound of the runtime."""

from __future__ import annotations

import json

import pytest
import transformers

from litebert.growth import check_growth

NAMES = [
    f"{name}Tokenizer"
    for name in ("Albert", "BigBird", "Camembert", "CLIP", "Deberta", "DebertaV2", "DistilBert")
]
NAMES += [
    f"{name}Tokenizer"
    for name in ("Barthez", "Bert", "Electra", "FNet", "Funnel", "GPT2", "Herbert", "MobileBert")
]
NAMES += [
    f"{name}Tokenizer" for name in ("MPNet", "RemBert", "Roberta", "SqueezeBert", "T5", "XLMRoberta", "XLNet")
]


@pytest.mark.parametrize("name", NAMES)
def test_the_tokenizers_of_transformers_are_taken(name: str) -> None:
    tokenizer = getattr(transformers, name)()
    assert check_growth(json.loads(tokenizer.backend_tokenizer.to_str())) == 1
