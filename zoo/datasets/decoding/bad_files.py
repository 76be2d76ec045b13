"""The reason and the hint in errors about image and audio files that cannot be read."""

from __future__ import annotations

from collections.abc import Callable

from zoo.utils.file_types import HEAD_BYTES, detect_type, is_text

SKIP_BAD = "replace or remove the file, or leave bad files out with --skip-bad (Python: skip_bad=True)"
"""Every command and function that reads files has that option."""


def reason(path: str, content: bytes | None, explain: Callable[[bytes], str]) -> str:
    """Say why a file cannot be read: the system's reason, that it is empty, or what ``explain`` makes of it.

    Args:
        path: of the file; not opened with ``content``.
        content: of the file, where it is in memory.
        explain: from the first bytes to a reason.
    """
    if content is None:
        try:
            with open(path, "rb") as file:
                content = file.read(HEAD_BYTES)
        except OSError as failure:
            return failure.strerror or str(failure)
    return explain(content[:HEAD_BYTES]) if content else "the file is empty"


def named(head: bytes, otherwise: str) -> str:
    """Name the type of a file, ``a web page (HTML)``, ``a text file``; ``otherwise`` where it is unknown."""
    found = detect_type(head)
    return found.what if found else "a text file" if is_text(head) else otherwise
