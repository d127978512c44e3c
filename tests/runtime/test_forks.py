"""A forked process answers, or says that the model must be opened after the fork; it never waits for ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# Prints, for each child, what it did: an answer, an error, or nothing within the time.
CHILDREN = """
import os, signal, sys, threading, time
import litebert

artifact, backend, threads, case = sys.argv[1:]
model = litebert.load(artifact, backend, int(threads))
expected = model("a good film").label


def answer():
    return model("a good film").label


def open_and_answer():
    return litebert.load(artifact, backend, int(threads))("a good film").label


def serve():
    while True:
        model("a good film " * 20)


if case != "idle":
    for _ in range(3):
        threading.Thread(target=serve, daemon=True).start()
    time.sleep(0.3)
for _ in range(5):
    child = os.fork()
    if child == 0:
        try:
            found = open_and_answer() if case == "opened after" else answer()
            os.write(1, b"right\\n" if found == expected else b"wrong\\n")
        except litebert.InputError as error:
            os.write(1, f"{error}\\n".encode())
        sys.exit()
    end = time.monotonic() + 30
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.write(1, b"never ends\\n")
            break
        time.sleep(0.01)
os.write(1, b"parent " + model("a good film").label.encode())
os._exit(0)
"""
REFUSED = "the model was opened before this process was forked"


@pytest.mark.slow
@pytest.mark.parametrize("case", ["idle", "busy", "opened after"])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("backend", ["onnxruntime", "ai-edge-litert"])
def test_a_forked_process_never_hangs(backend: str, threads: int, case: str, artifact: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", CHILDREN, str(artifact), backend, str(threads), case],
        capture_output=True,
        check=True,
        text=True,
        timeout=200,
    )
    *children, parent = finished.stdout.splitlines()
    assert len(children) == 5 and parent in ("parent negative", "parent positive")
    if case == "opened after" or (case == "idle" and threads == 1):
        assert {*children} == {"right"}
    else:
        refused = [line for line in children if line != "right"]  # a busy process is between calls at times
        assert refused and (case == "busy" or len(refused) == len(children))
        assert all(
            REFUSED in line and "open it after the fork, with litebert.load()" in line for line in refused
        )


POOL = """
import multiprocessing, sys
import litebert

model = litebert.load(sys.argv[1])
model("warm")


def answer(text):
    return model(text)


with multiprocessing.get_context("fork").Pool(2) as pool:
    print(len({answer.label for answer in pool.map(answer, ["a good film"] * 20)}))
"""


def test_a_model_that_was_loaded_before_the_workers_are_forked(artifact: Path) -> None:
    """As gunicorn --preload does it: idle at the fork, and with one thread."""
    finished = subprocess.run(
        [sys.executable, "-c", POOL, str(artifact)],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    assert finished.stdout == "1\n"
