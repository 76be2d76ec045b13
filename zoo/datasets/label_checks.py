"""From labels to a task, or the proof that they suit one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo.core.task import Task
from zoo.datasets.labels.order import in_order
from zoo.datasets.tables.table import Table
from zoo.errors import DataError
from zoo.plugins.tasks import task_type
from zoo.utils.format import plural


def task_for(table: Table, given: Task | None) -> tuple[Task, Sequence[Any]]:
    """The task and the labels in the order of its outputs.

    Raises:
        DataError: fewer than two classes, or labels that ``given`` does not have.
    """
    labels = table.labels
    if given is not None:
        return given, in_order(labels.kind, labels.names, labels.values, given)
    kind = task_type(labels.kind)
    if len(labels.names) < kind.fewest:
        raise DataError(
            f"there is only one {kind.noun[0]}, {labels.names[0]!r}, with "
            f"{plural(len(labels.values), 'example')}",
            path=None if not len(labels.values) else table.where(0),
            hint=f"give examples of at least {plural(kind.fewest, *kind.noun)}",
        )
    return kind.named(labels.names), labels.values
