"""SentencePiece's table of character replacements, checked: the tokenizer library trusts every number in it.

Read: huggingface/spm_precompiled, src/lib.rs; s-yata/darts-clone, include/darts.h.
"""

from __future__ import annotations

import numpy as np

_LEAF = np.uint32(1 << 31)
_HAS_VALUE = np.uint32(1 << 8)
_FAR = np.uint32(1 << 9)


def charsmap_problem(content: bytes) -> str | None:
    """The fault of a table; None where every walk through it stays inside.

    A table holds the size in bytes of a double-array trie, the trie in units of 4 bytes, and the
    replacements, which are texts that end with a zero. A unit at index i has its children at
    i ⊕ offset ⊕ character.
    """
    size = int.from_bytes(content[:4], "little")
    if len(content) < 8 or not 4 <= size <= len(content) - 4 or size % 4:
        return f"a table of {len(content)} bytes whose trie has {size}"
    units = np.frombuffer(content, "<u4", size // 4, offset=4)
    replacements = content[4 + size :]
    try:
        replacements.decode()
    except UnicodeDecodeError:
        return "replacements that are not UTF-8"
    nodes = np.flatnonzero((units & _LEAF) == 0)
    unit = units[nodes]
    offsets = (unit >> np.uint32(10)).astype(np.int64) << ((unit & _FAR) >> np.uint32(6))
    children = nodes ^ offsets
    if children.size and int((children | 255).max()) >= len(units):
        return "a trie that leads out of the table"
    values = units[children[(unit & _HAS_VALUE) != 0]] & ~_LEAF
    starts = np.append(np.frombuffer(replacements, np.uint8) & 0xC0 != 0x80, True)  # not inside a character
    if values.size and (int(values.max()) >= starts.size or not starts[values].all()):
        return "a trie that leads past the replacements"
    return None
