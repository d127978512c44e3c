"""A worker that speaks the protocol of benchmarks/peers/worker.py without a model: fake_worker.py MODE DIARY.

It answers [token sum, row length]. In DIARY it writes a line per request: its mode, process, rows, batch and
setting. MODE says what goes wrong, if anything.
"""

import json
import os
import sys
from pathlib import Path

_READY = {
    "engine": "fake 1.0",
    "packages": {},
    "import_ms": 1.0,
    "open_ms": 2.0,
    "files": {"model": 3},
    "arithmetic": "default",
    "notes": ["made up"],
}
_RUBBISH = {
    "text": "Traceback",
    "list": "[1]",
    "nothing": "{}",
    "few": '{"wall_ms": [1.0], "cpu_ms": [1.0], "logits": []}',
    "nan": '{"wall_ms": [1.0], "cpu_ms": [1.0], "logits": [[NaN, 0.0]]}',
    "error": '{"error": "out of ideas"}',
}


def _answer(rows: list[dict[str, list[int]]], batch: int, setting: str) -> str:
    logits = [[float(sum(row["input_ids"])), float(len(row["input_ids"]))] for row in rows]
    calls = -(-len(rows) // batch)
    exits = [0] * len(rows) if setting else []
    return json.dumps({"wall_ms": [1.5] * calls, "cpu_ms": [1.0] * calls, "logits": logits, "exits": exits})


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(mode: str, diary: Path) -> None:
    if mode == "unready":
        sys.exit("there is no model")
    _say(json.dumps({"ready": True} if mode == "mute" else _READY))
    for number, line in enumerate(sys.stdin):
        request = json.loads(line)
        with diary.open("a", encoding="utf-8") as file:
            entry = [mode, os.getpid(), len(request["rows"]), request["batch"], request["setting"]]
            file.write(f"{json.dumps(entry)}\n")
        if mode == "dies" and number == 6:
            sys.exit("the model fell over")
        _say(_RUBBISH.get(mode) or _answer(**request))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
