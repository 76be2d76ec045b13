"""Standard streams whose reader may go away before everything was said."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Lasting(io.FileIO):
    """A descriptor that leads nowhere from then on that nobody reads it any more."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            silence(self.fileno())
            return super().write(data)


def lasting(stream: TextIO | None) -> TextIO:
    """The stream, or one that leads nowhere where it is closed.

    A reader that has seen enough changes nothing in what the verb does, nor in its exit code: a gate that
    was not met is not met. Click would exit with 1 whatever came out.
    """
    if stream is None:
        return open(os.devnull, "w")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    # File names may hold bytes that the terminal's encoding lacks.
    stream.reconfigure(errors="backslashreplace")
    # Unbuffered (python -u) it stands on the descriptor itself.
    buffered = hasattr(stream.buffer, "raw")
    if not isinstance(stream.buffer.raw if buffered else stream.buffer, io.FileIO):
        return stream
    stream.flush()
    lasts = _Lasting(stream.fileno(), "wb", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(lasts) if buffered else lasts,
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def silence(descriptor: int) -> None:
    """Let a descriptor lead nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
