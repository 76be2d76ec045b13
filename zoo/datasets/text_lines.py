"""Lines of a file of inputs: a text, or the path of a file, on each."""

from __future__ import annotations

from collections.abc import Iterator

from zoo.errors import DataError


def decoded(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    """Yield each line with its place, ``name:3``, for messages.

    Raises:
        DataError: at the first line that is not UTF-8; names it.
    """
    for number, line in numbered(name, content):
        if isinstance(line, DataError):
            raise line
        yield f"{name}:{number}", line


def numbered(name: str, content: bytes) -> Iterator[tuple[int, str | DataError]]:
    """Yield each line with its number, from 1; one that is not UTF-8 is the error that says so."""
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        try:
            yield number, line.decode()
        except UnicodeDecodeError as error:
            what = f"byte 0x{line[error.start]:02x} is not UTF-8"
            yield number, DataError(what, path=f"{name}:{number}", hint="save it as UTF-8")
