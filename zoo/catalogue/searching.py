"""Finding rows of the shelf by words, best first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zoo.catalogue.query import class_of

Row = dict[str, Any]

_FIELDS = ("id", "task", "architecture", "family", "license", "modality", "summary")


def search(rows: Iterable[Row], words: str) -> list[Row]:
    """Rows in which each word occurs, whatever the case, in any of id, task, architecture, family, licence
    and its class, kind of input and summary. Those come first in whose names the words stand alone."""
    wanted = words.casefold().split()
    scored = []
    for row in rows:
        text = text_of(row)
        if all(word in text for word in wanted):
            scored.append((-_score(row["id"].casefold(), wanted), row["id"], row))
    scored.sort(key=lambda one: one[:2])
    return [row for _, _, row in scored]


def text_of(row: Row) -> str:
    """All that words are looked for in, folded."""
    words = [str(row.get(one) or "") for one in _FIELDS]
    return " ".join([*words, class_of(row.get("license"))]).casefold()


def _score(id: str, wanted: list[str]) -> int:
    name = id.partition(":")[2]
    score = 0
    for word in wanted:
        if word in (id, name):
            score += 100
        elif f" {word} " in f" {_spaced(name)} ":
            score += 10
        elif name.startswith(word):
            score += 5
        elif word in name:
            score += 2
    return score


def _spaced(name: str) -> str:
    return "".join(c if c.isalnum() else " " for c in name)
