"""int8 arithmetic against numbers worked out by hand, in numpy and in both engines.

The rows used throughout: x = [2, -1, 0.4] and a weight with the rows [1, -0.5, 0.25] and zeros. In exact
arithmetic x · row = 2 + 0.5 + 0.1 = 2.6.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graphs import open_tflite, run_ops
from numpy.typing import NDArray

from litebert_exporter.quantize.activation_scales import per_tensor, per_token, per_token_asymmetric
from litebert_exporter.quantize.recipe import RECIPES
from litebert_exporter.quantize.weights import quantize_rows
from litebert_exporter.slots import Linear, Slot
from litebert_exporter.targets import TARGETS
from litebert_exporter.targets.reference import ReferenceOps

X = [2.0, -1.0, 0.4]
ROWS = [[1.0, -0.5, 0.25], [0.0, 0.0, 0.0]]
BIAS = [0.1, -0.2]

# float32 steps near 3 are 2.4e-7, and a dozen operations go into each value below.
STEP = 2e-6


def _array(values: Any) -> NDArray[np.float32]:
    return np.array(values, np.float32)


def test_weights_by_hand() -> None:
    """Scale = max|row| / 127; the quotient rounded, halves to the even neighbour."""
    rows = quantize_rows(
        _array([[127, -63.5, 62.5, 0.5, 1.5], [0, 0, 0, 0, 0], [-2.54, 1.0, 0.019, 0.011, 0], [1e-30] * 5])
    )
    assert rows.values.dtype == np.int8 and rows.scales.dtype == np.float32
    assert rows.values.tolist() == [
        [127, -64, 62, 0, 2],  # scale 1: -63.5, 62.5, 0.5 and 1.5 are in the middle
        [0, 0, 0, 0, 0],
        [-127, 50, 1, 1, 0],  # scale 0.02: 50, 0.95, 0.55
        [0, 0, 0, 0, 0],  # a row below the smallest scale counts as zeros
    ]
    assert rows.scales[[0, 2]] == pytest.approx([1.0, 0.02], rel=1e-6)
    assert 0 < rows.scales[1] <= 1e-12 and np.isfinite(rows.scales).all()


def test_the_weight_of_this_module_by_hand() -> None:
    """1/127 is the scale; -0.5 is -63.5 steps, to the even -64; 0.25 is 31.75 steps."""
    rows = quantize_rows(_array(ROWS))
    assert rows.values.tolist() == [[127, -64, 32], [0, 0, 0]]
    assert rows.scales[0] == pytest.approx(1 / 127, rel=1e-6)


def test_per_token_by_hand() -> None:
    """Symmetric: r = max|x|, integers = round(127 x / r), each row by itself."""
    integers, scale = per_token(_array([X, [0, 0, 0], [-200, 100, 0.5]]))
    assert integers.tolist() == [[127, -64, 25], [0, 0, 0], [-127, 64, 0]]  # 63.5 → 64, 25.4, 0.3175
    assert scale.shape == (3, 1)
    assert scale[[0, 2], 0] == pytest.approx([2 / 127, 200 / 127], rel=1e-6)
    assert (integers * scale)[1].tolist() == [0, 0, 0]


def test_per_token_asymmetric_by_hand() -> None:
    """Low = -1, high = 2: 255/3 = 85 steps per unit; zero point -128 + 85 = -43."""
    integers, scale = per_token_asymmetric(_array([X, [0, 0, 0], [1, 3, 2], [-1, -4, -3], [-1, 3, 1]]))
    assert integers.tolist() == [
        [170, -85, 34],
        [0, 0, 0],
        [85, 255, 170],  # all positive: low is 0, and 3 is 255 steps
        [-64, -255, -191],  # all negative: high is 0; 63.75 steps per unit: -63.75, -191.25
        # 63.75 per unit: -63.75 and 191.25 round to -64 and 191, and their sum is the 255 there are
        [-64, 191, 64],
    ]
    assert scale[:, 0] == pytest.approx([1 / 85, 1, 1 / 85, 4 / 255, 4 / 255], rel=1e-6)


def test_per_token_asymmetric_cuts_what_leaves_the_range() -> None:
    """Low = -0.25, high = 0.75: 255 per unit, zero point -128 + 63.75 → -64; 0.75 → 191.25 → 191 - 64 = 127.

    low = -1.5, high = 1.5: 85 per unit, both ends at ∓127.5, whose halves go to the even -128 and 128. The
    zero point -0.5 goes to 0, so 128 would be one too many and is cut to 127.
    """
    integers, _ = per_token_asymmetric(_array([[-0.25, 0.75], [-1.5, 1.5]]))
    assert integers.tolist() == [[-64, 191], [-128, 127]]


def test_per_tensor_by_hand() -> None:
    """One scale for all rows: low = -1, high = 2 give 3/255 and the zero point 85."""
    integers, scale = per_tensor(_array([X, [0, 0, 0]]))
    assert integers.tolist() == [[170, -85, 34], [0, 0, 0]]
    assert float(scale) == pytest.approx(3 / 255, rel=1e-6)
    integers, scale = per_tensor(_array([[0, 0], [0, 0]]))
    assert (integers.tolist(), float(scale)) == ([[0, 0], [0, 0]], 1.0)
    for low, high, expected in ((1, 3, [85, 255]), (-3, -1, [-255, -85])):  # the range holds 0 in any case
        integers, scale = per_tensor(_array([[low, high]]))
        assert (integers.tolist(), float(scale)) == ([expected], pytest.approx(3 / 255, rel=1e-6))
    integers, scale = per_tensor(_array([X, [-100, 155, 0]]))  # the neighbour's scale is 1: 0.4 is lost
    assert (integers[0].tolist(), float(scale)) == ([2, -1, 0], 1.0)


# Each: engine and recipe, then integers of x times the weight's integers [127, -64, 32], scales, bias 0.1.
BY_HAND = {
    ("onnx", "none"): 2.6 + 0.1,
    # r = 2: [127, -64, 25]: 16129 + 4096 + 800 = 21025, times 2/127 times 1/127
    ("onnx", "int8"): 21025 * 2 / 127**2 + 0.1,
    # [170, -85, 34]: 21590 + 5440 + 1088 = 28118, times 1/85 times 1/127
    ("onnx", "int8-fast"): 28118 / 85 / 127 + 0.1,
    ("tflite", "none"): 2.6 + 0.1,
    ("tflite", "int8"): 28118 / 85 / 127 + 0.1,
}
LINEAR = Linear(Slot("w", (2, 3)), Slot("b", (2,)))


def _weights(x: Any) -> dict[str, NDArray[np.float32]]:
    return {"x": _array(x), "w": _array(ROWS), "b": _array(BIAS)}


def _run(
    target: str,
    recipe: str,
    weights: dict[str, NDArray[np.float32]],
    linears: tuple[Linear, ...],
    folder: Path,
) -> NDArray[np.float32]:
    """The first row of x through linears in the target's engine; the reference must say the same."""

    def build(ops: Any, ids: Any) -> Any:
        return ops.linear(ops.gather_rows(Slot("x", weights["x"].shape), ids), *linears)

    ids = range(len(weights["x"]))
    found = run_ops(target, recipe, weights, build, ids, folder)
    feeds = {"input_ids": np.array([ids], np.int32)}
    reference = ReferenceOps(
        weights, RECIPES[recipe], TARGETS[target].scheme(RECIPES[recipe]), feeds, quantized={}, jitter=0.0
    )
    emulated = reference.first_token(build(reference, reference.input("input_ids")))[:, 0]
    assert found == pytest.approx(emulated, rel=1e-6, abs=STEP)
    return found


