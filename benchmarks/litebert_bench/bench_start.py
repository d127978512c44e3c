"""The start of the command `litebert-bench`."""

from litebert.tools.start import start


def litebert_bench() -> int:
    """Runs the command `litebert-bench`; returns the exit code."""
    return start("litebert_bench.bench_cli")
