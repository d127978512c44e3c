"""Parity: the comparison of the written graphs with the numpy reference, and the choice of golden cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from litebert import CheckpointError, ParityError
from litebert.graph_formats import ONE
from litebert.network import Network
from litebert.outputs import Outcome, Output
from litebert.tokenizer import Encoding, Text, TextTokenizer
from litebert_exporter.differences import Check, Rows, apart, cut, not_finite, row_of
from litebert_exporter.golden import Case, kept
from litebert_exporter.quantize.recipe import UNQUANTIZED, Recipe
from litebert_exporter.quantize.schemes import Scheme
from litebert_exporter.segments import Plan
from litebert_exporter.targets import TargetKind
from litebert_exporter.targets.reference import Reference
from litebert_exporter.text.texts import TEXTS

Ids: TypeAlias = "NDArray[np.int32]"

_CALL_TOKENS = 24
JITTER_FACTOR = 2  # the tolerance, in multiples of the largest change by jitter


@dataclass(frozen=True)
class Parity:
    """The result of comparing a target's graphs.

    Attributes:
        checks: the checks of the graphs against the reference, all within tolerance.
        float_difference: the largest difference of an output's number on the texts from the float model.
        outcomes: the graph's outputs for each text, at full depth.
        float_outcomes: the float model's.
        cases: the golden cases, which are stored with the artifact.
        tolerance: how far a reader's output may be from a stored one.
    """

    checks: tuple[Check, ...]
    float_difference: float
    outcomes: tuple[Outcome, ...]
    float_outcomes: tuple[Outcome, ...]
    cases: tuple[Case, ...]
    tolerance: float


def check_target(
    reference: Reference,
    recipe: Recipe,
    target: TargetKind,
    plan: Plan,
    network: Network,
    outputs: tuple[Output, ...],
    floor: float,
    tokenizer: TextTokenizer,
    step: Callable[[float], None] = lambda done: None,
) -> Parity:
    """Runs a target's graphs on texts, padded rows and the longest input, and compares every exit's outputs.

    Args:
        reference: the student in numpy.
        recipe: the recipe of the graphs.
        target: the target of the graphs.
        plan: the cuts between the graphs.
        network: the graphs, opened.
        outputs: the outputs of every exit.
        floor: the task's floor; see `differences`.
        tokenizer: the artifact's tokenizer.
        step: called with each further share of the work, which adds up to about 1.

    Raises:
        CheckpointError: the reference itself gives NaN or infinity.
        ParityError: a difference is beyond its tolerance.
    """
    scheme, layers = target.scheme(recipe), tuple(plan.exits)
    texts = [text for text in TEXTS if isinstance(text, str) or tokenizer.pair is not None]
    encodings = [tokenizer.encode(text) for text in texts]
    singles = [_inputs([encoding]) for encoding in encodings]
    longest = _longest(tokenizer)
    padded = (
        _inputs(encodings[:1], pad_to=tokenizer.max_tokens // 2)
        if target.rows(recipe) == ONE
        else _inputs(encodings)
    )
    passes = (1 if recipe.is_float else 2) + len(scheme.jitters)
    work = passes * sum(map(_work, singles)) + _work(longest) + _work(padded)

    def refer(inputs: Mapping[str, Ids], arithmetic: Recipe = recipe, jitter: float = 0.0) -> Rows:
        exits = reference.outputs(layers, arithmetic, target.scheme(arithmetic), inputs, jitter)
        step(_work(inputs) / work)
        rows = range(len(inputs["input_ids"]))
        return cut(outputs, inputs, [[row_of(each, row) for each in exits] for row in rows])

    def refer_all(arithmetic: Recipe = recipe, jitter: float = 0.0) -> Rows:
        return [row for inputs in singles for row in refer(inputs, arithmetic, jitter)]

    def run(inputs: dict[str, Ids]) -> Rows:
        return cut(outputs, inputs, network.all_exits(inputs))

    expected = refer_all()
    problem = next(filter(None, map(not_finite, expected)), None)
    if problem is not None:
        raise CheckpointError(problem)
    found = [row for inputs in singles for row in run(inputs)]
    jittered = [refer_all(jitter=jitter) for jitter in scheme.jitters]
    spread = max(apart(each, expected, floor).worst for each in jittered)
    tolerance = _tolerance(scheme, spread)

    checks = []

    def check(name: str, found: Rows, expected: Rows, tolerance: float = tolerance) -> None:
        checks.append(apart(found, expected, floor).check(target.name, name, tolerance))

    rows = run(padded)
    check("texts, one by one", found, expected)
    closest = apart(found, expected, floor).closest
    check("texts, the closest one", [found[closest]], [expected[closest]], tolerance / 4)
    check(f"longest input ({tokenizer.max_tokens} tokens)", run(longest), refer(longest))
    check("padded rows", rows, refer(padded))
    if not scheme.mixes_rows:  # nor padding
        check("padded rows = alone", rows, found[: len(rows)])
    for tokens in plan.lengths:
        shorter = [encoding for encoding in encodings if len(encoding.input_ids) < tokens]
        filled = {key: values[:, :tokens] for key, values in longest.items()}
        alone = _inputs(shorter[:1], pad_to=tokens)
        check(f"length {tokens}, padded", run(alone), refer(alone))
        check(f"length {tokens}, filled", run(filled), refer(filled))
    failed = [check for check in checks if not check.difference <= check.tolerance]
    if failed:
        listing = "; ".join(
            f"{check.name}: {check.difference:.3g} > {check.tolerance:.3g}" for check in failed
        )
        raise ParityError(
            f"{target.name} graph differs from the reference ({listing}); nothing was written; report it"
        )
    largest_scale = float(apart(found, expected, floor).scales.max())
    exact = expected if recipe.is_float else refer_all(UNQUANTIZED)
    return Parity(
        checks=tuple(checks),
        float_difference=float(apart(found, exact, floor).differences.max()),
        outcomes=_outcomes(texts, encodings, found),
        float_outcomes=_outcomes(texts, encodings, exact),
        cases=kept([Case(*each) for each in zip(texts, encodings, found, strict=True)]),
        tolerance=tolerance * largest_scale,
    )


def _outcomes(texts: Sequence[Text], encodings: Sequence[Encoding], rows: Rows) -> tuple[Outcome, ...]:
    """The outputs of the last exit."""
    return tuple(
        Outcome(text, encoding, row_of(row, -1), None)
        for text, encoding, row in zip(texts, encodings, rows, strict=True)
    )


def _work(inputs: Mapping[str, Ids]) -> int:
    """The reference's time for some rows, in tokens: those of the rows, and _CALL_TOKENS for the call."""
    return _CALL_TOKENS + inputs["input_ids"].size


def _tolerance(scheme: Scheme, spread: float) -> float:
    """The largest share that a difference may be, for a spread of the reference's outputs under jitter."""
    return min(max(scheme.tolerance, JITTER_FACTOR * spread), scheme.largest_tolerance)


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