@pytest.mark.parametrize(("target", "recipe"), BY_HAND)
def test_a_linear_in_its_engine_by_hand(target: str, recipe: str, tmp_path: Path) -> None:
    """The weight's row of zeros leaves the bias."""
    found = _run(target, recipe, _weights([X]), (LINEAR,), tmp_path / "g")
    assert found == pytest.approx(_array([[BY_HAND[target, recipe], -0.2]]), abs=STEP)


def test_a_linear_in_tflites_own_kernel_by_hand(tmp_path: Path) -> None:
    """Where there is no XNNPACK, the file must ask for asymmetric inputs to get the same.

    Symmetric ones would give the number of the recipe int8 of ONNX.
    """
    weights = _weights([X])
    _run("tflite", "int8", weights, (LINEAR,), tmp_path / "g")
    found = open_tflite(tmp_path / "g" / "graph.tflite", xnnpack=False)(
        {"input_ids": np.zeros((1, 1), np.int32)}
    )
    assert found == pytest.approx(_array([[BY_HAND["tflite", "int8"], -0.2]]), abs=STEP)


def test_the_recipes_differ_by_far_more_than_the_tolerance() -> None:
    values = sorted(set(BY_HAND.values()))
    assert len(values) == 3
    assert min(b - a for a, b in pairwise(values)) > 100 * STEP


