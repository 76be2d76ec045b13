"""WAV files whose header was never completed: their recorder died, or wrote to a pipe."""

from __future__ import annotations

import io
import os
import struct

MOST = 2**30
"""Bytes of a file that is read whole to complete its header."""


def completed(path: str, content: bytes | None = None) -> io.BytesIO | None:
    """The file with the size of its samples filled in where the header says 0 and samples follow; else None.

    Args:
        path: of the file.
        content: the file itself, where it lies in memory.

    Raises:
        OSError: it cannot be read.
    """
    if content is None:
        if os.path.getsize(path) > MOST:
            return None
        with open(path, "rb") as file:
            content = file.read()
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        return None
    place = 12
    while place + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        if name == b"data":
            rest = len(content) - place - 8
            if size or not rest:
                return None
            sized = bytearray(content)
            struct.pack_into("<I", sized, 4, len(content) - 8)
            struct.pack_into("<I", sized, place + 4, rest)
            return io.BytesIO(sized)
        place += 8 + size + size % 2
    return None
