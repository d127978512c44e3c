"""How the command starts."""

from litebert.start import start


def litebert_export() -> int:
    """The command `litebert-export`."""
    return start("litebert_exporter.cli")
