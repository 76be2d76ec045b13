"""Labels as data bring them, before any task has read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from zoo.core.class_values import class_name
from zoo.datasets.labels.class_names import Where, check_names, label_error
from zoo.datasets.labels.numbers import as_text, check_booleans, number_columns
from zoo.datasets.labels.separators import SEPARATOR
from zoo.utils.scalars import plain


@dataclass(frozen=True)
class RawLabels:
    """One column ``label``, or several columns of other names.

    One column holds either single values (``lists`` is None) or a list in each row (``texts`` has no use).

    Args:
        columns: values by name, all of one length: texts, numbers, booleans, None or lists of these.
        where: place of a row, for messages.
        separator: what divides several labels in one text, where the user stated it.
        origin: ``folders``: the values are names of folders; ``arrays``: they were given in memory.
        declared: what a typed source says that its column holds: names of classes, sets of them or numbers.
    """

    columns: Mapping[str, Sequence[Any]]
    where: Where
    separator: str | None = None
    origin: Literal["table", "folders", "arrays"] = "table"
    declared: Literal["names", "sets", "numbers"] | None = None

    @cached_property
    def several(self) -> bool:
        """Whether there are other columns than the single one ``label``."""
        return list(self.columns) != ["label"]

    @cached_property
    def values(self) -> list[Any]:
        """The values of the column ``label``; lists of one number each are these numbers."""
        return unwrapped(plain(list(self.columns["label"])))

    @cached_property
    def lists(self) -> list[list[Any]] | None:
        """The lists of the column ``label``, or None where it holds single values.

        Raises:
            DataError: some rows are lists and some are not.
        """
        found = [isinstance(value, list) for value in self.values]
        if not any(found):
            return None
        if not all(found):
            row = found.index(not found[0])
            hint = "write all of them in one form"
            raise label_error(row, self.where, "some labels are lists and some are not", hint)
        return self.values

    @cached_property
    def texts(self) -> list[str]:
        """The single values of the column ``label`` as texts."""
        return [as_text(value) for value in self.values]

    @cached_property
    def names(self) -> list[str]:
        """``texts``, for tasks whose labels are names.

        Raises:
            DataError: booleans among numbers.
        """
        check_booleans(self.texts, self.where)
        return self.texts

    @cached_property
    def name_lists(self) -> list[list[str]] | None:
        """Lists of texts as lists of names, or None where a list holds anything else."""
        rows = self.lists or []
        if not all(isinstance(one, str) for row in rows for one in row):
            return None
        return [[class_name(one.strip()) for one in row] for row in rows]

    @cached_property
    def indicators(self) -> dict[str, list[float]] | None:
        """Columns of 0 and 1 by name, or None where another number occurs.

        Lists of one length above 1 count as columns, named by their places.

        Raises:
            DataError: several columns that hold anything but finite numbers, or have unfit names.
        """
        if self.several:
            numbers = self.numbers
            binary = all(value in (0.0, 1.0) for column in numbers.values() for value in column)
            return numbers if binary else None
        rows = self.lists or [[]]
        width = len(rows[0])
        if width < 2 or any(len(row) != width for row in rows):
            return None
        if not all(one in (0, 1) for row in rows for one in row):
            return None
        return number_columns({str(i): [row[i] for row in rows] for i in range(width)}, self.where)

    @cached_property
    def numbers(self) -> dict[str, list[float]]:
        """Several columns as finite numbers.

        Raises:
            DataError: a value that is none, or unfit names.
        """
        check_names(list(self.columns), lambda _: self.where(0))
        return number_columns({name: plain(list(one)) for name, one in self.columns.items()}, self.where)

    @property
    def separated(self) -> bool:
        """Whether single texts hold several labels each: a separator was stated, or ``|`` occurs."""
        return bool(self.separator) or any(SEPARATOR in text for text in self.texts)


def unwrapped(values: list[Any]) -> list[Any]:
    """Return a column of lists of one number each, shape (N, 1), as the numbers, shape (N,)."""
    if values and all(isinstance(v, list) and len(v) == 1 and not isinstance(v[0], str) for v in values):
        return [value[0] for value in values]
    return values
