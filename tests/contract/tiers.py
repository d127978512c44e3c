"""The tiers of the tests: all, and a fast one that needs neither torch nor transformers."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parents[1]
# Folders of tests that take torch or transformers. The rest has to do without, and fails where it does not.
REFERENCE = tuple(TESTS / folder for folder in ("contract/reference", "exporter/reference", "students"))
