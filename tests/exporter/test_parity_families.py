"""Which family a checkpoint is of: by tensors, config, then the user; contradictions are errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kin import KIN, kin_config, kin_tensors
from students import (
    Tensors,
    bert_config,
    bert_layer,
    bert_tensors,
    distilbert_config,
    distilbert_tensors,
    random_tensors,
    write_checkpoint,
)

from litebert import CheckpointError, LiteBertError, UnsupportedModelError
from litebert_exporter.pipeline import export

NAMED = bert_config()
SILENT = bert_config(model_type=None, architectures=None)
BERT = bert_tensors(NAMED)
FIT_DENSE = {
    **BERT,
    "fit_dense.weight": np.zeros((8, 24), np.float32),
    "fit_dense.bias": np.zeros(8, np.float32),
}
FIT_DENSES = {**BERT, "fit_denses.0.weight": np.zeros((8, 24), np.float32)}
SUCCESSOR = {**BERT, **random_tensors(bert_layer("bert.encoder.scc_layer.0", 24, 40))}
DISTILBERT = distilbert_tensors(distilbert_config())
KINDRED = {family: kin_tensors(kin_config(family)) for family in KIN}
XLNET = {name.replace("bert.", "xlnet.", 1): values for name, values in BERT.items()}


def _family(folder: Path, config: dict[str, Any], tensors: Tensors, family: str | None) -> str:
    checkpoint = write_checkpoint(folder / "m", config, tensors)
    return export(checkpoint, targets=["onnx"], out=folder / "a", quantize="none", family=family).family


RECOGNISED: dict[str, tuple[dict[str, Any], Tensors, str | None, str]] = {
    "model_type bert": (bert_config(architectures=None), BERT, None, "bert"),
    "architectures Bert...": (bert_config(model_type=None), BERT, None, "bert"),
    "bert, said twice": (NAMED, BERT, "bert", "bert"),
    "no name, --family bert": (SILENT, BERT, "bert", "bert"),
    "no name, --family tinybert": (SILENT, BERT, "tinybert", "tinybert"),
    "named bert, --family tinybert": (NAMED, BERT, "tinybert", "tinybert"),
    "fit_dense": (SILENT, FIT_DENSE, None, "tinybert"),
    "fit_denses": (SILENT, FIT_DENSES, None, "tinybert"),
    "fit_dense, named bert": (NAMED, FIT_DENSE, None, "tinybert"),
    "fit_dense, --family tinybert": (NAMED, FIT_DENSE, "tinybert", "tinybert"),
    "scc_layer": (NAMED, SUCCESSOR, None, "theseus"),
    "scc_layer, no name": (SILENT, SUCCESSOR, None, "theseus"),
    "scc_layer, --family theseus": (SILENT, SUCCESSOR, "theseus", "theseus"),
    "distilbert": (distilbert_config(), DISTILBERT, None, "distilbert"),
    "distilbert, no name": (
        distilbert_config(model_type=None, architectures=None),
        DISTILBERT,
        None,
        "distilbert",
    ),
    **{family: (kin_config(family), KINDRED[family], None, family) for family in KIN},
    **{
        f"{family}, no name": (
            kin_config(family, model_type=None, architectures=None),
            KINDRED[family],
            None,
            family,
        )
        for family in KIN
    },
}


@pytest.mark.parametrize("name", RECOGNISED)
def test_recognised(name: str, tmp_path: Path) -> None:
    config, tensors, given, expected = RECOGNISED[name]
    assert _family(tmp_path, config, tensors, given) == expected


def test_neither_config_nor_tensors_tell(tmp_path: Path) -> None:
    """BERT and TinyBERT have the same names there and other numbers: only the user knows."""
    with pytest.raises(CheckpointError, match=r"bert or tinybert.*family="):
        _family(tmp_path, SILENT, BERT, None)
    assert not (tmp_path / "a").exists()


CONTRADICTIONS: dict[str, tuple[dict[str, Any], Tensors, str]] = {
    "fit_dense as bert": (NAMED, FIT_DENSE, "bert"),
    "fit_dense as theseus": (NAMED, FIT_DENSE, "theseus"),
    "scc_layer as bert": (NAMED, SUCCESSOR, "bert"),
    "scc_layer as tinybert": (NAMED, SUCCESSOR, "tinybert"),
    "bert as theseus": (NAMED, BERT, "theseus"),
    "bert as distilbert": (NAMED, BERT, "distilbert"),
    "distilbert as bert": (distilbert_config(), DISTILBERT, "bert"),
    "distilbert as tinybert": (distilbert_config(), DISTILBERT, "tinybert"),
    "electra as bert": (kin_config("electra"), KINDRED["electra"], "bert"),
    "roberta as albert": (kin_config("roberta"), KINDRED["roberta"], "albert"),
    "bert as roberta": (NAMED, BERT, "roberta"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_flag_that_contradicts_the_tensors(name: str, tmp_path: Path) -> None:
    config, tensors, given = CONTRADICTIONS[name]
    with pytest.raises(CheckpointError, match=f"family='{given}' contradicts"):
        _family(tmp_path, config, tensors, given)


CROSSED: dict[str, tuple[dict[str, Any], Tensors, str | None]] = {
    "distilbert's tensors, bert's config": (NAMED, DISTILBERT, None),
    "bert's tensors, distilbert's config": (distilbert_config(), BERT, None),
    "bert's tensors, a config of bert that calls itself distilbert": (
        bert_config(model_type="distilbert", architectures=["DistilBertForSequenceClassification"]),
        BERT,
        "bert",
    ),
    "distilbert's tensors, a config that calls itself bert": (
        distilbert_config(model_type="bert", architectures=None),
        DISTILBERT,
        None,
    ),
    "electra's tensors, roberta's config": (kin_config("roberta"), KINDRED["electra"], None),
    "electra's tensors, bert's config": (NAMED, KINDRED["electra"], None),
    "bert's tensors, electra's config": (kin_config("electra"), BERT, None),
    "bert's tensors, roberta's config": (kin_config("roberta"), BERT, "bert"),
    "bert's tensors, albert's config": (kin_config("albert"), BERT, "bert"),
    "one layer more than the config says": (bert_config(num_hidden_layers=1), BERT, None),
    "one layer less than the config says": (bert_config(num_hidden_layers=3), BERT, None),
}


@pytest.mark.parametrize("name", CROSSED)
def test_a_config_that_contradicts_the_tensors(name: str, tmp_path: Path) -> None:
    config, tensors, given = CROSSED[name]
    with pytest.raises(CheckpointError):
        _family(tmp_path, config, tensors, given)


def test_fit_dense_beside_successor_layers_is_refused(tmp_path: Path) -> None:
    """Two families at once: neither's numbers would be right for sure."""
    with pytest.raises(LiteBertError):
        _family(tmp_path, NAMED, {**SUCCESSOR, **FIT_DENSE}, None)


@pytest.mark.parametrize("kind", ["deberta", "xlnet"])
def test_models_that_only_look_like_bert(kind: str, tmp_path: Path) -> None:
    """Their tensors may even carry BERT's names, and their numbers would be wrong."""
    with pytest.raises(UnsupportedModelError, match=kind):
        _family(tmp_path, bert_config(model_type=kind, architectures=None), BERT, None)


def test_tensors_of_no_family(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError, match="no supported family"):
        _family(tmp_path, SILENT, XLNET, None)
