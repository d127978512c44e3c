"""The `tokenizers` library's answers, in the lines of `jvm.JavaTokenizer.show`."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jvm import Text
from tokenizers import Encoding, Tokenizer

from litebert import InputError
from litebert.tokenizer import JOINED, TextTokenizer, parse_tokenizer, well_formed

# Java's line of a text at which the library panics.
_FAILS = (
    "ArtifactException: tokenizer.json: an added token is within the white space that another one takes; "
    "export the model again"
)


class LibraryTokenizer:
    """A tokenizer.json, read by the library and by our own runtime around it."""

    def __init__(self, content: str, pairs: str = "longest-first", ids: int = -1) -> None:
        """Opens it.

        Raises:
            ArtifactError: our runtime refuses it.
        """
        own = parse_tokenizer(content.encode(), Path("tokenizer.json"), pairs, None if ids < 0 else ids)
        self.own: TextTokenizer = own
        self._cutting = Tokenizer.from_str(content)
        self._max_tokens = json.loads(content)["truncation"]["max_length"]
        if pairs == JOINED:
            self._cutting.no_truncation()

    def sum(self, texts: Sequence[Text]) -> int:
        """The CRC-32 of the lines, each with its end."""
        return zlib.crc32("".join(f"{line}\n" for line in self.show(texts)).encode())

    def show(self, texts: Sequence[Text]) -> list[str]:
        """A line for each text, by the library alone, which cuts as our runtime does."""
        whole = [
            well_formed(text) if isinstance(text, str) else (well_formed(text[0]), well_formed(text[1]))
            for text in texts
        ]
        try:
            return [*map(self._line, self._cutting.encode_batch(whole))]
        except BaseException as error:  # as a panic is
            if type(error).__name__ != "PanicException":
                raise
            return [_FAILS] if len(whole) == 1 else [line for each in texts for line in self.show([each])]

    def show_own(self, text: Text) -> str:
        """The line of a text without places, by our runtime."""
        try:
            found = self.own.encode(text)
        except InputError as error:
            return f"InputException: {error}"
        tokens = zip(found.input_ids, found.type_ids, strict=True)
        return " ".join(["cut" if found.truncated else "whole", *(f"{i}/{kind}" for i, kind in tokens)])

    def _line(self, found: Encoding) -> str:
        cut = bool(found.overflowing) or len(found.ids) > self._max_tokens
        parts = ["cut" if cut else "whole"]
        rows: Any = zip(found.ids, found.type_ids, found.sequence_ids, found.offsets, strict=True)
        for index, kind, text, (start, end) in rows:
            parts.append(f"{index}/{kind}" if text is None else f"{index}/{kind}@{start}-{end}")
        return " ".join(parts[: self._max_tokens + 1])
