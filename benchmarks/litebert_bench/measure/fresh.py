"""The measurements of a fresh process: a program of its own, so that nothing is imported or warm before.

    python -P fresh.py bare
    python -P fresh.py answer ARTIFACT BACKEND THREADS < lines of JSON, a text or pair each

Either prints a line of JSON. The second answers the first text, prints a line at once, answers the others,
and prints another line.
"""

import json
import sys
import time
from pathlib import Path

_FIELDS = {"VmRSS": "rss_bytes", "VmHWM": "peak_bytes", "RssAnon": "anonymous_bytes"}


def memory(process: int | str = "self") -> dict[str, int]:
    """Bytes of a process, where the system gives them: resident now, at most, and backed by no file.

    Read: proc(5), /proc/pid/status. The peak counts from the program's start, unlike getrusage's, which a
    process inherits from the one that started it.
    """
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return {}
    parts = (line.split() for line in lines)
    return {_FIELDS[part[0][:-1]]: int(part[1]) * 1024 for part in parts if part and part[0][:-1] in _FIELDS}


def main(arguments: list[str]) -> None:
    """Measures this process; see above."""
    if arguments == ["bare"]:
        _print(memory())
        return
    _, artifact, backend, threads = arguments
    texts = [json.loads(line) for line in sys.stdin]
    inputs = [tuple(text) if isinstance(text, list) else text for text in texts]
    start = time.perf_counter()
    from litebert import load

    imported = time.perf_counter()
    model = load(artifact, backend, int(threads))
    opened = time.perf_counter()
    model(inputs[0])
    answered = time.perf_counter()
    times = {"import_ms": imported - start, "open_ms": opened - imported, "answer_ms": answered - opened}
    _print({name: round(1000 * seconds, 4) for name, seconds in times.items()})
    for text in inputs[1:]:
        model(text)
    _print(memory())


def _print(body: dict[str, float] | dict[str, int]) -> None:
    sys.stdout.write(f"{json.dumps(body)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
