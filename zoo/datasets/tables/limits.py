"""Limits on what comes out of a table, looked at before memory is spent on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zoo.errors import DataError
from zoo.utils.format import size
from zoo.utils.strict_json import first_repeated

MAX_FILE = 2**30
"""Bytes of a table file."""
MAX_ROWS = 10_000_000
MAX_COLUMNS = 10_000
MAX_DECODED = 4 * 2**30
"""Bytes that the values of a table take in memory, about."""
VALUE_BYTES = 64
"""What a text, number or list takes, without the characters of the text."""

_SPLIT = "split the table, or leave out what is not needed"


def check_names(names: Sequence[str], place: str | Path) -> None:
    """Check the names of columns, or the keys of an object.

    Raises:
        DataError: too many, or one twice.
    """
    check_columns(len(names), place)
    if (name := first_repeated(names)) is not None:
        raise DataError(f"column {name!r} stands twice", path=place, hint="rename one of them")


def check_columns(count: int, place: str | Path) -> None:
    """Raise DataError where there are too many columns."""
    if count > MAX_COLUMNS:
        raise DataError(
            f"the table has {count:,} columns",
            path=place,
            why=f"at most {MAX_COLUMNS:,} are read",
            hint=_SPLIT,
        )


def check_rows(count: int, place: str | Path) -> None:
    """Raise DataError where there are too many rows."""
    if count > MAX_ROWS:
        raise DataError(
            "the table has too many rows", path=place, why=f"at most {MAX_ROWS:,} are read", hint=_SPLIT
        )


def check_decoded(values: int, characters: int, path: Path) -> None:
    """Raise DataError where the values of a table would take too much memory.

    Args:
        values: texts, numbers and lists.
        characters: bytes of all texts together.
        path: of the table.
    """
    decoded = VALUE_BYTES * values + characters
    if decoded > MAX_DECODED:
        raise DataError(
            "the table is too large once it is decoded",
            path=path,
            why=f"about {size(decoded)} in memory; at most {size(MAX_DECODED)} are read",
            hint=_SPLIT,
        )
