"""Labels of regression: a number, a list of numbers or several columns of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from zoo.core.task import Task
from zoo.datasets.labels.class_names import Where, label_error
from zoo.datasets.labels.labels import Labels
from zoo.datasets.labels.numbers import as_text, finite_numbers
from zoo.datasets.labels.raw_labels import RawLabels
from zoo.datasets.tables.label_reader import LabelReader
from zoo.errors import DataError


class NumberLabels(LabelReader):
    """A tuple of floats for each input."""

    form: ClassVar[str] = "the labels are numbers"
    has_classes: ClassVar[bool] = False

    def claim(self, raw: RawLabels) -> str | None:
        """Claim all numbers: whole ones of few values were claimed for classes before."""
        if raw.declared is not None:
            return "" if raw.declared == "numbers" else None
        if raw.several:
            return f"task {self.name}: {len(raw.numbers)} columns of numbers"
        if raw.lists is not None:
            return f"task {self.name}: {len(raw.lists[0])} numbers in each label"
        return f"task {self.name}: labels are numbers"

    def read(self, raw: RawLabels) -> Labels:
        """Read finite numbers; those of lists are called ``value_1`` and so on."""
        if raw.several:
            columns = raw.numbers
        elif raw.lists is None:
            columns = {"value": finite_numbers(raw.texts, raw.where)}
        else:
            columns = _columns(raw.lists, raw.where)
        return Labels(self.name, tuple(columns), tuple(zip(*columns.values(), strict=True)))

    def fit(self, labels: Labels, task: Task) -> Sequence[Any]:
        """Order the numbers of each row as the targets of the task.

        Columns are matched by name. Where data or task have no names of their own, the position decides.

        Raises:
            DataError: columns that are other ones, or another number of them.
        """
        names, values = labels.names, labels.values
        if len(names) == len(task.names) and names != task.names:
            if set(names) == set(task.names):
                order = [names.index(name) for name in task.names]
                values = tuple(tuple(row[i] for i in order) for row in values)
            elif not _made_up(names) and not _made_up(task.names):
                raise DataError(
                    f"the numbers of the data are {_some(names)}, those of the model {_some(task.names)}",
                    hint="rename the columns of the data as the model has them, or fine-tune on these",
                )
        task.encode(values)
        return values


def _columns(rows: Sequence[Sequence[Any]], where: Where) -> dict[str, list[float]]:
    width = len(rows[0])
    if not width:
        raise label_error(0, where, "the label holds no number", "write at least one number in each list")
    for row, values in enumerate(rows):
        if len(values) != width:
            what = f"{len(values)} values instead of {width}"
            raise label_error(row, where, what, "give every row as many numbers")
    names = ("value",) if width == 1 else tuple(f"value_{i + 1}" for i in range(width))
    return {
        name: finite_numbers([as_text(values[i]) for values in rows], where) for i, name in enumerate(names)
    }


def _made_up(names: Sequence[str]) -> bool:
    """Return whether columns had no names when they were read."""
    return all(name == "value" or name == f"value_{i}" for i, name in enumerate(names, 1))


def _some(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:5])) + (", ..." if len(names) > 5 else "")
