"""Examples that a drawn split must not divide: those of one group, and copies of one input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoo.datasets.splits.digests import equal_inputs
from zoo.datasets.tables.table import Table
from zoo.utils.arrays import Array
from zoo.utils.format import plural


@dataclass(frozen=True)
class Units:
    """Examples put together.

    Args:
        of: number of the unit of each example.
        names: what each unit is drawn by: the key of a single example, the name of a group, the first key of
            copies. It does not change when more examples of the unit are added, but for a key before the
            first.
        notes: what was put together, a sentence each.
    """

    of: Sequence[int]
    names: Sequence[str]
    notes: tuple[str, ...] = ()


def units_of(table: Table, positions: Array, strata: Array | None) -> Units:
    """Put together what must stay on one side of a split.

    Copies are divided all the same where a class has no other examples: it could not be held out at all.

    Args:
        table: the data.
        positions: of the examples to divide; others stand alone.
        strata: class of every example; None: there are none.
    """
    above = list(range(len(table.keys)))

    def root(i: int) -> int:
        while above[i] != i:
            above[i] = above[above[i]]
            i = above[i]
        return i

    notes = []
    if table.groups is not None:
        first: dict[str, int] = {}
        for i in positions.tolist():
            above[root(i)] = root(first.setdefault(table.groups[i], i))
        notes.append(f"{plural(len(first), 'group')}, each on one side of the split")
    copies = equal_inputs(table.inputs, positions.tolist())
    classes = np.zeros(len(above), np.int64) if strata is None else strata
    sizes = np.bincount(classes[positions])
    whole: list[list[int]] = []
    divided: list[list[int]] = []
    for rows in copies:
        found, counts = np.unique(classes[rows], return_counts=True)
        # Of a class with a single example nothing is held out anyway.
        (divided if ((counts == sizes[found]) & (counts > 1)).any() else whole).append(rows)
    for rows in whole:
        for i in rows[1:]:
            above[root(i)] = root(rows[0])
    if whole:
        things = plural(sum(map(len, whole)), "example")
        notes.append(f"{things} are copies of {plural(len(whole), 'input')}, each on one side of the split")
    if divided:
        things = plural(sum(map(len, divided)), "copy", "copies")
        why = "there are no other examples" if strata is None else "a class has no other examples"
        notes.append(f"{things} may be on both sides of the split: {why}")
    members: dict[int, list[int]] = {}
    for i in range(len(above)):
        members.setdefault(root(i), []).append(i)
    of = [0] * len(above)
    for number, rows in enumerate(members.values()):
        for i in rows:
            of[i] = number
    keys = table.keys if table.groups is None else [f"\0{group}" for group in table.groups]
    return Units(of, [min(keys[i] for i in rows) for rows in members.values()], tuple(notes))
