"""Cures that many errors name, as the user can follow them: by an argument where the command has it."""

from __future__ import annotations

from litebert.arguments import argument, offers, on_command_line, suggest


def own_vocabulary() -> str:
    """How to give the vocabulary that the model was trained with."""
    return suggest("give the model's own", "vocab", "FILE", "put the model's own in its place")


def name_labels(otherwise: str) -> str:
    """How to name the labels; what else mends it is said first."""
    named = suggest("name the labels", "labels", ["a", "b"], "")
    return f"{otherwise}{named and f' or {named}'}"


def the_flag() -> str:
    """What an argument is called once it was named."""
    return "the flag" if on_command_line() else "it"


def out_flag() -> str:
    """The argument that says where to write."""
    return "-o" if on_command_line() else "out"


def casing(lowercase: bool) -> str:
    """The argument that says whether text is lowercased."""
    if on_command_line():
        return argument("uncased" if lowercase else "cased")
    return f"cased={not lowercase}"


def say_casing(what: str, otherwise: str) -> str:
    """How to say whether text is lowercased, or another cure where the command has no flag for it."""
    if not offers("cased"):
        return otherwise
    return f"{what} {casing(lowercase=False)} or {casing(lowercase=True)}"
