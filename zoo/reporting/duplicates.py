"""Inputs that are byte for byte the same: leaks between the splits, and labels that contradict each other."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from zoo.datasets.dataset import Dataset
from zoo.errors import DataError
from zoo.runs.report_schema import DataCheck, EqualInputs
from zoo.utils.format import size

LARGEST = 16 * 2**30
"""Bytes that are read at most."""
_EXAMPLES = 5


def check(data: Dataset) -> DataCheck:
    """Look for equal inputs by size first and digest then, so that little is read of most data.

    What differs in one byte is not found: the same image saved again, the same text with another blank.
    """
    split_of = {int(i): split for split, positions in data.splits.items() for i in positions}
    by_size: defaultdict[int, list[int]] = defaultdict(list)
    for i in sorted(split_of):
        by_size[data.inputs.size(i)].append(i)
    alike = {size: rows for size, rows in by_size.items() if len(rows) > 1}
    if (total := sum(size * len(rows) for size, rows in alike.items())) > LARGEST:
        why = f"{size(total)} would have to be read, at most {size(LARGEST)} are"
        return DataCheck(inputs=len(split_of), skipped=why)
    groups: defaultdict[str, list[int]] = defaultdict(list)
    try:
        for rows in alike.values():
            for i in rows:
                groups[data.inputs.digest(i)].append(i)
    except DataError as error:
        return DataCheck(inputs=len(split_of), skipped=error.message)
    equal = [rows for rows in groups.values() if len(rows) > 1]
    return _counted(data, split_of, equal)


def _counted(data: Dataset, split_of: dict[int, str], equal: list[list[int]]) -> DataCheck:
    name = data.inputs.name
    order = [split for split in ("train", "val", "test") if split in data.splits]
    order += [split for split in data.splits if split not in order]
    repeated, conflicts = 0, 0
    contradicting: list[tuple[str, str]] = []
    shared: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    for rows in equal:
        members = {split: [i for i in rows if split_of[i] == split] for split in order}
        repeated += sum(len(found) - 1 for found in members.values() if found)
        labels = {_key(data.labels[i]) for i in rows}
        if len(labels) > 1:
            conflicts += len(rows)
            other = next(i for i in rows if _key(data.labels[i]) != _key(data.labels[rows[0]]))
            contradicting.append((name(rows[0]), name(other)))
        for place, first in enumerate(order):
            for second in order[place + 1 :]:
                if members[first] and members[second]:
                    counts[first, second] += len(members[second])
                    shared[first, second].append((name(members[first][0]), name(members[second][0])))
    return DataCheck(
        inputs=len(split_of),
        repeated=repeated,
        conflicts=conflicts,
        conflict_examples=tuple(contradicting[:_EXAMPLES]),
        overlaps=tuple(
            EqualInputs(splits=pair, count=count, examples=tuple(shared[pair][:_EXAMPLES]))
            for pair, count in counts.items()
        ),
    )


def _key(label: Any) -> str:
    return repr(np.asarray(label).tolist())
