"""Labels as people write them, and what they mean: classes, sets of labels, or numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zoo.datasets.names import WHOLE, check_names, ordered, wrong
from zoo.errors import DataError

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?|[-+]?(nan|inf|infinity)", re.I | re.A)
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+", re.A)
_FRACTION = re.compile(r"[-+]?\d*\.\d+(e[-+]?\d+)?", re.I | re.A)
_MOST_CODES = 100

Where = Callable[[int], str]


@dataclass(frozen=True)
class Labels:
    """Labels of one kind.

    Args:
        kind: of the task.
        names: classes, labels or targets that occur, in order.
        values: class names, tuples of label names, tuples of floats, or for each text the tags of its words.
        note: what was inferred, for people; empty when it was asked for.
    """

    kind: str
    names: tuple[str, ...]
    values: tuple[Any, ...]
    note: str = ""


def interpret(columns: Mapping[str, Sequence[Any]], kind: str | None, where: Where) -> Labels:
    """What the label column, or several of them, mean.

    One column ``label``: texts are classes; texts with ``|``, or lists of texts, are sets of labels; lists
    of numbers are targets. Numbers are targets, except whole numbers of few distinct values (at most 100,
    and on average at least two examples of each), which are classes. Several columns: all 0 or 1 are
    labels, other numbers are targets. ``kind`` overrides all this where the values allow it.

    Args:
        columns: values by name; texts, numbers or lists. The single column ``label`` or several others.
        kind: what was asked for, or None.
        where: place of a row, for messages.

    Raises:
        DataError: a blank or unfit label, or columns that cannot be of the kind asked for.
    """
    if list(columns) == ["label"]:
        values = columns["label"]
        lists = [isinstance(value, list | tuple) for value in values]
        if any(lists):
            _uniform(lists, where)
            return _lists(values, kind, where)
        return _single([_text(value) for value in values], kind, where)
    return _several(columns, kind, where)


def _single(texts: list[str], kind: str | None, where: Where) -> Labels:
    note = ""
    if kind is None:
        kind, note = _kind_of(texts, where)
    if kind == "regression":
        return Labels(kind, ("value",), tuple(zip(_numbers(texts, where), strict=True)), note)
    if kind == "multi-label":
        sets = [[part.strip() for part in text.split("|")] if text else [] for text in texts]
        return _sets(sets, note, where)
    check_names(texts, where)
    return Labels("classification", ordered(texts), tuple(texts), note)


def _kind_of(texts: list[str], where: Where) -> tuple[str, str]:
    if any("|" in text for text in texts):
        for row, text in enumerate(texts):
            if not text:
                raise wrong(row, where, "the label is blank", "write the labels, or ask for task multi-label")
        return "multi-label", "task multi-label: labels are separated by |"
    numeric = [bool(_NUMBER.fullmatch(text) or _DECIMAL_COMMA.fullmatch(text)) for text in texts]
    if not all(numeric):
        if sum(bool(_FRACTION.fullmatch(text)) for text in texts) > len(texts) / 2:
            odd = numeric.index(False)
            what = f"label {texts[odd][:40]!r} stands among numbers"
            raise wrong(odd, where, what, "write a number, or ask for task classification")
        return "classification", "task classification: labels are names"
    distinct = len(set(texts))
    if all(WHOLE.fullmatch(text) for text in texts) and distinct <= max(2, min(_MOST_CODES, len(texts) // 2)):
        return "classification", f"task classification: {distinct} whole numbers taken for class codes"
    return "regression", "task regression: labels are numbers"


def _lists(rows: Sequence[Sequence[Any]], kind: str | None, where: Where) -> Labels:
    texts = [all(isinstance(one, str) for one in row) for row in rows]
    filled = [is_text for is_text, row in zip(texts, rows, strict=True) if len(row)]
    if kind != "regression" and all(filled):
        note = "" if kind else "task multi-label: labels are lists of names"
        if kind == "classification":
            raise _unfit(kind, "the labels are lists")
        return _sets([[str(one).strip() for one in row] for row in rows], note, where)
    if kind in ("classification", "multi-label"):
        raise _unfit(kind, "the labels are lists of numbers")
    width = len(rows[0])
    if not width:
        raise wrong(0, where, "the label holds no number", "write at least one number in each list")
    for row, values in enumerate(rows):
        if len(values) != width:
            raise wrong(
                row, where, f"{len(values)} values instead of {width}", "give every row as many numbers"
            )
    columns = [_numbers([_text(values[i]) for values in rows], where) for i in range(width)]
    names = ("value",) if width == 1 else tuple(f"value_{i + 1}" for i in range(width))
    note = "" if kind else f"task regression: {width} numbers in each label"
    return Labels("regression", names, tuple(zip(*columns, strict=True)), note)


def _several(columns: Mapping[str, Sequence[Any]], kind: str | None, where: Where) -> Labels:
    if kind == "classification":
        raise _unfit(kind, f"there are {len(columns)} label columns: {', '.join(map(repr, columns))}")
    check_names(list(columns), lambda _: where(0))
    numbers = {
        name: _numbers([_text(value) for value in column], where, name) for name, column in columns.items()
    }
    binary = all(value in (0.0, 1.0) for column in numbers.values() for value in column)
    if kind == "multi-label" and not binary:
        raise _unfit(kind, "the label columns hold other numbers than 0 and 1")
    names = tuple(numbers)
    rows = tuple(zip(*numbers.values(), strict=True))
    if kind == "multi-label" or (kind is None and binary):
        note = "" if kind else f"task multi-label: {len(names)} columns of 0 and 1"
        sets = tuple(tuple(name for name, value in zip(names, row, strict=True) if value) for row in rows)
        return Labels("multi-label", names, sets, note)
    note = "" if kind else f"task regression: {len(names)} columns of numbers"
    return Labels("regression", names, rows, note)


def _sets(sets: list[list[str]], note: str, where: Where) -> Labels:
    for row, labels in enumerate(sets):
        if len(set(labels)) != len(labels):
            raise wrong(row, where, "a label stands twice", "write each label once")
    rows = [row for row, labels in enumerate(sets) for _ in labels]
    flat = [one for labels in sets for one in labels]
    check_names(flat, lambda i: where(rows[i]))
    names = ordered(flat)
    if not names:
        raise DataError("no row has a label", path=where(0), mend="write the labels, separated by |")
    return Labels("multi-label", names, tuple(map(tuple, sets)), note)


def _numbers(texts: Sequence[str], where: Where, column: str = "label") -> list[float]:
    values, bad = [], []
    for row, text in enumerate(texts):
        value = float(text) if _NUMBER.fullmatch(text) else math.nan
        values.append(value)
        if not math.isfinite(value):
            bad.append(row)
    if bad:
        text = texts[bad[0]]
        comma = ", write decimals with a point" if _DECIMAL_COMMA.fullmatch(text) else ""
        others = "the others are numbers" if len(bad) < len(texts) else "numbers were asked for"
        raise DataError(
            f"{column} {text[:40]!r} is not a finite number",
            path=where(bad[0]),
            why=f"{len(bad):,} of {len(texts):,} are not; {others}",
            mend=f"correct or remove the row{comma}",
        )
    return values


def _text(value: Any) -> str:
    """A label as text; true and false as JSON writes them."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value).strip()


def _uniform(lists: list[bool], where: Where) -> None:
    if not all(lists):
        row = lists.index(not lists[0])
        raise wrong(row, where, "some labels are lists and some are not", "write all of them in one form")


def _unfit(kind: str, why: str) -> DataError:
    return DataError(
        f"the labels do not fit task {kind}", why=why, mend="leave the task out to have it inferred"
    )
