"""The fast tier of the tests takes neither torch nor transformers, and says so where a test does."""

from __future__ import annotations

import ast
from pathlib import Path

from tiers import REFERENCE, TESTS

HEAVY = {"torch", "transformers", "onnxscript"}


def _imports(path: Path) -> set[str]:
    """The packages that a file imports anywhere."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {each.name.split(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


def test_heavy_packages_are_imported_by_reference_tests_only() -> None:
    """`make test` has them, so that only an environment without them would show it."""
    tests = [
        path
        for path in TESTS.rglob("test_*.py")
        if not any(path.is_relative_to(folder) for folder in REFERENCE)
    ]
    assert len(tests) > 80
    assert [path.name for path in tests if _imports(path) & HEAVY] == []


def test_every_reference_folder_holds_tests() -> None:
    assert all([*folder.glob("test_*.py")] for folder in REFERENCE)
