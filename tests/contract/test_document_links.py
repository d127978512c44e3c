"""Links between documents lead somewhere."""

from __future__ import annotations

import re

import pytest
from blocks import DOCUMENTS, ROOT, prose, read

LINK = re.compile(r"\]\(([^)\s]+)\)")
PAGES = (
    *DOCUMENTS,
    "CHANGELOG.md",
    "runtime/ARTIFACT.md",
    "benchmarks/README.md",
    "examples/sst2-fastbert-3l/README.md",
)


def _anchors(name: str) -> set[str]:
    """The anchors that a Markdown page gets from its headings."""
    headings = re.findall(r"^#+ (.+)$", prose(read(name)), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    for link in LINK.findall(prose(read(name))):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        place = ((ROOT / name).parent / file).resolve() if file else ROOT / name
        assert place.exists() and place.is_relative_to(ROOT), link
        assert not anchor or anchor in _anchors(str(place.relative_to(ROOT))), link


def test_every_page_is_linked_from_the_readme() -> None:
    linked = set(LINK.findall(read("README.md")))
    assert [name for name in DOCUMENTS[1:] if not any(link.startswith(name) for link in linked)] == []
