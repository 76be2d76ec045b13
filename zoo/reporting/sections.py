"""The section of a task, found by its name, and what a page says about a task."""

from __future__ import annotations

from typing import Any

from zoo.core.rows import Rows
from zoo.core.task import Task
from zoo.errors import MissingPlugin
from zoo.plugins.tasks import task_from, task_part
from zoo.reporting.task_section import ReportSection, TaskSection
from zoo.runs.manifest import Manifest
from zoo.runs.report_schema import ReportFacts, TaskFacts


def section_of(kind: str) -> ReportSection[Any]:
    """Return the report section of a task; a task without one of its own has the common one.

    Raises:
        MissingPlugin: no plugin offers the task.
        PluginError: its section cannot be imported.
    """
    own = task_part(kind, "report")
    found: ReportSection[Any] = ReportSection() if own is None else own()
    return found


def exhibit(task: Task, rows: Rows) -> TaskSection:
    """Return what there is to show of one split; see :meth:`ReportSection.exhibit`."""
    return section_of(task.kind).exhibit(task, rows)


def task_facts(task: Task) -> TaskFacts:
    """Return what a page says about a task."""
    return TaskFacts(
        kind=task.kind,
        metric=task.metric,
        names=task.names,
        requires=task.requires,
        answer=task.answer,
        outcome=section_of(task.kind).outcome(task),
        figures=dict(task.figures),
    )


def known_task(manifest: Manifest, facts: ReportFacts) -> TaskFacts:
    """Return what a run's report says about its task.

    Without a report the task itself is asked; where it is not installed either, little is known: its name,
    and that its first metric decides.
    """
    if facts.task is not None:
        return facts.task
    try:
        return task_facts(task_from(manifest.task))
    except MissingPlugin:
        first = next(iter(manifest.metrics.values()), {})
        return TaskFacts(kind=str(manifest.task.get("kind")), metric=next(iter(first), "loss"))
