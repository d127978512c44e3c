"""A handful of sentences on both engines: `python examples/demo.py ARTIFACT`."""

from __future__ import annotations

import sys
import time
from statistics import median

import litebert

SENTENCES = (
    "a gripping , beautifully acted film .",
    "The plot is thin; the acting, thinner.",
    "not a bad way to spend an evening",
    "i wanted to love it , but it bored me .",
    "Crème de la crème! \U0001f600",
)
ROUNDS = 50


def main(path: str) -> None:
    """Prints an answer and its latency per sentence and engine."""
    models = [litebert.load(path, backend) for backend in ("onnxruntime", "ai-edge-litert")]
    print("".join(f"{model.backend:<26}" for model in models) + "sentence")
    for sentence in SENTENCES:
        cells = []
        for model in models:
            answer = model(sentence)
            cells.append(f"{answer.label} {answer.score:.3f} {_latency_ms(model, sentence):5.2f} ms")
        print("".join(f"{cell:<26}" for cell in cells) + sentence)
    print(f"(median of {ROUNDS} calls from text to answer, one thread, on this machine)")


def _latency_ms(model: litebert.Model, sentence: str) -> float:
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        model(sentence)
        seconds.append(time.perf_counter() - start)
    return median(seconds) * 1000


if __name__ == "__main__":
    main(sys.argv[1])