@pytest.mark.parametrize(("target", "recipe"), BY_HAND)
def test_a_row_of_zeros_leaves_the_bias(target: str, recipe: str, tmp_path: Path) -> None:
    """Alone and before a large neighbour: nothing is divided by zero, and nothing seeps over."""
    for number, x in enumerate(([[0.0] * 3], [[0.0] * 3, [500.0, -90.0, 3.0]])):
        found = _run(target, recipe, _weights(x), (LINEAR,), tmp_path / str(number))
        assert found.tolist() == _array([BIAS]).tolist()


@pytest.mark.parametrize(("target", "recipe"), BY_HAND)
def test_a_large_neighbour(target: str, recipe: str, tmp_path: Path) -> None:
    """A token of up to 155 beside x changes nothing where each token has its own scale.

    With one scale for all, (155 + 100) / 255 = 1 leaves [2, -1, 0] of x: (254 + 64) / 127 + 0.1.
    """
    value = 318 / 127 + 0.1 if recipe == "int8-fast" else BY_HAND[target, recipe]
    found = _run(target, recipe, _weights([X, [-100.0, 155.0, 0.0]]), (LINEAR,), tmp_path / "g")
    assert found == pytest.approx(_array([[value, -0.2]]), abs=STEP)


@pytest.mark.parametrize(("target", "recipe"), BY_HAND)
def test_sums_are_exact_at_their_largest(target: str, recipe: str, tmp_path: Path) -> None:
    """511 products of the largest integers: 16-bit sums would saturate, float16 ones would lose digits.

    x is all ones and so is the weight, but for a last 0: the answer is 511 in every recipe.
    """
    weights = {
        "x": np.ones((1, 512), np.float32),
        "w": _array([[1.0] * 511 + [0.0]]),
        "b": np.zeros(1, np.float32),
    }
    found = _run(target, recipe, weights, (Linear(Slot("w", (1, 512)), Slot("b", (1,))),), tmp_path / "g")
    assert found == pytest.approx(_array([[511]]), rel=1e-6)


@pytest.mark.parametrize(("target", "recipe"), BY_HAND)
def test_joined_linears_keep_their_scales(target: str, recipe: str, tmp_path: Path) -> None:
    """Query, key and value run as one product: each output keeps the scale of its own weight row.

    x = 127 everywhere is exact in every recipe; 3 · 127 + 0.5 = 381.5 and 0.001 · 127 + 0.25 = 0.377. In the
    first row's scale, 1/127, the second row's 0.001 would round to 0.
    """
    weights = {
        "x": _array([[127.0] * 3]),
        "w": _array([[1.0, 1.0, 1.0]]),
        "b": _array([0.5]),
        "v": _array([[0.0, 0.0, 0.001]]),
        "c": _array([0.25]),
    }
    parts = (Linear(Slot("w", (1, 3)), Slot("b", (1,))), Linear(Slot("v", (1, 3)), Slot("c", (1,))))
    found = _run(target, recipe, weights, parts, tmp_path / "g")
    assert found == pytest.approx(_array([[381.5, 0.377]]), rel=1e-6)


@pytest.mark.parametrize("target", ["onnx", "tflite"])
def test_exact_linears_stay_in_float(target: str, tmp_path: Path) -> None:
    exact = Linear(LINEAR.weight, LINEAR.bias, exact=True)
    found = _run(target, "int8", _weights([X]), (exact,), tmp_path / "g")
    assert found == pytest.approx(_array([[2.7, -0.2]]), abs=STEP)


TABLE = [[50.8, 0.19, -50.8], [1.0, -0.5, 0.25], [0.0, 0.0, 0.0]]
# Row by row: 0.4 is the scale and 0.19 less than half of it; [127, -64, 32] / 127; nothing.
TABLE_BY_HAND = [[50.8, 0.0, -50.8], [1.0, -64 / 127, 32 / 127], [0.0, 0.0, 0.0]]


