"""The exporter's last word: the written graphs against the numpy reference, and the golden cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from litebert import CheckpointError, ParityError
from litebert.network import Network
from litebert.outputs import LOGITS, stacked
from litebert.tokenizer import Encoding, Text, TextTokenizer
from litebert_exporter.quantize.recipe import RECIPES, Recipe, Scheme
from litebert_exporter.segments import Plan
from litebert_exporter.targets.reference import Reference, Value
from litebert_exporter.text.texts import TEXTS

Ids: TypeAlias = "NDArray[np.int32]"

GOLDEN_TOKENS, GOLDEN_CASES = 64, 8
_CALL_TOKENS = 24
# How far a logit may lie from the reference, as a share of 1 + the text's largest logit: the order of sums in
# float. In int8 a value on the border between two integers may fall to either side, and later layers carry it
# on. How far depends on the model, so it is measured as well: the reference with and without jitter. Float
# needs that where nothing holds large states back, as in MobileBERT: 24 layers make 1e-3 of 3e-6.
TOLERANCES: dict[Scheme, float] = {
    "float": 1e-4,
    "per-token": 2e-2,
    "per-token-asymmetric": 2e-2,
    "per-tensor": 5e-2,
}
JITTER_FACTOR, JITTERS, FLOAT_JITTERS = 2, (1e-6, 1e-5), (3e-6,)
LARGEST_TOLERANCE, LARGEST_FLOAT_TOLERANCE = 0.25, 0.01
Logits: TypeAlias = "Sequence[NDArray[np.float32]]"  # of each text [1, exits, outputs]


@dataclass(frozen=True)
class Check:
    """One comparison: of the text nearest to its limit, the largest difference of a logit, and that limit."""

    target: str
    name: str
    difference: float
    tolerance: float


@dataclass(frozen=True)
class Parity:
    """What the comparison gave.

    Attributes:
        checks: graph against reference, all within tolerance.
        float_difference: the largest difference of a logit on the texts against the float model.
        answers: the graph's logits for each text [texts, outputs], at full depth.
        float_answers: the float model's.
        golden: the target's golden cases.
    """

    checks: tuple[Check, ...]
    float_difference: float
    answers: NDArray[np.float32]
    float_answers: NDArray[np.float32]
    golden: tuple[dict[str, Any], ...]


def check_target(
    reference: Reference,
    recipe: Recipe,
    target: str,
    plan: Plan,
    network: Network,
    tokenizer: TextTokenizer,
    step: Callable[[float], None] = lambda done: None,
) -> Parity:
    """Runs one target's graphs on texts, padded rows and the longest input; compares the logits of all exits.

    `step` is called with each further share of that work, which adds up to about 1.

    Raises:
        CheckpointError: the reference itself gives NaN or infinity.
        ParityError: a difference is beyond its tolerance.
    """
    scheme, layers = recipe.activations[target], tuple(plan.exits)
    texts = [text for text in TEXTS if isinstance(text, str) or tokenizer.pair is not None]
    encodings = [tokenizer.encode(text) for text in texts]
    singles = [_inputs([encoding]) for encoding in encodings]
    longest = _longest(tokenizer)
    padded = (
        _inputs(encodings) if target == "onnx" else _inputs(encodings[:1], pad_to=tokenizer.max_tokens // 2)
    )
    jitters = FLOAT_JITTERS if scheme == "float" else JITTERS
    is_float = recipe == RECIPES["none"]
    passes = (1 if is_float else 2) + len(jitters)
    work = passes * sum(map(_work, singles)) + _work(longest) + _work(padded)

    def refer(inputs: Mapping[str, Ids], arithmetic: Recipe = recipe, jitter: float = 0.0) -> Value:
        exits = reference.outputs(layers, arithmetic, target, inputs, jitter)
        step(_work(inputs) / work)
        return np.stack([outputs[LOGITS] for outputs in exits], axis=1)

    expected = [refer(inputs) for inputs in singles]
    if not all(np.isfinite(logits).all() for logits in expected):
        raise CheckpointError("the model's logits are not finite: its weights overflow float32; correct them")
    found = [_found(network, inputs) for inputs in singles]
    jittered = [[refer(inputs, jitter=jitter) for inputs in singles] for jitter in jitters]
    tolerance = _tolerance(scheme, max(float(_shares(each, expected).max()) for each in jittered))

    longest_logits, padded_logits = (_found(network, inputs) for inputs in (longest, padded))
    longest_expected, padded_expected = (refer(inputs) for inputs in (longest, padded))
    rows = list(padded_logits[:, None])
    checks = [
        _worst(target, "texts, one by one", found, expected, tolerance),
        _closest(target, "texts, the closest one", found, expected, tolerance / 4),
        _worst(
            target,
            f"longest input ({tokenizer.max_tokens} tokens)",
            [longest_logits],
            [longest_expected],
            tolerance,
        ),
        _worst(target, "padded rows", rows, list(padded_expected[:, None]), tolerance),
    ]
    if scheme != "per-tensor":  # whose scale spans the batch, padding and all
        checks.append(_worst(target, "padded rows = alone", rows, found[: len(rows)], tolerance))
    for tokens in plan.lengths:
        shorter = [encoding for encoding in encodings if len(encoding.input_ids) < tokens]
        for name, inputs in {
            f"length {tokens}, padded": _inputs(shorter[:1], pad_to=tokens),
            f"length {tokens}, filled": {key: values[:, :tokens] for key, values in longest.items()},
        }.items():
            checks.append(_worst(target, name, [_found(network, inputs)], [refer(inputs)], tolerance))
    failed = [check for check in checks if not check.difference <= check.tolerance]
    if failed:
        listing = "; ".join(
            f"{check.name}: {check.difference:.3g} > {check.tolerance:.3g}" for check in failed
        )
        raise ParityError(
            f"{target} graph differs from the reference ({listing}); nothing was written; report it"
        )
    exact = expected if is_float else [refer(inputs, RECIPES["none"]) for inputs in singles]
    return Parity(
        checks=tuple(checks),
        float_difference=float(_differences(found, exact).max()),
        answers=np.array([logits[0, -1] for logits in found]),
        float_answers=np.array([logits[0, -1] for logits in exact]),
        golden=_golden(texts, encodings, found, tolerance * float(_scales(expected).max())),
    )


def _found(network: Network, inputs: dict[str, Ids]) -> NDArray[np.float32]:
    """The graph's logits [rows, exits, outputs]."""
    return np.stack([stacked(exits)[LOGITS] for exits in network.all_exits(inputs)])


