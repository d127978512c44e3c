"""Writes what Python promises for some calibrations; `PromiseTest` compares the Java classes with it.

`PYTHONPATH=runtime python android_demo/litebert/src/test/scripts/promise_cases.py`
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from litebert.calibration import best_within, mean, read_calibration
from litebert.errors import InputError
from litebert.exit_rules import RULES
from litebert.promise import keep_promise, p_value, texts_needed
from litebert.targets import Exit, Target

_PERCENTS = (0, 0.01, 0.5, 1, 2.5, 5, 12.345678, 50, 99, 100)
_OUT = Path(__file__).parent.parent / "resources/dev/litebert/exit/promise_cases.json"
_TEXTS = (1, 58, 59, 872, 100_000)


def main() -> None:
    """Writes the cases."""
    rng = random.Random(0)
    tails = [
        {"losses": losses, "texts": texts, "limit": percent / 100, "p": p_value(losses, texts, percent / 100)}
        for texts in _TEXTS
        for percent in _PERCENTS
        for losses in sorted({0, texts // 100, texts // 50, max(0, int(texts * percent / 100) - 1)})
    ]
    needed = [[percent / 100, texts_needed(percent / 100)] for percent in _PERCENTS if percent]
    calibrations = [_case(rng, name, labels) for name in RULES for labels in (True, False) for _ in range(2)]
    lines = ",\n".join(map(json.dumps, calibrations))
    _OUT.write_text(
        f'{{"tails": {json.dumps(tails)},\n"needed": {json.dumps(needed)},\n"calibrations": [\n{lines}\n]}}\n'
    )


def _case(rng: random.Random, name: str, labels: bool) -> dict[str, Any]:
    """A calibration of random figures that agree with each other, and what Python chooses by it."""
    rule = RULES[name]
    early = rng.randint(1, 3)
    exits = [{"layer": layer, "compute_share": (layer + 1) / (early + 1)} for layer in range(early + 1)]
    examples = rng.choice((50, 400, 872))
    rows = [
        _row(rng, rule.of_values(early), exits, examples, step, labels)
        for step in range(rng.choice((1, 5, 5)))
    ]
    body = {
        "examples": examples,
        "searched": 100,
        "tokens": 17,
        "exit_accuracy": [0.5 for _ in exits],
        "rows": rows,
    }
    target = Target(
        "onnx", "split", "", "int8", "independent", False, (), tuple(_exit(each) for each in exits), body
    )
    calibration = read_calibration(target, rule)
    times = [1.5 * (each["layer"] + 1) for each in exits]
    return {
        "rule": name,
        "exits": exits,
        "calibration": body,
        "promises": [
            _promise(keep_promise(calibration, rule, knob, percent), knob, percent)
            for knob in ("max_changed_percent", "max_accuracy_drop")
            for percent in (0, 1, 2.5, 12.345678, 100)
        ],
        "times": times,
        "budgets": [
            [budget, _budget(calibration, rule, budget, times)]
            for budget in (0.1, 0.96 * times[-1], 0.98 * times[-1], 99)
        ],
    }


def _exit(facts: dict[str, Any]) -> Exit:
    return Exit(facts["layer"], {"logits": f"logits_{facts['layer']}"}, facts["compute_share"])


def _row(
    rng: random.Random, parameters: Any, exits: list[dict[str, Any]], examples: int, step: int, labels: bool
) -> dict[str, Any]:
    """A row of random figures; the first one is full depth's."""
    counts = [rng.randint(0, step * 4) for _ in exits[:-1]]
    counts.append(examples - sum(counts))
    changed = rng.randint(0, step * 2) if step else 0
    spoiled = rng.randint(0, changed)
    layers, shares = ([each[key] for each in exits] for key in ("layer", "compute_share"))
    return {
        "values": [rng.choice((0.1, 0.25, 1 / 3)) if step else 0 for _ in parameters],
        "accuracy": 0.9 - spoiled / examples if labels else None,
        "agreement": 1 - changed / examples,
        "changed": changed,
        "spoiled": spoiled if labels else None,
        "mean_layers": mean(counts, layers) + 1,
        "exits": counts,
        "compute_share": mean(counts, shares),
        "latency_ms": 1.0,
    }


def _promise(promise: Any, knob: str, percent: float) -> dict[str, Any]:
    setting = None if promise.setting is None else repr(promise.setting)
    return {"knob": knob, "percent": percent, "setting": setting, "line": promise.line}


def _budget(calibration: Any, rule: Any, budget: float, times: list[float]) -> str:
    try:
        return repr(best_within(calibration, rule, budget, times))
    except InputError as error:
        return str(error)


if __name__ == "__main__":
    main()
