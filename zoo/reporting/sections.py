"""What a report shows of held-out examples: the section of their task."""

from __future__ import annotations

from zoo.core.rows import Rows
from zoo.core.statistics import NameFacts
from zoo.core.task import Task
from zoo.plugins.tasks import task_part
from zoo.reporting.task_section import TaskSection


def exhibit(task: Task, rows: Rows) -> TaskSection:
    """Return what there is to show of one split.

    A task without a section of its own gets what every task has: the figures of each name.

    Args:
        task: fitted.
        rows: what the task observed of the split, in the order of its positions.
    """
    section = task_part(task.kind, "report")
    if section is not None:
        found: TaskSection = section(task, rows)
        return found
    figures = task.per_name(rows)
    return TaskSection(names=[NameFacts(name=name, figures=dict(row)) for name, row in figures.items()])
