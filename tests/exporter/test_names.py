"""Names of tensors as frameworks and people wrap them: read, said in a line, or refused; never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from students import Tensors, bert_config, bert_tensors

from litebert import CheckpointError
from litebert_exporter.tensor_names import network_names

PLAIN = bert_tensors(bert_config())
OTHER = bert_tensors(bert_config(), seed=5)
ENCODER = {name.removeprefix("bert."): PLAIN[name] for name in PLAIN if name.startswith("bert.")}
HEAD = {name: PLAIN[name] for name in PLAIN if name not in ENCODER and not name.startswith("bert.")}
ONE = np.ones((), np.float32)


def _under(prefix: str, tensors: Mapping[str, object] = PLAIN) -> Tensors:
    return {prefix + name: values for name, values in tensors.items()}  # type: ignore[misc]


def _within(segment: str) -> Tensors:
    """A wrapper around every numbered layer."""
    return {re.sub(r"(\.\d+)\.", rf"\1.{segment}.", name): values for name, values in PLAIN.items()}


WRAPPED: dict[str, tuple[Callable[[], Tensors], str]] = {
    "nothing": (lambda: PLAIN, ""),
    "DDP": (lambda: _under("module."), 'took off "module." from 41 names'),
    "compile of DDP": (
        lambda: _under("_orig_mod.module."),
        'took off "_orig_mod.module." from 41 names',
    ),
    "DDP of compile in Lightning": (
        lambda: _under("net.module._orig_mod."),
        'took off "net.module._orig_mod." from 41 names',
    ),
    "attributes three deep": (
        lambda: _under("system.student.model."),
        'took off "system.student.model." from 41 names',
    ),
    "an attribute called as the encoder": (lambda: _under("bert."), 'took off "bert." from 41 names'),
    "checkpointed layers": (
        lambda: _within("_checkpoint_wrapped_module"),
        'took off "_checkpoint_wrapped_module." from 32 names',
    ),
    "FSDP with compiled layers": (
        lambda: _under("_fsdp_wrapped_module.", _within("_orig_mod")),
        'took off "_fsdp_wrapped_module." from 41 names, "_orig_mod." from 32 names',
    ),
    "an average of weights": (
        lambda: {**_under("module."), "n_averaged": np.array(7)},
        'took off "module." from 41 names',
    ),
    "an encoder that is there twice": (
        lambda: {**_under("model."), **_under("encoder.", ENCODER)},
        'took off "model." from 41 names; left out encoder.* (39)',
    ),
    "an encoder that is there twice, under a longer name": (
        lambda: {**PLAIN, **_under("my_encoder.", ENCODER)},
        "left out my_encoder.* (39)",
    ),
    "a network that is there twice": (
        lambda: {**_under("net."), **_under("average.")},
        'took off "average." from 41 names; left out net.* (41)',
    ),
    "a network beside itself": (
        lambda: {**_under("model."), **PLAIN},
        'took off "model." from 41 names; left out bert.* (39), classifier.* (2)',
    ),
    "old norms inside": (
        lambda: {
            name.replace("LayerNorm.weight", "LayerNorm.gamma"): values
            for name, values in _under("model.").items()
        },
        'took off "model." from 41 names',
    ),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_wrappers_come_off(name: str) -> None:
    make, note = WRAPPED[name]
    found, reading = network_names(make(), "bert")
    assert {each: found[each] is PLAIN[each] for each in PLAIN} == dict.fromkeys(PLAIN, True)
    assert reading.encoder is None and "; ".join(reading.notes) == note


def test_a_whole_network_without_the_encoders_attribute_keeps_its_names() -> None:
    found, reading = network_names(_under("model.", ENCODER | HEAD), "bert")
    assert found.keys() == (ENCODER | HEAD).keys() and reading.encoder is None


@pytest.mark.parametrize(
    ("attribute", "model_type", "own"),
    [("backbone.", "bert", "bert."), ("model.encoder.", "bert", "bert."), ("bert.", "roberta", "roberta.")],
)
def test_an_encoder_under_another_attribute(attribute: str, model_type: str, own: str) -> None:
    found, reading = network_names(
        {**_under(attribute, ENCODER), "fc.weight": HEAD["classifier.weight"]}, model_type
    )
    assert found.keys() == {*_under(own, ENCODER), "fc.weight"}
    assert reading.encoder == (attribute.rpartition("model.")[2], own)
    assert any(f'as "{own}"' in note for note in reading.notes)


def test_a_head_beside_the_network_is_told() -> None:
    _, reading = network_names({**_under("model.bert.", ENCODER), **HEAD}, "bert")
    assert {*reading.beside} == HEAD.keys()


TWO: dict[str, tuple[Tensors, str]] = {
    "teacher and student": (
        {**_under("teacher."), **_under("student.", OTHER)},
        "holds 2 networks, whose names begin with student, teacher, expected one; give --part NAME",
    ),
    "an average beside the model": (
        {**_under("model."), **_under("ema.module.", OTHER)},
        "begin with ema, model,",
    ),
    "two keys of a file": (
        {**_under("state_dict.model."), **_under("ema.model.", OTHER)},
        "begin with ema.model, state_dict.model,",
    ),
    "two encoders": (
        {**PLAIN, **_under("roberta.", {name: OTHER[f"bert.{name}"] for name in ENCODER})},
        "begin with bert, roberta,",
    ),
    "an average of the same names": (
        {**PLAIN, **_under("module.", OTHER)},
        "in two dialects or of two networks (bert.embeddings.word_embeddings.weight and module.bert.",
    ),
}


def test_ten_thousand_networks_take_no_time() -> None:
    tensors = {f"a{number}.embeddings.word_embeddings.weight": ONE for number in range(10_000)}
    with pytest.raises(CheckpointError, match="holds 8 or more networks, whose names begin with a"):
        network_names(tensors, "bert")


@pytest.mark.parametrize("name", TWO)
def test_two_networks_are_never_chosen_from(name: str) -> None:
    tensors, words = TWO[name]
    with pytest.raises(CheckpointError, match=re.escape(words)):
        network_names(tensors, "bert")


def test_the_user_names_the_network() -> None:
    both = {**_under("teacher.", OTHER), **_under("student.module.")}
    found, reading = network_names(both, "bert", part="student")
    assert all(found[name] is PLAIN[name] for name in PLAIN)
    assert reading.notes == ('took off "student.module." from 41 names; left out teacher.* (41)',)
    with pytest.raises(
        CheckpointError, match="--part stud: no tensor's name begins with that; they begin with teacher, "
    ):
        network_names(both, "bert", part="stud")


LAYER = "bert.encoder.layer.0.output.dense"


@pytest.mark.parametrize(
    ("tensors", "cure"),
    [
        (
            {**PLAIN, f"{LAYER}.parametrizations.weight.original0": ONE},
            "remove_parametrizations(layer, 'weight')",
        ),
        ({**PLAIN, f"{LAYER}.weight_mask": ONE}, "prune.remove(layer, 'weight')"),
        ({**PLAIN, f"{LAYER}.weight_g": ONE}, "remove_weight_norm(layer)"),
        (
            {**PLAIN, f"{LAYER}.weight_orig": ONE, f"{LAYER}.weight_u": ONE},
            "remove_spectral_norm(layer)",
        ),
        ({"_fsdp_wrapped_module._flat_param": ONE}, "accelerate merge-weights"),
        ({name: np.zeros(0, np.float32) for name in PLAIN}, "zero_to_fp32.py"),
    ],
)
def test_weights_that_stand_elsewhere(tensors: Tensors, cure: str) -> None:
    with pytest.raises(CheckpointError, match=re.escape(cure)):
        network_names(tensors, "bert")


@pytest.mark.parametrize("name", ["", ".", "module", "module.", "..a", "_orig_mod.module", "a" * 100_000])
def test_odd_names_stay_whole(name: str) -> None:
    found, _ = network_names({name: ONE}, "bert")
    assert len(found) == 1
