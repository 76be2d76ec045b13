"""Labels as texts and numbers: what counts as a number, and what is refused among numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from zoo.core.class_values import class_name
from zoo.datasets.labels.class_names import Where, label_error
from zoo.errors import DataError

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?|[-+]?(nan|inf|infinity)", re.IGNORECASE | re.ASCII)
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+", re.ASCII)
_FRACTION = re.compile(r"[-+]?\d*\.\d+(e[-+]?\d+)?", re.IGNORECASE | re.ASCII)
_BOOL = re.compile(r"true|false", re.IGNORECASE)


def as_text(value: Any) -> str:
    """Return a label as text: true and false as JSON writes them, whole numbers without decimals.

    Numbers count by value: 1, 1.0 and ``"1"`` give the same text. None gives an empty one.
    """
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else class_name(str(value).strip())


def is_number(text: str) -> bool:
    """Return whether a text is written as a number, with a decimal comma too; ``nan`` and ``inf`` are."""
    return bool(_NUMBER.fullmatch(text) or _DECIMAL_COMMA.fullmatch(text))


def is_fraction(text: str) -> bool:
    """Return whether a text is a number with digits after a decimal point."""
    return bool(_FRACTION.fullmatch(text))


def finite_numbers(texts: Sequence[str], where: Where, column: str = "label") -> list[float]:
    """Return the numbers that texts stand for.

    Raises:
        DataError: a text is no finite number; names the first and counts the others.
    """
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


def number_columns(columns: Mapping[str, Sequence[Any]], where: Where) -> dict[str, list[float]]:
    """Return the numbers of several columns; true and false are 1 and 0 in a column of nothing else.

    Raises:
        DataError: as :func:`finite_numbers`.
    """
    return {name: finite_numbers(_zero_one(column), where, name) for name, column in columns.items()}


def _zero_one(column: Sequence[Any]) -> list[str]:
    texts = [as_text(value) for value in column]
    if all(map(_BOOL.fullmatch, texts)):
        return ["1" if text.lower() == "true" else "0" for text in texts]
    return texts


def check_booleans(texts: Sequence[str], where: Where) -> None:
    """Refuse true and false among numbers: which number is true is not stated.

    Raises:
        DataError: names the first row of another form than row 0.
    """
    bools = [bool(_BOOL.fullmatch(text)) for text in texts]
    if not any(bools) or all(bools):
        return
    if all(is_bool or _NUMBER.fullmatch(text) for is_bool, text in zip(bools, texts, strict=True)):
        row = bools.index(not bools[0])
        what = f"label {texts[row]!r} stands where others are {texts[0]!r}: booleans among numbers"
        raise label_error(row, where, what, "write 0 and 1, or true and false, throughout")
