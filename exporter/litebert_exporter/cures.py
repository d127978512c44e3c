"""Cures that many errors name. Where the running command has an argument for a cure, they name that."""

from __future__ import annotations

from litebert.arguments import argument, offers, on_command_line, suggest


def own_vocabulary() -> str:
    """The cure: give the vocabulary that the model was trained with."""
    return suggest("give the model's own", "vocab", "FILE", "put the model's own in its place")


def name_labels(otherwise: str) -> str:
    """Another cure, or to name the labels where the command has an argument for that."""
    named = suggest("name the labels", "labels", ["a", "b"], "")
    return f"{otherwise}{named and f' or {named}'}"


def the_flag() -> str:
    """The word for an argument that the sentence has named already."""
    return "the flag" if on_command_line() else "it"


def out_flag() -> str:
    """The argument for the folder to write."""
    return "-o" if on_command_line() else "out"


def casing(lowercase: bool) -> str:
    """The argument for texts that are lowercased, or for texts that are not."""
    if on_command_line():
        return argument("uncased" if lowercase else "cased")
    return f"cased={not lowercase}"


def say_casing(before: str, otherwise: str) -> str:
    """The cure to give `cased` or `uncased`, behind some words; another if the command has no such flag."""
    if not offers("cased"):
        return otherwise
    return f"{before} {casing(lowercase=False)} or {casing(lowercase=True)}"