@pytest.mark.parametrize("row", range(3))
@pytest.mark.parametrize("target", ["onnx", "tflite"])
def test_int8_words_by_hand(target: str, row: int, tmp_path: Path) -> None:
    """Each row of the embedding has a scale of its own; a row of zeros stays that."""
    weights, table = {"t": _array(TABLE)}, Slot("t", (3, 3))
    for recipe, expected in (("int8", TABLE_BY_HAND), ("none", TABLE)):
        found = run_ops(
            target,
            recipe,
            weights,
            lambda ops, ids: ops.gather_words(table, ids),
            [row, (row + 1) % 3],
            tmp_path / recipe,
        )
        assert found == pytest.approx(_array([expected[row]]), rel=1e-6)


@pytest.mark.parametrize("target", ["onnx", "tflite"])
@pytest.mark.parametrize(("recipe", "table"), [("int8", TABLE_BY_HAND), ("none", TABLE)])
def test_trigrams_by_hand(recipe: str, table: list[list[float]], target: str, tmp_path: Path) -> None:
    """Next, this, previous: zeros beyond either end, and for an id that the mask, here the ids, hides."""
    nothing = [0.0, 0.0, 0.0]
    for ids, following, this in (
        ([1], nothing, table[1]),
        ([1, 1, 1], table[1], table[1]),
        ([1, 0, 1], nothing, table[1]),
        ([0, 1], table[1], nothing),
    ):
        found = run_ops(
            target,
            recipe,
            {"t": _array(TABLE)},
            lambda ops, ids: ops.gather_trigrams(Slot("t", (3, 3)), ids, ids),
            ids,
            tmp_path / "-".join(map(str, ids)),
        )
        assert found == pytest.approx(_array([[*following, *this, *nothing]]), rel=1e-6)


@pytest.mark.parametrize("target", ["onnx", "tflite"])
@pytest.mark.parametrize("recipe", ["int8", "none"])
def test_positions_count_from_zero(recipe: str, target: str, tmp_path: Path) -> None:
    """Ids lend their number only: three tokens get the rows 0, 1, 2, here added up by a product with ones.

    The rows are exact in int8, so that both recipes give the same.
    """
    table = _array([[1.0, 0, 0], [0, 10.0, 0], [0, 0, 100.0], [1e6, 1e6, 1e6]])

    def build(ops: Any, ids: Any) -> Any:
        rows = ops.position_rows(Slot("t", (4, 3)), ids)
        (heads,) = ops.split_heads(rows, 1, 1, 3)
        return ops.attention(heads, heads, heads, ops.padding_bias(ids), 3)

    # Every id is 1, so the mask made of them is 1 everywhere; row 0 attends to rows 0..2 with weights from
    # softmax([1, 0, 0] / sqrt(3)).
    weights = np.exp(np.array([1.0, 0.0, 0.0]) / np.sqrt(3))
    expected = weights / weights.sum() * [1.0, 10.0, 100.0]
    found = run_ops(target, recipe, {"t": table}, build, [1, 1, 1], tmp_path / "g")
    assert found[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("target", ["onnx", "tflite"])
@pytest.mark.parametrize("recipe", ["int8", "none"])
def test_positions_are_counted_from_behind_the_paddings(recipe: str, target: str, tmp_path: Path) -> None:
    """Padding 2 gets row 2 and is not counted: ids 2 9 2 9 2 9 take the rows 2 3 2 4 2 5, here averaged."""

    def build(ops: Any, ids: Any) -> Any:
        rows = ops.counted_rows(Slot("t", (8, 8)), ids, 2)
        (heads,) = ops.split_heads(rows, 1, 1, 8)
        nothing = ops.binary("multiply", heads, 0.0)
        unmasked = ops.binary("multiply", ops.padding_bias(ids), 0.0)
        return ops.attention(nothing, nothing, heads, unmasked, 8)

    for ids, expected in (([2, 1, 2, 1, 2, 1], [0, 0, 3, 1, 1, 1, 0, 0]), ([1], [0, 0, 0, 1, 0, 0, 0, 0])):
        folder = tmp_path / str(len(ids))
        found = run_ops(target, recipe, {"t": np.eye(8, dtype=np.float32)}, build, ids, folder)
        assert found[0] * len(ids) == pytest.approx(expected, abs=1e-5)
