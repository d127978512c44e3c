"""The error about a file of torch.save that holds more than tensors, made without running its code."""

from __future__ import annotations

import re
import struct
import zipfile
from pathlib import Path

STATE_DICT_KEYS = ("model_state_dict", "state_dict", "model", "module", "net", "weights", "model_state")
"""The keys under which training loops save the weights."""

_FORBIDDEN = re.compile(r"nsupported (?:global: )?GLOBAL (\S+)")
_ORDERED = b"ccollections\nOrderedDict\n"
_DICTIONARIES = (b"\x80\x02}", b"\x80\x02" + _ORDERED)  # how their pickles begin
_KINDS = ((rb"\}|h|j|" + _ORDERED, ""), (rb"c|\(", ".state_dict()"))  # how dictionaries and modules begin
_PICKLE_LIMIT_BYTES = 4_000_000  # names and shapes, not numbers


def explain_refusal(path: Path, message: str) -> str:
    """The error in place of torch's message, which advises to load such a file unsafely."""
    forbidden = _FORBIDDEN.search(message)
    if forbidden is None:
        first = message.strip().partition("\n")[0]
        reason = first[:120] if " " in first and "weights_only" not in message else "not readable"
        return (
            f"not a file of tensors that torch.save wrote, or a damaged one ({reason}); "
            "nothing was run; download it again, or save it with torch.save(model.state_dict(), FILE)"
        )
    name = forbidden[1]
    if "is blocked" in message or "." not in name:  # torch names built-in functions without their module
        return f"holds {name}, which would run a program; nothing was run; do not use it"
    return (
        f"holds {name}, which would run code; nothing was run. Expected tensors only; if you trust it (this "
        f"runs its code): {_saved_anew(path)}; then use state.pt"
    )


def _saved_anew(path: Path) -> str:
    """Two lines of Python that keep the weights of a file alone."""
    load = f"torch.load({path.name!r}, weights_only=False)"
    pickled = _pickled(path)
    if not pickled.startswith(_DICTIONARIES):
        return f"model = {load}; torch.save(model.state_dict(), 'state.pt')"
    for value, method in _KINDS:
        found = [(place, key) for key in STATE_DICT_KEYS if (place := _place(pickled, key, value)) >= 0]
        if found:
            return f"torch.save({load}[\"{min(found)[1]}\"]{method}, 'state.pt')"
    tensors = "{k: v for k, v in state.items() if torch.is_tensor(v)}"
    return f"state = {load}; torch.save({tensors}, 'state.pt')"


def _place(pickled: bytes, key: str, value: bytes) -> int:
    """The position of a key whose value begins with some bytes in a pickle; -1 where it has none."""
    string = re.escape(b"X" + struct.pack("<I", len(key)) + key.encode())
    found = re.search(string + rb"(?:q.|r....)?(?:" + value + rb")", pickled, re.DOTALL)
    return -1 if found is None else found.start()


def _pickled(path: Path) -> bytes:
    """The pickle of a file's content without the tensors' numbers, or its beginning where it is long."""
    with path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            file.seek(0)
            content = file.read(_PICKLE_LIMIT_BYTES)
            before = content.find(b"type_sizes")  # of the last of three pickles before it
            return content[content.find(b".\x80\x02", before) + 1 :]
        with zipfile.ZipFile(file) as archive:
            records = (name for name in archive.namelist() if name.endswith("/data.pkl"))
            return next((archive.read(name) for name in records), b"")
