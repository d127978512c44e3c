"""Versions of installed packages."""

from __future__ import annotations

from importlib import metadata


def package_version(name: str, module: str) -> str:
    """The version of a package, under any name that installed it, without importing it."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        names = metadata.packages_distributions().get(module, ())
    return f"{metadata.version(names[0])} ({names[0]})" if names else "unknown"
