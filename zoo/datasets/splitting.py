"""A split that depends on the seed and the examples' names alone: not on the order of a listing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.datasets.tables import Table, plural, some
from zoo.errors import DataError
from zoo.tasks.base import Task

Array = np.ndarray[Any, np.dtype[Any]]


def split(
    table: Table, task: Task, labels: Sequence[Any], *, val: float, test: float, seed: int, whole: bool
) -> tuple[dict[str, Array], list[str]]:
    """Positions of each split, sorted int64, and sentences about them.

    Splits that the data bring are kept; the missing ones are drawn from ``train``, class by class.

    Args:
        table: the data.
        task: encodes ``labels`` and groups them.
        labels: in the order of the table.
        val: share of the training examples to hold out where the data bring no ``val``.
        test: the same for ``test``.
        seed: of the draw.
        whole: whether every class must have an example in ``train``.

    Raises:
        DataError: a class has too few examples, or ``train`` has none.
    """
    brought = set(table.splits or ())
    names = np.array(table.splits if table.splits is not None else ["train"] * len(table.keys), dtype=object)
    splits = {name: np.flatnonzero(names == name) for name in ("train", "val", "test")}
    groups = task.stratum(task.encode(labels))
    notes = [] if table.splits is None else ["split as the data bring it"]
    shares = {"test": 0.0 if "test" in brought else test, "val": 0.0 if "val" in brought else val}
    everything = len(splits["train"])
    if any(shares.values()) and groups is not None:
        _check_single(task, groups[splits["train"]], table)
    for name, least in (("test", 3), ("val", 2)):
        if shares[name] and everything:
            # Shares are of what there was before the first draw.
            share = min(shares[name] * everything / len(splits["train"]), 0.999)
            splits["train"], splits[name] = hold_out(splits["train"], share, table.keys, groups, seed, least)
    if any(shares.values()):
        parts = [1 - sum(shares.values()), *(shares[name] for name in ("val", "test") if shares[name])]
        notes.append(f"split {'/'.join(f'{100 * part:.4g}' for part in parts)}, seed {seed}")
    if whole:
        _check_train(task, groups, splits["train"], table)
    return {name: found for name, found in splits.items() if name != "test" or len(found)}, notes


def _check_single(task: Task, groups: Array, table: Table) -> None:
    counts = Counter(groups.tolist())
    single = [task.names[group] for group, count in sorted(counts.items()) if count == 1]
    if single:
        listed = ", ".join(f"{task.names[group]!r} {count}" for group, count in sorted(counts.items())[:10])
        more = ", ..." if len(counts) > 10 else ""
        ids = "; the labels look like numbers or ids, not classes" if len(counts) > len(groups) / 2 else ""
        raise DataError(
            f"{plural(len(single), 'class has', 'classes have')} a single example: {some(single)}",
            path=table.where(0) if ids else None,
            why=f"it cannot be both trained on and held out ({listed}{more}){ids}",
            mend="add examples, keep other classes only (classes), or hold nothing out (val=0, test=0)",
        )


def _check_train(task: Task, groups: Array | None, train: Array, table: Table) -> None:
    if not len(train):
        raise DataError("the data have no train split", mend="move examples to train")
    if groups is None:
        return
    present = set(groups[train].tolist())
    for i, group in enumerate(groups.tolist()):
        if group not in present:
            raise DataError(
                f"class {task.names[group]!r} has no example in train",
                path=table.where(i),
                mend="add some to train, or leave the class out",
            )


def hold_out(
    positions: Array, share: float, keys: Sequence[str], groups: Array | None, seed: int, least: int
) -> tuple[Array, Array]:
    """Divide ``positions`` into (kept, held out), each sorted, int64.

    Every group gives about ``share`` of its examples, at least one, if it has ``least`` or more, and never
    all; smaller groups give none. The total is ``share`` of all, rounded, as nearly as that allows.

    Args:
        positions: what to divide.
        share: 0 to 1, exclusive.
        keys: name of every example of the data set.
        groups: group of every example (its class); None: all are one group.
        seed: of the draw.
        least: size from which on a group must give one.
    """
    members: dict[int, list[tuple[bytes, int]]] = {}
    for position in positions.tolist():
        group = 0 if groups is None else int(groups[position])
        members.setdefault(group, []).append((_draw(seed, keys[position]), position))
    for drawing in members.values():
        drawing.sort()
    # Groups in the order of their first draws, so that class names and numbers have no say in ties.
    drawn = sorted(members.values())
    wanted = [share * len(group) for group in drawn]
    given = [_clamped(int(exact), len(group), least) for exact, group in zip(wanted, drawn, strict=True)]
    short = round(share * len(positions)) - sum(given)
    by_rest = sorted(range(len(drawn)), key=lambda i: given[i] - wanted[i])
    for i in by_rest[: max(short, 0)]:
        given[i] = _clamped(given[i] + 1, len(drawn[i]), least)
    out = {position for group, count in zip(drawn, given, strict=True) for _, position in group[:count]}
    mask = np.array([position in out for position in positions.tolist()], dtype=bool)
    return np.sort(positions[~mask]), np.sort(positions[mask])


def _clamped(count: int, size: int, least: int) -> int:
    return max(1, min(count, size - 1)) if size >= max(least, 2) else 0


def _draw(seed: int, key: str) -> bytes:
    text = f"{seed}\0{key}".encode("utf-8", "surrogateescape")
    return hashlib.blake2b(text, digest_size=16).digest()
