"""What a report shows of held-out examples: the section of their task."""

from __future__ import annotations

from zoo.core.task import Task
from zoo.plugins.tasks import task_part
from zoo.reporting.task_section import TaskSection
from zoo.runs.report_schema import NameFacts
from zoo.utils.arrays import Array


def exhibit(task: Task, outputs: Array, targets: Array) -> TaskSection:
    """Return what there is to show of one split.

    A task without a section of its own gets what every task has: the figures of each name.

    Args:
        task: fitted.
        outputs: raw, as the task's ``metrics`` takes them.
        targets: encoded.
    """
    section = task_part(task.kind, "report")
    if section is not None:
        found: TaskSection = section(task, outputs, targets)
        return found
    rows = task.per_name(outputs, targets)
    return TaskSection(names=[NameFacts(name=name, figures=dict(row)) for name, row in rows.items()])
