"""Students of norms first, linears without bias, two states, outputs per token: no family makes them yet.

Every graph gives the numbers of the reference, in every layout, and padding changes none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from toys import (
    ROWS,
    WIDTH,
    cell,
    feeds,
    logits_head,
    opened,
    pre_norm_layer,
    pre_norm_student,
    random_weights,
    student,
    tagged_head,
)

from litebert.exit_rules import RULES, uncertainty_of
from litebert.exit_settings import choose_setting
from litebert.graph_formats import ONE
from litebert.outputs import Output, Outputs, stacked
from litebert_exporter.heads.embedding import EmbeddingHead
from litebert_exporter.heads.logits import gives_logits
from litebert_exporter.quantize.recipe import RECIPES
from litebert_exporter.segments import Plan, plan_branched, plan_split, plan_whole
from litebert_exporter.spec import Student
from litebert_exporter.targets import TARGETS, targets_for
from litebert_exporter.targets.reference import Reference

STUDENTS: Mapping[str, Student] = {
    "norms first": pre_norm_student(*map(logits_head, "abc")),
    "two states": student([cell(name) for name in "abcd"], *map(logits_head, "abcd")),
    "two states or one": student(
        [cell("a"), pre_norm_layer("b"), cell("c"), pre_norm_layer("d"), cell("e")], *map(logits_head, "abc")
    ),
    "mean of the text": pre_norm_student(*(EmbeddingHead("mean", True, WIDTH) for _ in range(3))),
    "maximum of the text": pre_norm_student(EmbeddingHead("max", False, WIDTH)),
    "first token": pre_norm_student(EmbeddingHead("cls", True, WIDTH)),
    "per token": pre_norm_student(*map(tagged_head, "abc")),
}
PLANS: Mapping[str, Callable[[Student], Plan]] = {
    "whole": plan_whole,
    "split": plan_split,
    "split in two": lambda student: plan_split(student, 2),
    "split, fixed lengths": lambda student: replace(plan_split(student, 2), lengths=(8, 12)),
    "branched": plan_branched,
}
# The order of sums in float. In int8 a value on the border between two integers may fall to either side.
TOLERANCES = {"none": 2e-5, "int8": 3e-2, "int8-fast": 5e-2}

RUNS = [
    (name, layout, target, recipe)
    for name, layout, recipe in product(STUDENTS, PLANS, TOLERANCES)
    if layout != "branched" or gives_logits(STUDENTS[name].head)
    for target in targets_for(layout.partition(" ")[0].strip(","), recipe, lengths="lengths" in layout)
]


def _rows(found: Mapping[str, np.ndarray], outputs: tuple[Output, ...], row: int, tokens: int) -> Outputs:
    """A row of a batch without its padding."""
    return {each.name: each.cut(found[each.name], tokens)[row] for each in outputs}


def _difference(found: Outputs, expected: Outputs) -> float:
    assert found.keys() == expected.keys()
    assert all(found[name].shape == expected[name].shape for name in found)
    return max(float(np.abs(found[name] - expected[name]).max()) for name in found)


@pytest.mark.parametrize(("name", "layout", "target", "recipe"), RUNS)
def test_graphs_give_the_references_numbers(
    name: str, layout: str, target: str, recipe: str, tmp_path: Path
) -> None:
    spec, tolerance = STUDENTS[name], TOLERANCES[recipe]
    weights, plan = random_weights(spec), PLANS[layout](spec)
    reference = Reference(spec, weights)
    format_, quantized = TARGETS[target], RECIPES[recipe]
    network = opened(spec, weights, quantized, format_, plan, tmp_path / "model")
    alone = []
    for row in ROWS:
        expected = reference.outputs(plan.exits, quantized, format_.scheme(quantized), feeds([row]))
        (found,) = network.all_exits(feeds([row]))
        outputs = spec.head.outputs
        exits = [_rows(each, outputs, 0, len(row)) for each in expected]
        assert _difference(stacked(found), stacked(exits)) <= tolerance
        alone.append(found)
    if format_.scheme(quantized).mixes_rows:
        return
    # One row padded; in ONNX also all of them in one batch.
    for rows in [ROWS[:1], *([ROWS] if format_.rows(quantized) != ONE else [])]:
        together = network.all_exits(feeds(rows, pad_to=12))
        for row, found in enumerate(together):
            cut = [
                {each.name: each.cut(exit_[each.name][None], len(rows[row]))[0] for each in spec.head.outputs}
                for exit_ in found
            ]
            assert _difference(stacked(cut), stacked(alone[row])) <= tolerance


@pytest.mark.parametrize("layout", ["split", "branched"])
def test_rows_that_leave_take_all_their_states_along(layout: str, tmp_path: Path) -> None:
    """Rows of one call leave at different exits; those that stay get the numbers that they get alone."""
    spec = STUDENTS["two states"]
    weights, plan = random_weights(spec), PLANS[layout](spec)
    network = opened(spec, weights, RECIPES["none"], TARGETS["onnx"], plan, tmp_path / "model")
    rows = [[2, word, other, 3] for word in range(6, 18) for other in (5, 19)]
    alone = network.all_exits(feeds(rows))
    uncertainties = [[uncertainty_of((row[number]["logits"],)) for row in alone] for number in range(3)]
    speed = [float(np.median(each)) for each in uncertainties]
    answers = network.run(feeds(rows), choose_setting(RULES["entropy-below"], 3, {"speed": speed}))
    for answer, exits in zip(answers, alone, strict=True):
        assert _difference(answer.outputs, exits[answer.exit]) <= TOLERANCES["none"]
    assert {answer.exit for answer in answers} == {*range(len(plan.exits))}
