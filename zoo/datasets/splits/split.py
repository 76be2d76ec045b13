"""A split that depends on the seed and the examples' names alone: not on the order of a listing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.core.task import Task
from zoo.datasets.splits.groups import Units, units_of
from zoo.datasets.tables.table import Table
from zoo.errors import DataError
from zoo.utils.arrays import Array
from zoo.utils.format import plural, quote_names


@dataclass(frozen=True)
class Split:
    """A data set divided.

    Args:
        positions: of each split, sorted int64.
        notes: what was done, a sentence each.
        warnings: what is probably not as wanted.
    """

    positions: dict[str, Array]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def split(
    table: Table, task: Task, labels: Sequence[Any], *, val: float, test: float, seed: int, whole: bool
) -> Split:
    """Divide the data.

    Splits that the data bring are kept; the missing ones are drawn from ``train``, class by class. Examples
    of one group, and copies of one input, stay on one side.

    Args:
        table: the data.
        task: encodes ``labels`` and groups them.
        labels: in the order of the table.
        val: share of the training examples to hold out where the data bring no ``val``.
        test: the same for ``test``.
        seed: of the draw.
        whole: whether every class must have an example in ``train``.

    Raises:
        DataError: a class has too few examples or all of them in one group, or ``train`` has none.
    """
    brought = set(table.splits or ())
    names = np.array(table.splits if table.splits is not None else ["train"] * len(table.keys), dtype=object)
    splits = {name: np.flatnonzero(names == name) for name in ("train", "val", "test")}
    strata = task.stratum(task.encode(labels))
    warnings: list[str] = []
    shares = {"test": 0.0 if "test" in brought else test, "val": 0.0 if "val" in brought else val}
    notes = [] if table.splits is None else [_brought(brought, [name for name in shares if shares[name]])]
    everything = splits["train"]
    if any(shares.values()) and len(everything):
        if strata is not None:
            _check_single(task, strata[everything], table)
        units = units_of(table, everything, strata)
        for name, least in (("test", 3), ("val", 2)):
            if shares[name]:
                # Shares are of what there was before the first draw.
                share = min(shares[name] * len(everything) / len(splits["train"]), 0.999)
                splits["train"], splits[name] = hold_out(splits["train"], share, units, strata, seed, least)
                warnings += _check_held_out(name, splits[name], everything, strata, least, task, table)
        notes += [_shares(shares, splits, len(everything), seed), *units.notes]
        warnings += _missed(shares, splits, len(everything))
    if whole:
        _check_train(task, strata, splits["train"], table)
    kept = {name: found for name, found in splits.items() if name != "test" or len(found)}
    return Split(kept, tuple(notes), tuple(warnings))


def _brought(brought: Collection[str], drawn: Sequence[str]) -> str:
    """Say which splits the data bring, and which are drawn from their training examples."""
    if not drawn:
        return "split as the data bring it"
    known = " and ".join(name for name in ("train", "val", "test") if name in brought)
    return f"{known} as the data bring it, {' and '.join(drawn)} drawn from train"


def _shares(shares: Mapping[str, float], splits: Mapping[str, Array], count: int, seed: int) -> str:
    drawn = ["train", *(name for name in ("val", "test") if shares[name])]
    real = [len(splits[name]) / count for name in drawn]
    asked = [1 - sum(shares.values()), *(shares[name] for name in drawn[1:])]
    near = all(abs(one - other) < 0.005 for one, other in zip(real, asked, strict=True))
    shown = ["/".join(f"{100 * part:.3g}" for part in parts) for parts in (real, asked)]
    return f"split {shown[1] if near else f'{shown[0]} ({shown[1]} was asked for)'}, seed {seed}"


def _missed(shares: Mapping[str, float], splits: Mapping[str, Array], count: int) -> list[str]:
    """Sentences about shares that are wrong by more than half."""
    found = []
    for name, asked in shares.items():
        real = len(splits[name]) / count
        if asked and abs(real - asked) > asked / 2:
            found.append(
                f"{name} is {100 * real:.3g}% of the examples, not {100 * asked:.3g}%: each class gives at "
                f"least one, and groups and copies stay whole; --set split.{name}={real:.2g} agrees to it, "
                f"--set split.{name}=0 holds nothing out"
            )
    return found


def _check_held_out(
    name: str, found: Array, everything: Array, strata: Array | None, least: int, task: Task, table: Table
) -> list[str]:
    """Return a warning about classes of at least ``least`` examples that a split has none of.

    Raises:
        DataError: all examples of such a class are in one group.
    """
    if table.groups is None:
        return []
    classes = np.zeros(len(table.keys), np.int64) if strata is None else strata
    counts = Counter(classes[everything].tolist())
    missing = {number for number, count in counts.items() if count >= least} - set(classes[found].tolist())
    first: dict[int, int] = {}
    several: set[int] = set()
    for i in everything.tolist():
        number = int(classes[i])
        if table.groups[first.setdefault(number, i)] != table.groups[i]:
            several.add(number)
    for number in sorted(missing - several):
        what = "all examples are" if strata is None else f"all examples of {task.names[number]!r} are"
        i = first[number]
        raise DataError(
            f"{what} in one group, {table.groups[i]!r}, and cannot be in train and {name}",
            path=table.where(i),
            hint=f"add examples of other groups, leave the class out, or --set split.{name}=0",
        )
    if not missing or strata is None:
        return []
    names = quote_names([task.names[number] for number in sorted(missing)])
    return [f"{name} has no example of {names}: their groups are in the other splits"]


def _check_single(task: Task, groups: Array, table: Table) -> None:
    counts = Counter(groups.tolist())
    single = [task.names[group] for group, count in sorted(counts.items()) if count == 1]
    if single:
        listed = ", ".join(f"{task.names[group]!r} {count}" for group, count in sorted(counts.items())[:10])
        more = ", ..." if len(counts) > 10 else ""
        ids = "; the labels look like numbers or ids, not classes" if len(counts) > len(groups) / 2 else ""
        raise DataError(
            f"{plural(len(single), 'class has', 'classes have')} a single example: {quote_names(single)}",
            path=table.where(0) if ids else None,
            why=f"it cannot be both trained on and held out ({listed}{more}){ids}",
            hint="add examples, keep other classes only (classes), or hold nothing out (val=0, test=0)",
        )


def _check_train(task: Task, groups: Array | None, train: Array, table: Table) -> None:
    if not len(train):
        raise DataError("the data have no train split", hint="move examples to train")
    if groups is None:
        return
    present = set(groups[train].tolist())
    for i, group in enumerate(groups.tolist()):
        if group not in present:
            raise DataError(
                f"class {task.names[group]!r} has no example in train",
                path=table.where(i),
                hint="add some to train, or leave the class out",
            )


def hold_out(
    positions: Array, share: float, units: Units, strata: Array | None, seed: int, least: int
) -> tuple[Array, Array]:
    """Divide ``positions`` into (kept, held out), each sorted, int64.

    Every class gives about ``share`` of its examples, at least one, if it has ``least`` or more, and never
    all; smaller classes give none. The total is ``share`` of all, rounded, as nearly as that and the units,
    which stay whole, allow.

    Args:
        positions: what to divide.
        share: 0 to 1, exclusive.
        units: the examples of the data set that stay together.
        strata: class of every example; None: all are one class.
        seed: of the draw.
        least: size from which on a class must give one.
    """
    draws = {unit: _draw(seed, units.names[unit]) for unit in {units.of[i] for i in positions.tolist()}}
    members: dict[int, list[tuple[bytes, int]]] = {}
    for position in positions.tolist():
        stratum = 0 if strata is None else int(strata[position])
        members.setdefault(stratum, []).append((draws[units.of[position]], position))
    for drawing in members.values():
        drawing.sort()
    # Classes in the order of their first draws, so that ties do not depend on their names and numbers.
    drawn = sorted(members.values())
    wanted = [share * len(one) for one in drawn]
    given = [_clamped(int(exact), len(one), least) for exact, one in zip(wanted, drawn, strict=True)]
    short = round(share * len(positions)) - sum(given)
    by_rest = sorted(range(len(drawn)), key=lambda i: given[i] - wanted[i])
    for i in by_rest[: max(short, 0)]:
        given[i] = _clamped(given[i] + 1, len(drawn[i]), least)
    out = _whole_units([[position for _, position in one] for one in drawn], given, units, draws)
    mask = np.array([position in out for position in positions.tolist()], dtype=bool)
    return np.sort(positions[~mask]), np.sort(positions[mask])


def _whole_units(
    classes: Sequence[Sequence[int]], given: Sequence[int], units: Units, draws: Mapping[int, bytes]
) -> set[int]:
    """Choose units in the order of their draws, each where it brings the classes nearer to what they give.

    Args:
        classes: positions of each class.
        given: how many each class is to give.
        units: what stays together.
        draws: of each unit.
    """
    members: dict[int, Counter[int]] = {}
    for number, positions in enumerate(classes):
        for position in positions:
            members.setdefault(units.of[position], Counter())[number] += 1
    order = sorted(members, key=lambda unit: (draws[unit], unit))
    taken = [0] * len(classes)
    chosen: set[int] = set()

    def take(unit: int) -> None:
        chosen.add(unit)
        for number, count in members[unit].items():
            taken[number] += count

    def leaves_some(unit: int) -> bool:
        return all(taken[c] + count < len(classes[c]) for c, count in members[unit].items())

    for unit in order:
        change = sum(
            abs(given[c] - taken[c] - count) - abs(given[c] - taken[c]) for c, count in members[unit].items()
        )
        if change < 0 and leaves_some(unit):
            take(unit)
    for number, wanted in enumerate(given):
        if wanted and not taken[number]:
            # A class that should give one, and whose units are all too large for what it gives.
            fit = [unit for unit in order if number in members[unit] and leaves_some(unit)]
            if fit:
                take(fit[0])
    return {i for positions in classes for i in positions if units.of[i] in chosen}


def _clamped(count: int, size: int, least: int) -> int:
    return max(1, min(count, size - 1)) if size >= max(least, 2) else 0


def _draw(seed: int, key: str) -> bytes:
    text = f"{seed}\0{key}".encode("utf-8", "surrogateescape")
    return hashlib.blake2b(text, digest_size=16).digest()
