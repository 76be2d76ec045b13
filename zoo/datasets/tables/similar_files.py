"""The file that a name was probably meant for: another case, another form of an accent, another ending."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable


def near_file(folder: str | os.PathLike[str], key: str) -> str:
    """Return a sentence that names the file on the disk, accents escaped in both names; or nothing.

    Args:
        folder: that the key is relative to.
        key: a path that names no file.
    """
    parts = [part for part in key.replace("\\", "/").split("/") if part not in ("", ".")]
    if os.path.isabs(key) or ".." in parts:
        return ""
    found: list[str] = []
    for part in parts:
        name = _near(os.path.join(folder, *found), part)
        if not name:
            return ""
        found.append(name)
    near = "/".join(found)
    return f"did you mean {near!a}? The table has {key!a}" if near else ""


def _near(folder: str, name: str) -> str:
    """Return the only entry of a folder that a name fits, by ever wider rules."""
    try:
        entries = os.listdir(folder)
    except OSError:
        return ""
    if name in entries:
        return name
    rules: tuple[Callable[[str], str], ...] = (_folded, lambda text: os.path.splitext(_folded(text))[0])
    for rule in rules:
        fits = [entry for entry in entries if rule(entry) == rule(name)]
        if fits:
            return fits[0] if len(fits) == 1 else ""
    return ""


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
