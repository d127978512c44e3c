"""A handful of sentences on both engines, leaving early: `python examples/demo.py ARTIFACT`."""

from __future__ import annotations

import sys
import time
from statistics import median

import litebert

SENTENCES = (
    "a gripping , beautifully acted film .",
    "The plot is thin; the acting, thinner.",
    "not a bad way to spend an evening",
    "a mess , but a lovable one",
    "The acting is better than the plot deserves.",
    "it never quite falls apart \U0001f600",
)
SPEED = 0.2
ROUNDS = 50


def main(path: str) -> None:
    """Prints per sentence and engine the answer, the layer it left behind, its time and full depth's."""
    sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may have no emoji
    print("opening both engines ...", flush=True)
    models = [litebert.load(path, backend, preload=True) for backend in ("onnxruntime", "ai-edge-litert")]
    print(f"speed {SPEED}: leave at the first layer that is sure enough; ms early / at full depth")
    print("".join(f"{model.backend:<40}" for model in models) + "sentence")
    for sentence in SENTENCES:
        cells = []
        for model in models:
            answer = model(sentence, speed=SPEED)
            early, full = (_latency_ms(model, sentence, speed) for speed in (SPEED, 0.0))
            left = f"layer {answer.exit_layer}"
            cells.append(f"{answer.label} {answer.score:.3f}  {left}  {early:.2f} / {full:.2f}")
        print("".join(f"{cell:<40}" for cell in cells) + sentence, flush=True)
    print(f"(median of {ROUNDS} calls from text to answer, one thread, on this machine)")


def _latency_ms(model: litebert.Model, sentence: str, speed: float) -> float:
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        model(sentence, speed=speed)
        seconds.append(time.perf_counter() - start)
    return median(seconds) * 1000


if __name__ == "__main__":
    main(sys.argv[1])
