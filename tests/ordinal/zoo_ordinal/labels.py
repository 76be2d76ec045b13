"""How labels are read: numbers have an order; other levels need a task that states theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from zoo.errors import DataError
from zoo.plugin import LabelReader, Task, data


class LevelLabels(LabelReader):
    """One level for each input."""

    form: ClassVar[str] = "labels are levels"

    def task(self, labels: data.Labels, where: Callable[[int], str]) -> Task:
        """Return the task, its levels in the order of their numbers.

        Raises:
            DataError: a level is no number, so that the order is not known; or there is only one.
        """
        try:
            ordered = sorted(labels.names, key=float)
        except ValueError as error:
            raise DataError(
                "the order of the levels is not known",
                path=where(0),
                why=f"{error}; numbers have an order, names do not",
                hint='write numbers, or state the order in Python: task=Ordinal(levels=("low", "high"))',
            ) from None
        return super().task(data.Labels(self.name, tuple(ordered), labels.values, labels.note), where)
