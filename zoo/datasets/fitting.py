"""From labels to a task, or the proof that they suit one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo.datasets.labels import Labels
from zoo.datasets.tables import Table, plural
from zoo.errors import DataError
from zoo.tasks import Classification, MultiLabel, Regression, TokenClassification
from zoo.tasks.base import Task


def task_for(table: Table, given: Task | None) -> tuple[Task, Sequence[Any]]:
    """The task and the labels in the order of its outputs.

    Raises:
        DataError: fewer than two classes, or labels that ``given`` does not have.
    """
    labels = table.labels
    if given is not None:
        values = _in_order(labels, given)
        given.encode(values)
        return given, values
    if labels.kind == "multi-label":
        return MultiLabel(labels=labels.names), labels.values
    if labels.kind == "regression":
        return Regression(targets=labels.names), labels.values
    if labels.kind == "token-classification":
        if len(labels.names) < 2:
            raise DataError(
                f"there is only one tag, {labels.names[0]!r}",
                path=table.where(0),
                mend="tag some of the words",
            )
        return TokenClassification(tags=labels.names), labels.values
    if len(labels.names) < 2:
        raise DataError(
            f"there is only one class, {labels.names[0]!r}, with {plural(len(labels.values), 'example')}",
            path=None if not len(labels.values) else table.where(0),
            mend="a classifier needs at least 2 classes, each with examples",
        )
    return Classification(classes=labels.names), labels.values


def _in_order(labels: Labels, task: Task) -> Sequence[Any]:
    """Rows of numbers as the task's targets follow each other, whatever the order of the columns."""
    if labels.kind != "regression" or labels.names == task.names or set(labels.names) != set(task.names):
        return labels.values
    order = [labels.names.index(name) for name in task.names]
    return tuple(tuple(row[i] for i in order) for row in labels.values)
