"""Tiny checkpoints whose weights are as large as trained ones, so that every tensor shows in the logits.

With the 0.02 of a fresh initialisation a two-layer network barely looks at its input, and wrong graphs pass.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

Tensors: TypeAlias = "dict[str, NDArray[Any]]"
Shapes: TypeAlias = "dict[str, tuple[int, ...]]"

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
# fmt: off
WORDS = (
    "the", "a", "film", "plot", "is", "was", "good", "bad", "very", "dull", "and", "but", "not", "what", "of",
    "capital", "france", "paris", "un", "##believ", "##able", "##s", "##ed", "##ing", "act", "love", "hate",
    "x", "##x", "e", "##e", "é", "##é", "creme", "crème", "brulee", "brûlée", "naive", "naïve", "angstrom",
    "中", "##中", "文", "##文", "电影", "😀", "##😀", ",", ".", "!", "?", "'", "-", "#", "%", "(", ")", "[",
    "]", "1", "##0", "sep",
)
CAPITALS = ("The", "Film", "Good", "GOOD", "É", "Crème", "##S", "SEP")
# fmt: on
UNCASED = (*SPECIAL, *WORDS)
CASED = (*SPECIAL, *WORDS, *CAPITALS)

TOKENIZER = {"do_lower_case": True, "model_max_length": 48, "tokenizer_class": "BertTokenizer"}

TEXTS: tuple[str | tuple[str, str], ...] = (
    "the film was very good .",
    "A DULL plot , bad acting !",
    "",
    "unbelievable naïve crème brûlée 中文 😀",
    ("what is the capital of france ?", "paris is the capital of france ."),
    "good " * 30,
)

GAMMA = np.float32(0.6)


def bert_config(**changes: Any) -> dict[str, Any]:
    """A config of a two-layer BERT; a change to None removes the key."""
    return _changed(
        {
            "architectures": ["BertForSequenceClassification"],
            "hidden_act": "gelu",
            "hidden_size": 24,
            "id2label": {"0": "negative", "1": "positive"},
            "intermediate_size": 40,
            "label2id": {"negative": 0, "positive": 1},
            "layer_norm_eps": 1e-12,
            "max_position_embeddings": 48,
            "model_type": "bert",
            "num_attention_heads": 3,
            "num_hidden_layers": 2,
            "pad_token_id": 0,
            "type_vocab_size": 2,
            "vocab_size": len(UNCASED),
        },
        changes,
    )


def distilbert_config(**changes: Any) -> dict[str, Any]:
    """A config of a two-layer DistilBERT; a change to None removes the key."""
    return _changed(
        {
            "activation": "gelu",
            "architectures": ["DistilBertForSequenceClassification"],
            "dim": 24,
            "hidden_dim": 40,
            "id2label": {"0": "negative", "1": "positive"},
            "label2id": {"negative": 0, "positive": 1},
            "max_position_embeddings": 48,
            "model_type": "distilbert",
            "n_heads": 3,
            "n_layers": 2,
            "pad_token_id": 0,
            "vocab_size": len(UNCASED),
        },
        changes,
    )


def mobilebert_config(**changes: Any) -> dict[str, Any]:
    """A config of a two-layer MobileBERT with every key that matters; a change to None removes the key."""
    return _changed(
        {
            "architectures": ["MobileBertForSequenceClassification"],
            "classifier_activation": False,
            "embedding_size": 10,
            "hidden_act": "relu",
            "hidden_size": 28,
            "id2label": {"0": "negative", "1": "positive"},
            "intermediate_size": 20,
            "intra_bottleneck_size": 18,
            "key_query_shared_bottleneck": True,
            "label2id": {"negative": 0, "positive": 1},
            "layer_norm_eps": 1e-12,
            "max_position_embeddings": 48,
            "model_type": "mobilebert",
            "normalization_type": "no_norm",
            "num_attention_heads": 3,
            "num_feedforward_networks": 3,
            "num_hidden_layers": 2,
            "pad_token_id": 0,
            "trigram_input": True,
            "type_vocab_size": 2,
            "use_bottleneck": True,
            "use_bottleneck_attention": False,
            "vocab_size": len(UNCASED),
        },
        changes,
    )


def mobilebert_tensors(config: Mapping[str, Any], outputs: int = 2, seed: int = 0) -> Tensors:
    """Random tensors [float32] of a MobileBERT classifier by their names in transformers, all of them.

    Sums of residuals grow where no norm divides them again, so gammas near 0.6 hold them back.
    """
    tensors = random_tensors(mobilebert_shapes(config, outputs), seed)
    if config["normalization_type"] == "no_norm":
        tensors |= {name: GAMMA * values for name, values in tensors.items() if name.endswith("Norm.weight")}
    return tensors


def mobilebert_shapes(config: Mapping[str, Any], outputs: int = 2) -> Shapes:
    """The shapes of a MobileBERT classifier by name."""
    width, size = config["hidden_size"], config["embedding_size"]
    bottlenecks = config["use_bottleneck"]
    shared = config["key_query_shared_bottleneck"] and bottlenecks
    narrow, ffn = config["intra_bottleneck_size"] if bottlenecks else width, config["intermediate_size"]
    inner = narrow if config["use_bottleneck_attention"] or not bottlenecks else width
    shapes: Shapes = {
        "embeddings.word_embeddings.weight": (config["vocab_size"], size),
        "embeddings.position_embeddings.weight": (config["max_position_embeddings"], width),
        "embeddings.token_type_embeddings.weight": (config["type_vocab_size"], width),
        **linear("embeddings.embedding_transformation", width, size * (3 if config["trigram_input"] else 1)),
        **norm("embeddings.LayerNorm", width),
    }
    feed_forwards = (*(f"ffn.{index}." for index in range(config["num_feedforward_networks"] - 1)), "")
    for layer in range(config["num_hidden_layers"]):
        name = f"encoder.layer.{layer}"
        for part in ("input", *(["attention"] if shared else [])) if bottlenecks else ():
            shapes |= linear(f"{name}.bottleneck.{part}.dense", narrow, width)
            shapes |= norm(f"{name}.bottleneck.{part}.LayerNorm", narrow)
        for part in ("query", "key"):
            shapes |= linear(f"{name}.attention.self.{part}", narrow, narrow if shared else inner)
        shapes |= linear(f"{name}.attention.self.value", narrow, inner)
        shapes |= linear(f"{name}.attention.output.dense", narrow, narrow)
        shapes |= norm(f"{name}.attention.output.LayerNorm", narrow)
        for part in feed_forwards:
            shapes |= linear(f"{name}.{part}intermediate.dense", ffn, narrow)
            shapes |= linear(f"{name}.{part}output.dense", narrow, ffn)
            shapes |= norm(f"{name}.{part}output.LayerNorm", narrow)
        if bottlenecks:
            shapes |= linear(f"{name}.output.bottleneck.dense", width, narrow)
            shapes |= norm(f"{name}.output.bottleneck.LayerNorm", width)
    if config["classifier_activation"]:
        shapes |= linear("pooler.dense", width, width)
    named = {f"mobilebert.{name}": shape for name, shape in shapes.items()}
    return named | linear("classifier", outputs, width)


def bert_tensors(config: Mapping[str, Any], outputs: int = 2, seed: int = 0) -> Tensors:
    """Random tensors [float32] of a BERT classifier by their names in transformers."""
    return random_tensors(bert_shapes(config, outputs), seed)


def bert_shapes(config: Mapping[str, Any], outputs: int = 2) -> Shapes:
    """The shapes of a BERT classifier by name."""
    width, ffn = config["hidden_size"], config["intermediate_size"]
    shapes: Shapes = {
        "bert.embeddings.word_embeddings.weight": (config["vocab_size"], width),
        "bert.embeddings.position_embeddings.weight": (config["max_position_embeddings"], width),
        "bert.embeddings.token_type_embeddings.weight": (config["type_vocab_size"], width),
        **norm("bert.embeddings.LayerNorm", width),
    }
    for index in range(config["num_hidden_layers"]):
        shapes |= bert_layer(f"bert.encoder.layer.{index}", width, ffn)
    return shapes | linear("bert.pooler.dense", width, width) | linear("classifier", outputs, width)


def bert_layer(name: str, width: int, ffn: int) -> Shapes:
    """The shapes of one BERT layer by name."""
    return {
        **linear(f"{name}.attention.self.query", width, width),
        **linear(f"{name}.attention.self.key", width, width),
        **linear(f"{name}.attention.self.value", width, width),
        **linear(f"{name}.attention.output.dense", width, width),
        **norm(f"{name}.attention.output.LayerNorm", width),
        **linear(f"{name}.intermediate.dense", ffn, width),
        **linear(f"{name}.output.dense", width, ffn),
        **norm(f"{name}.output.LayerNorm", width),
    }


def exit_tensors(layers: int, width: int, size: int | None = 16, outputs: int = 2, seed: int = 9) -> Tensors:
    """Random tensors [float32] of the exits that litebert-exits adds; linear ones without a size."""
    shapes: Shapes = {}
    for index in range(layers - 1):
        name = f"exits.{index}"
        if size is not None:
            shapes |= linear(f"{name}.narrow", size, width)
            for part in ("query", "key", "value", "attention_output", "dense"):
                shapes |= linear(f"{name}.{part}", size, size)
        shapes |= linear(f"{name}.classifier", outputs, size or width)
    return random_tensors(shapes, seed)


def exits_config(size: int | None = 16, rule: str = "entropy-below") -> dict[str, Any]:
    """The entries that litebert-exits adds to a config."""
    head = {"head": "linear"} if size is None else {"head": "attention", "size": size, "heads": 2}
    return {"litebert_exits": {**head, "rule": rule}}


def distilbert_tensors(config: Mapping[str, Any], outputs: int = 2, seed: int = 0) -> Tensors:
    """Random tensors [float32] of a DistilBERT classifier by their names in transformers."""
    return random_tensors(distilbert_shapes(config, outputs), seed)


def distilbert_shapes(config: Mapping[str, Any], outputs: int = 2) -> Shapes:
    """The shapes of a DistilBERT classifier by name."""
    width, ffn = config["dim"], config["hidden_dim"]
    shapes: Shapes = {
        "distilbert.embeddings.word_embeddings.weight": (config["vocab_size"], width),
        "distilbert.embeddings.position_embeddings.weight": (config["max_position_embeddings"], width),
        **norm("distilbert.embeddings.LayerNorm", width),
    }
    for index in range(config["n_layers"]):
        name = f"distilbert.transformer.layer.{index}"
        for part in ("q_lin", "k_lin", "v_lin", "out_lin"):
            shapes |= linear(f"{name}.attention.{part}", width, width)
        shapes |= norm(f"{name}.sa_layer_norm", width) | norm(f"{name}.output_layer_norm", width)
        shapes |= linear(f"{name}.ffn.lin1", ffn, width) | linear(f"{name}.ffn.lin2", width, ffn)
    return shapes | linear("pre_classifier", width, width) | linear("classifier", outputs, width)


def random_tensors(shapes: Mapping[str, tuple[int, ...]], seed: int = 0) -> Tensors:
    """Normal float32 tensors whose sizes keep activations near 1 and logits near 2."""
    rng = np.random.default_rng(seed)
    tensors = {}
    for name, shape in shapes.items():
        values = rng.standard_normal(shape)
        if name.endswith("norm.weight") or name.endswith("Norm.weight"):
            values = 1 + 0.3 * values
        elif len(shape) == 1:
            values = 0.3 * values
        elif "embeddings" in name:
            values = 0.5 * values
        else:
            values = 1.3 / np.sqrt(shape[1]) * values
        tensors[name] = values.astype(np.float32)
    return tensors


def write_checkpoint(
    folder: Path,
    config: Mapping[str, Any],
    tensors: Tensors,
    tokenizer: Mapping[str, Any] | None = TOKENIZER,
    vocabulary: Sequence[str] = UNCASED,
) -> Path:
    """Writes a folder as people have it: safetensors, config.json, vocab.txt, tokenizer_config.json."""
    write_facts(folder, config, tokenizer, vocabulary)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def write_facts(
    folder: Path,
    config: Mapping[str, Any],
    tokenizer: Mapping[str, Any] | None = TOKENIZER,
    vocabulary: Sequence[str] = UNCASED,
) -> Path:
    """Writes everything of a checkpoint folder but its weights."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "vocab.txt").write_text("".join(f"{token}\n" for token in vocabulary), encoding="utf-8")
    if tokenizer is not None:
        (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    return folder


def _changed(config: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**config, **changes}.items() if value is not None}


def linear(name: str, outputs: int, inputs: int) -> Shapes:
    """The shapes of a linear layer's two tensors by name."""
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def norm(name: str, width: int) -> Shapes:
    """The shapes of a norm's two tensors by name."""
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}
