"""Data frames of pandas and polars as tables, without importing either."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoo.datasets.tables.limits import check_names
from zoo.datasets.tables.rows import Rows
from zoo.utils.scalars import plain

NAME = "DataFrame"


def is_frame(value: Any) -> bool:
    """Return whether a value is a data frame: columns by name, and rows."""
    return hasattr(value, "columns") and hasattr(value, "to_dict") and not isinstance(value, Mapping)


def rows_of_frame(frame: Any) -> Rows:
    """Return the columns of a data frame; paths in it are relative to the working directory.

    Raises:
        DataError: a column stands twice.
    """
    names = [str(name) for name in frame.columns]
    check_names(names, NAME)
    columns = {name: _values(frame[key]) for name, key in zip(names, frame.columns, strict=True)}
    return Rows(Path(NAME), columns, list(range(len(frame))), header=0, place="{} row {}")


def _values(column: Any) -> list[Any]:
    """Return a column's values; pandas writes a missing text as NaN."""
    values = plain(column)
    if any(isinstance(value, str) for value in values):
        return [None if value != value else value for value in values]
    return list(values)
