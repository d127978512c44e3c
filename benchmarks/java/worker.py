"""Python's side of java_beside_python.py; Worker.java is the other.

    python worker.py ARTIFACT BACKEND TEXT

It opens the artifact and answers the text, and writes {"open_ms": ..., "answer_ms": ...}; imports count as
opening. Then it answers each request on stdin,

    {"texts": [...], "speed": 0.2, "tokenize": false}

(null for full depth), one text a call, by {"ms": [...], "layers": [...], "tokens": N}: the time of each call,
the layer that answered it (-1 without exits), and all tokens together.
"""

import json
import sys
import time
from typing import Any


def main(artifact: str, backend: str, text: str) -> None:
    """Answers the first text and the requests; see above."""
    start = time.perf_counter()
    from litebert import load

    model = load(artifact, backend)
    opened = time.perf_counter()
    model(text)
    times = {"open_ms": 1000 * (opened - start), "answer_ms": 1000 * (time.perf_counter() - opened)}
    _print(times)
    for line in sys.stdin:
        _print(_answered(model, json.loads(line)))


def _answered(model: Any, request: dict[str, Any]) -> dict[str, Any]:
    times: dict[str, Any] = {"ms": [], "layers": [], "tokens": 0}
    speed = request["speed"]
    for text in request["texts"]:
        start = time.perf_counter()
        if request["tokenize"]:
            tokens, layer = len(model.tokenize(text).input_ids), None
        else:
            answer = model(text) if speed is None else model(text, speed=speed)
            tokens, layer = answer.tokens, answer.exit_layer
        times["ms"].append(1000 * (time.perf_counter() - start))
        times["layers"].append(-1 if layer is None else layer)
        times["tokens"] += tokens
    return times


def _print(body: dict[str, Any]) -> None:
    print(json.dumps(body), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
