"""From labels to a task, or the proof that they suit one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo.core.task import Task
from zoo.datasets.labels.order import in_order
from zoo.datasets.tables.table import Table
from zoo.errors import DataError
from zoo.tasks import Classification, MultiLabel, Regression, TokenClassification
from zoo.utils.format import plural


def task_for(table: Table, given: Task | None) -> tuple[Task, Sequence[Any]]:
    """The task and the labels in the order of its outputs.

    Raises:
        DataError: fewer than two classes, or labels that ``given`` does not have.
    """
    labels = table.labels
    if given is not None:
        return given, in_order(labels.kind, labels.names, labels.values, given)
    if labels.kind == "multi-label":
        return MultiLabel(labels=labels.names), labels.values
    if labels.kind == "regression":
        return Regression(targets=labels.names), labels.values
    if labels.kind == "token-classification":
        if len(labels.names) < 2:
            raise DataError(
                f"there is only one tag, {labels.names[0]!r}",
                path=table.where(0),
                hint="tag some of the words",
            )
        return TokenClassification(tags=labels.names), labels.values
    if len(labels.names) < 2:
        raise DataError(
            f"there is only one class, {labels.names[0]!r}, with {plural(len(labels.values), 'example')}",
            path=None if not len(labels.values) else table.where(0),
            hint="a classifier needs at least 2 classes, each with examples",
        )
    return Classification(classes=labels.names), labels.values
