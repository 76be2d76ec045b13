"""Finding rows of the shelf by words, best first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from zoo.core.licences import kind_of

Row = dict[str, Any]

_FIELDS = ("id", "task", "architecture", "family", "license", "modality", "summary")


def search(rows: Iterable[Row], words: str) -> list[Row]:
    """Rows in which each word occurs, whatever the case, in any of id, task, architecture, family, licence
    and its class, kind of input and summary. Those come first in whose names the words stand alone."""
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
    """All that words are looked for in, folded."""
    words = [str(row.get(one) or "") for one in _FIELDS]
    return " ".join([*words, kind_of(row.get("license"))]).casefold()


def points_for(words: Iterable[str]) -> Callable[[bytes], int]:
    """A function that says of a folded id in UTF-8 how well it suits folded words: the sum over the words.

    100 where a word is the id or the name, 15 where it stands alone at the name's beginning, 10 elsewhere in
    it, 5 where the name begins with it, 2 where it is anywhere in the name.
    """
    # Bytes, and one expression for a word, since a large registry may have a million ids to ask.
    rules = [re.compile(_RULE.replace(b"WORD", re.escape(word.encode())), re.S) for word in words]

    def points(id: bytes) -> int:
        found = (rule.match(id) for rule in rules)
        return sum(_POINTS[one.lastindex or 0] for one in found if one)

    return points


_RULE = rb"(WORD$)|[^:]*:(?:(WORD$)|(WORD(?![^\W_]))|(.*[\W_]WORD(?![^\W_]))|(WORD)|(.*WORD))"
_POINTS = (0, 100, 100, 15, 10, 5, 2)
"""Of the groups of the rule, by number."""
