"""Several labels in one text: how they are divided, and texts that look like it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

SEPARATOR = "|"
"""Divides labels where nothing else is declared."""

_OTHERS = (",", ";", " ")
_MOST = 10_000


def parts_of(text: str, separator: str) -> list[str]:
    """Return the labels in a text; a blank separator stands for any run of whitespace."""
    if not text:
        return []
    return text.split() if separator.isspace() else [part.strip() for part in text.split(separator)]


def looks_like_several(names: Iterable[str]) -> str:
    """Return a note where names look like several labels each, divided by a comma, semicolon or blank.

    They do where most of the parts recur in other names; with blanks, which are common within names, all
    parts must recur.

    Args:
        names: distinct names.
    """
    known = set(names)
    if len(known) > _MOST:
        return ""
    for sign in _OTHERS:
        divided = {name: set(parts_of(name, sign)) for name in known}
        several = [name for name, parts in divided.items() if len(parts) > 1]
        count = Counter(part for parts in divided.values() for part in parts)
        parts = {part for name in several for part in divided[name]}
        recurring = sum(count[part] > 1 for part in parts)
        if several and (recurring == len(parts) if sign == " " else recurring > len(parts) / 2):
            return f"looks like several labels: {min(several)!r}; --label-separator '{sign}' divides them"
    return ""
