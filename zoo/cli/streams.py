"""Standard streams: nothing in a text can control the terminal, and their reader may go away at any time.

Texts of files and servers reach the terminal through many doors: tables, errors, warnings of libraries. So
what they may hold is decided here, at the last of them. Colours pass; what moves the cursor, hides or turns
text is escaped. Bars of progress go by way of :func:`controlling`.
"""

from __future__ import annotations

import io
import os
import re
from typing import TYPE_CHECKING, Any, TextIO

from zoo.utils.display_width import UNSAFE, escaped

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


_COLOUR = r"\x1b\[(?:0|1|2|4|39|49|[34][0-7]|[19][0-7]|;)*m"
"""Bold, dim, underlined and colours; not blinking, and not hidden."""
_SHOWN = re.compile(f"{_COLOUR}|([{UNSAFE}])")
_CONTROLLED = re.compile(rf"\x1b\[[?0-9;]*[A-Za-z]|\r|([{UNSAFE}])")
_BAR = re.compile(r"\r|\x1b\[A")


class _Shown(io.TextIOWrapper):
    """A stream of text in which control characters are escaped."""

    def write(self, text: str, /) -> int:
        # Libraries begin to draw their bars again with a return.
        bar = _BAR.match(text)
        start = bar.end() if bar else 0
        return super().write(text[:start] + _SHOWN.sub(_escape, text[start:]))

    def control(self, text: str) -> int:
        """Write what may move the cursor."""
        return super().write(_CONTROLLED.sub(_escape, text))


def _escape(found: re.Match[str]) -> str:
    return escaped(found) if found[1] else found[0]


class _Controlling:
    """A stream as something that draws on the terminal needs it."""

    def __init__(self, stream: _Shown):
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.control(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def controlling(stream: TextIO) -> Any:
    """Return the stream for a bar of progress, which may move the cursor."""
    return _Controlling(stream) if isinstance(stream, _Shown) else stream


class _Lasting(io.FileIO):
    """A descriptor that leads nowhere from then on that nobody reads it any more."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            silence(self.fileno())
            return super().write(data)


def lasting(stream: TextIO | None) -> TextIO:
    """Return the stream, or one that leads nowhere where it is closed.

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
    return _Shown(
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
