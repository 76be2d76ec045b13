"""What a task warns of: facts of its training part, and of each split that was evaluated."""

from __future__ import annotations

from zoo.reporting.sections import section_of
from zoo.runs.report_schema import TaskCaution
from zoo.training.result import TrainResult
from zoo.utils.plain_text import clean


def task_cautions(result: TrainResult) -> tuple[TaskCaution, ...]:
    """Return the cautions of a run's task, those of the evaluated splits first; see :class:`ReportSection`.

    Raises:
        MissingPlugin: no plugin offers the task.
        PluginError: its section cannot be imported.
    """
    data, report, task = result.data, result.report, result.data.task
    section = section_of(task.kind)
    found = [
        one for split, names in report.per_name.items() for one in section.split_cautions(task, split, names)
    ]
    targets = task.encode([data.labels[int(i)] for i in data.splits["train"]])
    settings = report.settings
    balanced = settings.get("sampling") == "balanced" or settings.get("class_weights") == "auto"
    found += section.training_cautions(task, targets, balanced=balanced)
    return tuple(one.model_copy(update={"text": clean(one.text)}) for one in found)
