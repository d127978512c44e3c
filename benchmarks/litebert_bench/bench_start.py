"""How the command starts."""

from litebert.tools.start import start


def litebert_bench() -> int:
    """The command `litebert-bench`."""
    return start("litebert_bench.bench_cli")
