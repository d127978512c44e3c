"""Makes a 64-bit Android library loadable on Linux, where libc.c has what glibc lacks; for tests only."""

from __future__ import annotations

import struct

_LOAD, _DYNAMIC = 1, 2  # kinds of program headers
_END, _STRINGS, _STRINGS_SIZE = 0, 5, 10  # tags of the dynamic section
# The versions of symbols (VERSYM, VERDEF, VERNEED and their numbers): bionic's are not glibc's.
_VERSIONS = (0x6FFFFFF0, 0x6FFFFFFC, 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF)
_IGNORED = 0x6FFFFEF0
# Imports that bionic's and glibc's headers disagree on, and their names in libc.c: of the same length.
_RENAMED = {
    b"vfprintf": b"bfprintf",
    b"fprintf": b"bprintf",
    b"fputc": b"bputc",
    b"fwrite": b"bwrite",
    b"fflush": b"bflush",
    b"sysconf": b"bysconf",
}


def loadable(library: bytes) -> bytes:
    """The library without versions of symbols, and with the imports renamed that libc.c has."""
    edited = bytearray(library)
    (headers,) = struct.unpack_from("<Q", library, 0x20)
    size, count = struct.unpack_from("<HH", library, 0x36)
    segments = [struct.unpack_from("<IIQQQQQQ", library, headers + size * each) for each in range(count)]
    start, length = next((each[2], each[5]) for each in segments if each[0] == _DYNAMIC)
    entries = {}
    for place in range(start, start + length, 16):
        tag, value = struct.unpack_from("<QQ", library, place)
        if tag == _END:
            break
        entries[tag] = value
        if tag in _VERSIONS:
            struct.pack_into("<Q", edited, place, _IGNORED)
    address = entries[_STRINGS]
    offset, base = next(
        (each[2], each[3]) for each in segments if each[0] == _LOAD and 0 <= address - each[3] < each[5]
    )
    names = slice(offset + address - base, offset + address - base + entries[_STRINGS_SIZE])
    for old, new in _RENAMED.items():
        edited[names] = edited[names].replace(b"\0" + old + b"\0", b"\0" + new + b"\0")
    return bytes(edited)
