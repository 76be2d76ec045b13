"""Labels as the outputs of a given task follow each other, or an error that says why they cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo.core.task import Task
from zoo.errors import DataError


def in_order(kind: str, names: Sequence[str], values: Sequence[Any], task: Task) -> Sequence[Any]:
    """``values`` of labels of ``kind``, each row of numbers in the order of the task's targets.

    Columns are told by their names. Where data or task have none of their own, the position is all there is.

    Raises:
        DataError: labels of another kind of task, columns that are other ones, or labels that the task does
            not have.
    """
    if kind != task.kind:
        raise DataError(
            f"the labels are of task {kind}, the model is of task {task.kind}",
            hint=f"give data with labels for {task.kind}, or replace the head",
        )
    if kind == "regression" and len(names) == task.width and tuple(names) != task.names:
        if set(names) == set(task.names):
            order = [list(names).index(name) for name in task.names]
            values = tuple(tuple(row[i] for i in order) for row in values)
        elif not _made_up(names) and not _made_up(task.names):
            raise DataError(
                f"the numbers of the data are {_some(names)}, those of the model {_some(task.names)}",
                hint="rename the columns of the data as the model has them, or fine-tune on these",
            )
    task.encode(values)
    return values


def _made_up(names: Sequence[str]) -> bool:
    """Whether columns had no names when they were read (:func:`zoo.datasets.labels.encode.interpret`)."""
    return all(name == "value" or name == f"value_{i}" for i, name in enumerate(names, 1))


def _some(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:5])) + (", ..." if len(names) > 5 else "")
