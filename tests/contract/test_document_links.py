"""Links between documents lead somewhere."""

from __future__ import annotations

import re

import pytest
from blocks import DOCUMENTS, ROOT, prose, read

LINK = re.compile(r"\]\(([^)\s]+)\)")
PAGES = (
    *DOCUMENTS,
    "CHANGELOG.md",
    "android_demo/README.md",
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


def test_the_architecture_names_folders_and_modules_that_are_there() -> None:
    text = read("docs/architecture.md")
    folders = re.findall(r"^\| `([a-z_/]+)/`", text, re.MULTILINE)
    assert len(folders) > 10 and [each for each in folders if not (ROOT / each).is_dir()] == []
    named = [each for each in re.findall(r"`([a-z_/]+\.py)`", text) if not re.search(r"\bx[._]", each)]
    parts = ("runtime", "exporter", "students", "benchmarks")
    modules = [f"/{path.relative_to(ROOT)}" for part in parts for path in (ROOT / part).rglob("*.py")]
    assert named and [each for each in named if not any(path.endswith(f"/{each}") for path in modules)] == []


def test_every_page_is_linked_from_the_readme() -> None:
    linked = set(LINK.findall(read("README.md")))
    assert [name for name in DOCUMENTS[1:] if not any(link.startswith(name) for link in linked)] == []
