"""Sets of labels: their names, and sets that hold exactly one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zoo.datasets.labels.class_names import Where, check_names, label_error, ordered_names
from zoo.errors import DataError


def names_of(sets: Sequence[Sequence[str]], where: Where) -> tuple[str, ...]:
    """Return the names that occur in sets of labels, in order.

    Raises:
        DataError: a label twice in a row, unfit names, or no label at all.
    """
    for row, labels in enumerate(sets):
        if len(set(labels)) != len(labels):
            raise label_error(row, where, "a label stands twice", "write each label once")
    rows = [row for row, labels in enumerate(sets) for _ in labels]
    flat = [one for labels in sets for one in labels]
    check_names(flat, lambda i: where(rows[i]))
    names = ordered_names(flat)
    if not names:
        raise DataError("no row has a label", path=where(0), hint="write the labels, separated by |")
    return names


def members(indicators: dict[str, list[float]]) -> list[list[str]]:
    """Return, for each row of columns of 0 and 1, the names of the columns that hold 1."""
    rows: Iterable[tuple[float, ...]] = zip(*indicators.values(), strict=True)
    return [[name for name, value in zip(indicators, row, strict=True) if value] for row in rows]
