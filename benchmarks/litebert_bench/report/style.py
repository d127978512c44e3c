"""The style of a report's page; its colours and pictures are styled by litebert.tools.svg_style."""

from __future__ import annotations

from litebert.tools.svg_style import page_style

CSS = f"""{page_style()}\
* {{ box-sizing: border-box; }}
body {{
  margin: 0 auto; padding: 1rem; max-width: 76rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif;
}}
h1 {{ font-size: 1.6rem; line-height: 1.2; margin: 0.5rem 0; }}
h2 {{ font-size: 1.3rem; margin: 2.5rem 0 0.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }}
p {{ max-width: 46rem; overflow-wrap: anywhere; }}
nav a {{ display: inline-block; padding: 0.25rem 0.75rem 0.25rem 0; color: var(--hue0); }}
.headline {{ font-size: 1.05rem; }}
.note {{ color: var(--soft); font-size: 0.85rem; }}
.scroll {{ overflow-x: auto; margin: 1rem 0 0.25rem; }}
table {{ border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }}
caption {{ text-align: left; font-weight: 600; padding: 0.25rem 0; }}
th, td {{ padding: 0.3rem 0.45rem; border-bottom: 1px solid var(--line); text-align: right; }}
th, td {{ white-space: nowrap; }}
thead th {{ color: var(--soft); font-weight: 500; vertical-align: bottom; }}
thead th {{ white-space: normal; min-width: 4rem; }}
tbody th {{ position: sticky; left: 0; background: var(--paper); text-align: left; font-weight: 400; }}
td span {{ color: var(--soft); }}
.ours th, .ours td {{ background: var(--ours); }}
.ours th {{ font-weight: 600; }}
@media (max-width: 40rem) {{
  body {{ padding: 0.75rem; }}
  figure {{ padding: 0.25rem; }}
  tbody th {{ white-space: normal; min-width: 8.5rem; padding-left: 0.2rem; line-height: 1.25; }}
}}
td.reason {{ text-align: left; white-space: normal; }}
td.reason span {{ display: inline-block; max-width: min(44rem, 100vw - 11rem); overflow-wrap: anywhere; }}
.facts td {{ text-align: left; white-space: normal; overflow-wrap: anywhere; }}
.facts tbody th {{ position: static; vertical-align: top; }}
.again {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }}
span.number {{ display: inline-block; min-width: 1.5rem; color: var(--soft); }}
section > details > .scroll caption {{ display: none; }}
details .scroll {{ margin-top: 0; }}
details {{ margin: 0.5rem 0; }}
summary {{ cursor: pointer; padding: 0.4rem 0; font-weight: 600; }}
.legend {{ list-style: none; padding: 0; margin: 1.5rem 0 0; font-size: 0.85rem; }}
.legend li {{ display: inline-block; margin-right: 0.9rem; white-space: nowrap; }}
.legend svg {{ width: 0.9rem; height: 0.9rem; vertical-align: -0.1rem; margin-right: 0.3rem; }}
.figures {{ columns: 2 24rem; column-gap: 1rem; margin: 1rem 0; }}
figure {{ margin: 0 0 1rem; padding: 0.5rem; background: var(--card); border-radius: 0.5rem; }}
figure {{ break-inside: avoid; }}
figcaption {{ font-weight: 600; font-size: 0.95rem; padding: 0.25rem; }}
figure svg {{ display: block; width: 100%; height: auto; }}
"""
