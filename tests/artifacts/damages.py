"""Every damage of an artifact, and the verdict on it: the table that tests and other readers replay."""

from __future__ import annotations

import damaged_exits
import damaged_files
import damaged_golden
import damaged_graph
import damaged_growth
import damaged_manifest
import damaged_tokenizer
from damage import Damage

DAMAGES: tuple[Damage, ...] = (
    *damaged_files.ROWS,
    *damaged_manifest.ROWS,
    *damaged_exits.ROWS,
    *damaged_tokenizer.ROWS,
    *damaged_growth.ROWS,
    *damaged_graph.ROWS,
    *damaged_golden.ROWS,
)
