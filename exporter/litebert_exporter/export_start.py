"""The entry point of the command; it imports nothing heavy."""

from litebert.tools.start import start


def litebert_export() -> int:
    """The command `litebert-export`."""
    return start("litebert_exporter.export_cli")
