"""Labels as people write them, and what they mean: classes, sets of labels, or numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zoo.core.class_values import class_name
from zoo.datasets.labels.class_names import WHOLE, check_names, ordered, wrong
from zoo.datasets.labels.separators import SEPARATOR, looks_like_several, parts_of
from zoo.errors import DataError
from zoo.utils.scalars import plain

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?|[-+]?(nan|inf|infinity)", re.I | re.A)
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+", re.A)
_FRACTION = re.compile(r"[-+]?\d*\.\d+(e[-+]?\d+)?", re.I | re.A)
_BOOL = re.compile(r"true|false", re.I)
_MOST_CODES = 100

Where = Callable[[int], str]


@dataclass(frozen=True)
class Labels:
    """Labels of one kind.

    Args:
        kind: of the task.
        names: classes, labels or targets that occur, in order.
        values: class names, tuples of label names, tuples of floats, or for each text the tags of its words.
        note: what was inferred, for people, and the option that overrides it; empty where nothing was.
    """

    kind: str
    names: tuple[str, ...]
    values: tuple[Any, ...]
    note: str = ""


def interpret(
    columns: Mapping[str, Sequence[Any]], kind: str | None, where: Where, separator: str | None = None
) -> Labels:
    """Return what the label column, or several of them, mean.

    One column ``label``: texts are classes; texts with ``|``, or lists of texts, are sets of labels; lists
    of 0 and 1 are sets too, lists of other numbers are targets. Numbers are targets, except whole numbers of
    few distinct values (at most 100, and on average at least two examples of each), which are classes.
    Several columns: all 0 or 1 are labels, other numbers are targets. ``kind`` overrides all this where the
    values allow it; rows with exactly one 1 can be classes.

    Numbers count by value: 1, 1.0 and ``"1"`` are one class. Lists of one number are that number.

    Args:
        columns: values by name; texts, numbers or lists. The single column ``label`` or several others.
        kind: the task that was asked for, or None.
        where: place of a row, for messages.
        separator: what divides several labels in one text; None: ``|`` where it occurs.

    Raises:
        DataError: a blank or unfit label, booleans among numbers, or columns that cannot be of the kind
            asked for.
    """
    known = {name: plain(list(values)) for name, values in columns.items()}
    if list(known) != ["label"]:
        return _several(known, kind, where)
    values = unwrapped(known["label"])
    lists = [isinstance(value, list) for value in values]
    if any(lists):
        _uniform(lists, where)
        return _lists(values, kind, where)
    return _single([_text(value) for value in values], kind, where, separator)


def unwrapped(values: list[Any]) -> list[Any]:
    """Return a column of lists of one number each, shape (N, 1), as the numbers, shape (N,)."""
    if values and all(isinstance(v, list) and len(v) == 1 and not isinstance(v[0], str) for v in values):
        return [value[0] for value in values]
    return values


def _single(texts: list[str], kind: str | None, where: Where, separator: str | None) -> Labels:
    note = ""
    if kind != "regression":
        _check_bools(texts, where)
    if kind is None:
        kind, note = _kind_of(texts, where, separator)
    if kind == "regression":
        return Labels(kind, ("value",), tuple(zip(_numbers(texts, where), strict=True)), note)
    if kind == "multi-label":
        sets = [list(map(class_name, parts_of(text, separator or SEPARATOR))) for text in texts]
        undivided = separator is None and all(len(labels) < 2 for labels in sets)
        return _sets(sets, looks_like_several(texts) if undivided else note, where)
    check_names(texts, where)
    several = looks_like_several(texts) if note else ""
    return Labels("classification", ordered(texts), tuple(texts), "; ".join(filter(None, (note, several))))


def _kind_of(texts: list[str], where: Where, separator: str | None) -> tuple[str, str]:
    sign = separator or SEPARATOR
    if separator or any(sign in text for text in texts):
        for row, text in enumerate(texts):
            if not text:
                raise wrong(row, where, "the label is blank", "write the labels, or ask for task multi-label")
        return (
            "multi-label",
            f"task multi-label: labels are separated by {sign if sign.strip() else 'blanks'}",
        )
    numeric = [bool(_NUMBER.fullmatch(text) or _DECIMAL_COMMA.fullmatch(text)) for text in texts]
    if not all(numeric):
        if sum(bool(_FRACTION.fullmatch(text)) for text in texts) > len(texts) / 2:
            odd = numeric.index(False)
            what = f"label {texts[odd][:40]!r} stands among numbers"
            raise wrong(odd, where, what, "write a number, or ask for task classification")
        return "classification", "task classification: labels are names"
    distinct = len(set(texts))
    if all(WHOLE.fullmatch(text) for text in texts) and distinct <= max(2, min(_MOST_CODES, len(texts) // 2)):
        return "classification", codes_note(distinct)
    return "regression", "task regression: labels are numbers"


def codes_note(count: int) -> str:
    """Return the note about whole numbers that were taken for classes."""
    return (
        f"task classification: {count} whole numbers taken for class codes; zoo finetune --task regression "
        "takes them for amounts"
    )


def _lists(rows: list[list[Any]], kind: str | None, where: Where) -> Labels:
    texts = [all(isinstance(one, str) for one in row) for row in rows]
    filled = [is_text for is_text, row in zip(texts, rows, strict=True) if row]
    if kind != "regression" and all(filled):
        sets = [[class_name(one.strip()) for one in row] for row in rows]
        if kind == "classification":
            return _only_ones(ordered(one for labels in sets for one in labels), sets, where)
        note = "" if kind else "task multi-label: labels are lists of names" + _also_classes(sets)
        return _sets(sets, note, where)
    width = len(rows[0])
    alike = all(len(row) == width for row in rows)
    if kind != "regression" and alike and width > 1 and all(one in (0, 1) for row in rows for one in row):
        return _several({str(i): [row[i] for row in rows] for i in range(width)}, kind, where, "places")
    if kind == "multi-label":
        codes = [[_text(one) for one in row] for row in rows]
        if not all(WHOLE.fullmatch(code) for row in codes for code in row):
            raise _unfit(kind, "the labels are lists of numbers that are not whole")
        return _sets(codes, "", where)
    if kind == "classification":
        raise _unfit(kind, "the labels are lists of numbers")
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


def _several(
    columns: Mapping[str, Sequence[Any]], kind: str | None, where: Where, form: str = "columns"
) -> Labels:
    check_names(list(columns), lambda _: where(0))
    numbers = {name: _numbers(_zero_one(column), where, name) for name, column in columns.items()}
    binary = all(value in (0.0, 1.0) for column in numbers.values() for value in column)
    if kind in ("multi-label", "classification") and not binary:
        listed = f"the {len(columns)} label {form}, {', '.join(map(repr, columns))},"
        raise _unfit(kind, f"{listed} hold other numbers than 0 and 1")
    names = tuple(numbers)
    rows = tuple(zip(*numbers.values(), strict=True))
    if kind == "regression" or not binary:
        note = "" if kind else f"task regression: {len(names)} {form} of numbers"
        return Labels("regression", names, rows, note)
    sets = [[name for name, value in zip(names, row, strict=True) if value] for row in rows]
    if kind == "classification":
        return _only_ones(names, sets, where)
    note = "" if kind else f"task multi-label: {len(names)} {form} of 0 and 1" + _also_classes(sets)
    return Labels("multi-label", names, tuple(map(tuple, sets)), note)


def _only_ones(names: tuple[str, ...], sets: list[list[str]], where: Where) -> Labels:
    """Return classes from sets that hold one label each."""
    for row, labels in enumerate(sets):
        if len(labels) != 1:
            what = f"the row has {len(labels)} labels, a class is exactly one"
            raise wrong(row, where, what, "correct the row, or leave the task out for task multi-label")
    check_names([labels[0] for labels in sets], where)
    return Labels("classification", names, tuple(labels[0] for labels in sets))


def _also_classes(sets: list[list[str]]) -> str:
    if any(len(labels) != 1 for labels in sets):
        return ""
    return "; every row has exactly one: zoo finetune --task classification takes them for classes"


def _sets(sets: list[list[str]], note: str, where: Where) -> Labels:
    for row, labels in enumerate(sets):
        if len(set(labels)) != len(labels):
            raise wrong(row, where, "a label stands twice", "write each label once")
    rows = [row for row, labels in enumerate(sets) for _ in labels]
    flat = [one for labels in sets for one in labels]
    check_names(flat, lambda i: where(rows[i]))
    names = ordered(flat)
    if not names:
        raise DataError("no row has a label", path=where(0), hint="write the labels, separated by |")
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
        comma = ""
        if _DECIMAL_COMMA.fullmatch(text):
            comma = "; write decimals with a point, or divide several labels: --label-separator ','"
        others = "the others are numbers" if len(bad) < len(texts) else "numbers were asked for"
        raise DataError(
            f"{column} {text[:40]!r} is not a finite number",
            path=where(bad[0]),
            why=f"{len(bad):,} of {len(texts):,} are not; {others}",
            hint=f"correct or remove the row{comma}",
        )
    return values


def _text(value: Any) -> str:
    """Return a label as text: true and false as JSON writes them, whole numbers without decimals."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else class_name(str(value).strip())


def _zero_one(column: Sequence[Any]) -> list[str]:
    """Return a column as texts, true and false as 1 and 0 where it holds nothing else."""
    texts = [_text(value) for value in column]
    if all(map(_BOOL.fullmatch, texts)):
        return ["1" if text.lower() == "true" else "0" for text in texts]
    return texts


def _check_bools(texts: list[str], where: Where) -> None:
    """Refuse true and false among numbers: whether 1 is true is not said."""
    bools = [bool(_BOOL.fullmatch(text)) for text in texts]
    if not any(bools) or all(bools):
        return
    if all(is_bool or _NUMBER.fullmatch(text) for is_bool, text in zip(bools, texts, strict=True)):
        row = bools.index(not bools[0])
        what = f"label {texts[row]!r} stands where others are {texts[0]!r}: booleans among numbers"
        raise wrong(row, where, what, "write 0 and 1, or true and false, throughout")


def _uniform(lists: list[bool], where: Where) -> None:
    if not all(lists):
        row = lists.index(not lists[0])
        raise wrong(row, where, "some labels are lists and some are not", "write all of them in one form")


def _unfit(kind: str, why: str) -> DataError:
    return DataError(
        f"the labels do not fit task {kind}", why=why, hint="leave the task out to have it inferred"
    )
