"""The entry points of the commands; they import nothing heavy."""

from litebert.tools.start import start


def litebert_theseus() -> int:
    """The command `litebert-theseus`."""
    return start("litebert_students.theseus_cli")


def litebert_exits() -> int:
    """The command `litebert-exits`."""
    return start("litebert_students.exits_cli")


def litebert_mobilebert() -> int:
    """The command `litebert-mobilebert`."""
    return start("litebert_students.mobilebert_cli")
