"""The colours and rules of pictures: in a page light or dark, as the system is set; in a file light."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

# Light and dark. The hues are Okabe and Ito's (Color Universal Design, 2008), for the colour-blind; they are
# darker on white and lighter on black.
COLOURS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "paper": ("#fff", "#14171b"),
        "card": ("#f6f7f9", "#1c2026"),
        "ink": ("#1a1d21", "#e8eaee"),
        "soft": ("#5a6270", "#a2abb8"),
        "line": ("#d9dde3", "#343b45"),
        "ours": ("#e8f1fb", "#1b2b3c"),
        "hue0": ("#0072b2", "#56b4e9"),
        "hue1": ("#c04a00", "#ff9152"),
        "hue2": ("#00805e", "#36cfa2"),
        "hue3": ("#a8487c", "#eb9ac8"),
        "hue4": ("#946200", "#f0c040"),
        "hue5": ("#555b66", "#b4bbc7"),
    }
)
HUES = 6
CSS_RULES = """
svg text { font: 10px system-ui, sans-serif; fill: var(--ink); }
svg .tick { fill: var(--soft); }
svg .label { fill: var(--soft); }
svg .name.ours { font-weight: 700; }
svg .number { font-size: 10px; font-weight: 700; fill: currentColor; }
svg .grid { stroke: var(--line); stroke-width: 0.6; }
svg .lead { stroke: var(--soft); stroke-width: 0.5; }
.hue0 { color: var(--hue0); } .hue1 { color: var(--hue1); } .hue2 { color: var(--hue2); }
.hue3 { color: var(--hue3); } .hue4 { color: var(--hue4); } .hue5 { color: var(--hue5); }
circle, polygon { stroke: currentColor; stroke-width: 1.4; }
circle.ours, polygon.ours { fill: currentColor; }
circle.theirs, polygon.theirs { fill: var(--card); }
.curve { fill: none; stroke: currentColor; stroke-width: 1.5; }
.curve.theirs { stroke-width: 1; stroke-dasharray: 4 2; }
.bar { fill: currentColor; }
.bar.plain { fill: var(--hue0); }
"""


def page_style() -> str:
    """The colours by name, light and dark, and the rules of pictures, for a page."""
    light, dark = (
        " ".join(f"--{name}: {pair[number]};" for name, pair in COLOURS.items()) for number in (0, 1)
    )
    return (
        f"\n:root {{ color-scheme: light dark; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}{CSS_RULES}"
    )


def file_style() -> str:
    """The rules for a file, with the light colours written out: few programs know CSS variables."""
    return re.sub(r"var\(--(\w+)\)", lambda found: COLOURS[found[1]][0], CSS_RULES)