def _work(inputs: Mapping[str, Ids]) -> int:
    """How long the reference takes for some rows, in tokens: as long as _CALL_TOKENS, and then for each."""
    return _CALL_TOKENS + inputs["input_ids"].size


def _tolerance(scheme: Scheme, spread: float) -> float:
    """How large a share a difference may be, from how far jitter spreads the reference's own answers."""
    largest = LARGEST_FLOAT_TOLERANCE if scheme == "float" else LARGEST_TOLERANCE
    return min(max(TOLERANCES[scheme], JITTER_FACTOR * spread), largest)


def _scales(logits: Logits) -> NDArray[np.float64]:
    """What a difference is a share of, for each text."""
    return np.array([1 + float(np.abs(each).max()) for each in logits])


def _differences(found: Logits, expected: Logits) -> NDArray[np.float64]:
    """The largest |found − expected| of each text; NaN where either holds one."""
    return np.array([float(np.abs(a - b).max()) for a, b in zip(found, expected, strict=True)])


def _shares(found: Logits, expected: Logits) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = _differences(found, expected) / _scales(expected)
    return shares


def _worst(target: str, name: str, found: Logits, expected: Logits, tolerance: float) -> Check:
    """The check of the text with the largest share, or of one with NaN."""
    text = int(np.argmax(_shares(found, expected)))
    difference, scale = _differences(found, expected)[text], _scales(expected)[text]
    return Check(target, name, float(difference), float(tolerance * scale))


def _closest(target: str, name: str, found: Logits, expected: Logits, tolerance: float) -> Check:
    """The check of the closest text: where no value fell to another side, the arithmetic is the same."""
    text = int(np.argmin(_shares(found, expected)))
    return _worst(target, name, found[text : text + 1], expected[text : text + 1], tolerance)


def _golden(
    texts: Sequence[Text],
    encodings: Sequence[Encoding],
    logits: Logits,
    tolerance: float,
) -> tuple[dict[str, Any], ...]:
    cases = [
        {
            "text": text if isinstance(text, str) else list(text),
            "input_ids": list(encoding.input_ids),
            "token_type_ids": list(encoding.type_ids),
            "logits": row[0].tolist(),
            "tolerance": tolerance,
        }
        for text, encoding, row in zip(texts, encodings, logits, strict=True)
        if len(encoding.input_ids) <= GOLDEN_TOKENS
    ]
    return tuple(cases[:GOLDEN_CASES])


def _inputs(encodings: Sequence[Encoding], pad_to: int = 0) -> dict[str, Ids]:
    """Ids, mask and types [rows, tokens] of rows padded with id 0 to the longest or to `pad_to`."""
    tokens = max(pad_to, *(len(encoding.input_ids) for encoding in encodings))
    names = ("input_ids", "attention_mask", "token_type_ids")
    inputs = {name: np.zeros((len(encodings), tokens), np.int32) for name in names}
    for row, encoding in enumerate(encodings):
        count = len(encoding.input_ids)
        inputs["input_ids"][row, :count] = encoding.input_ids
        inputs["attention_mask"][row, :count] = 1
        inputs["token_type_ids"][row, :count] = encoding.type_ids
    return inputs


def _longest(tokenizer: TextTokenizer) -> dict[str, Ids]:
    vocabulary = sorted(tokenizer.tokenizer.get_vocab(with_added_tokens=True).values())
    ids = np.random.default_rng(0).choice(np.array(vocabulary, np.int32), (1, tokenizer.max_tokens))
    return {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
