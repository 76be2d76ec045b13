"""Search of the registry by words, best match first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from zoo.core.licences import kind_of

Row = dict[str, Any]

_FIELDS = ("id", "task", "architecture", "family", "license", "modality", "summary")


def search(rows: Iterable[Row], words: str) -> list[Row]:
    """Return rows that contain each word, ignoring case, in id, task, architecture, family, licence and its
    class, modality or summary. Matches of whole words in names come first."""
    wanted = words.casefold().split()
    points = points_for(wanted)
    scored = []
    for row in rows:
        text = text_of(row)
        if all(word in text for word in wanted):
            scored.append((-points(row["id"].casefold().encode()), row["id"], row))
    scored.sort(key=lambda one: one[:2])
    return [row for _, _, row in scored]


def text_of(row: Row) -> str:
    """Return the case-folded text that is searched."""
    words = [str(row.get(one) or "") for one in _FIELDS]
    return " ".join([*words, kind_of(row.get("license"))]).casefold()


def points_for(words: Iterable[str]) -> Callable[[bytes], int]:
    """Return a function that scores a case-folded id in UTF-8 for case-folded words: the sum over the words.

    100 if a word is the id or the name, 15 if it is the first whole word of the name, 10 for another whole
    word, 5 for a prefix of the name, 2 for any other place in the name.
    """
    # Bytes, and one expression per word, since a large registry may have a million ids.
    rules = [re.compile(_RULE.replace(b"WORD", re.escape(word.encode())), re.DOTALL) for word in words]

    def points(model_id: bytes) -> int:
        found = (rule.match(model_id) for rule in rules)
        return sum(_POINTS[one.lastindex or 0] for one in found if one)

    return points


_RULE = rb"(WORD$)|[^:]*:(?:(WORD$)|(WORD(?![^\W_]))|(.*[\W_]WORD(?![^\W_]))|(WORD)|(.*WORD))"
_POINTS = (0, 100, 100, 15, 10, 5, 2)
"""Scores of the groups of the expression, by number."""
