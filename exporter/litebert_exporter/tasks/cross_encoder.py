"""The activation that a cross-encoder of sentence-transformers puts on its logits.

Read: UKPLab/sentence-transformers, cross_encoder/model.py of 6.2 (get_default_activation_fn,
_parse_model_config) and cross_encoder/CrossEncoder.py of 3 to 5, which kept the same facts elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from litebert import CheckpointError, UnsupportedModelError
from litebert.arguments import argument_is
from litebert.tasks.sequence_classification import OUTPUT_ACTIVATIONS
from litebert_exporter.checkpoint import CROSS_ENCODER

_OLD_KEYS = ("sbert_ce_default_activation_function", "default_activation_function")
_PATH = re.compile(r"torch\.nn\.(modules\.(activation|linear)\.)?(Sigmoid|Softmax|Identity)")


def resolve_activation(
    config: Mapping[str, Any], beside: Mapping[str, Any], problem_type: str, outputs: int
) -> str:
    """The activation of the logits: the one that a file states, else the usual one of the problem type.

    A cross-encoder that states none puts a sigmoid on a single logit and nothing on several. For several, the
    usual activation replaces nothing: the cross-encoder's scores are our logits, and the best label is the
    same.

    Args:
        config: config.json.
        beside: config_sentence_transformers.json.
        problem_type: the task's problem type.
        outputs: the number of logits.

    Raises:
        CheckpointError: two files state different activations, or one contradicts the problem type.
        UnsupportedModelError: a file states another activation, or a prompt before each text.
    """
    _check_prompt(beside)
    stated = dict(_statements(config, beside))
    if len({*stated.values()}) > 1:
        said = " and ".join(f"{name} ({where})" for where, name in stated.items())
        raise CheckpointError(f"{said} contradict each other; keep the right one")
    fitting = OUTPUT_ACTIVATIONS[problem_type]
    if not stated and is_cross_encoder(config, beside):
        stated = {"a cross-encoder": "sigmoid" if outputs == 1 else "identity"}
    for where, name in stated.items():
        if name in fitting:
            return name
        if name != "identity":
            cure = f"give {argument_is('problem_type', 'multi-label')}" if name == "sigmoid" else "correct it"
            raise CheckpointError(
                f"{where} states the activation {name}, expected {' or '.join(fitting)} for {problem_type}; "
                f"{cure}"
            )
    return fitting[0]


def is_cross_encoder(config: Mapping[str, Any], beside: Mapping[str, Any]) -> bool:
    """Whether sentence-transformers saved the checkpoint as a cross-encoder."""
    stated = "sentence_transformers" in config or config.get(_OLD_KEYS[0]) is not None
    return stated or beside.get("model_type") == "CrossEncoder"


def _statements(config: Mapping[str, Any], beside: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The places that state an activation, each with the activation's name in a manifest."""
    nested = config.get("sentence_transformers") or {}
    if not isinstance(nested, dict):
        raise CheckpointError(
            f"config.json: sentence_transformers is {nested!r:.60}, expected a table; correct it"
        )
    places: list[tuple[str, Mapping[str, Any], str]] = [
        ("sentence_transformers of config.json", nested, "activation_fn"),
        *(("config.json", config, key) for key in _OLD_KEYS),
        (CROSS_ENCODER, beside, "activation_fn"),
    ]
    for file, facts, key in places:
        if facts.get(key) is not None:
            found = _PATH.fullmatch(str(facts[key]))
            if found is None:
                raise UnsupportedModelError(
                    f"{key} in {file} is {facts[key]!r:.80}, expected torch.nn's Sigmoid, "
                    "Softmax or Identity; save the model with one of those"
                )
            yield f"{key} in {file}", found[3].lower()


def _check_prompt(beside: Mapping[str, Any]) -> None:
    prompt = beside.get("default_prompt_name")
    if prompt is not None:
        raise UnsupportedModelError(
            f"{CROSS_ENCODER} puts the prompt {prompt!r:.60} before each text, which the "
            "runtime does not; set default_prompt_name to null there and put the prompt into the texts"
        )
