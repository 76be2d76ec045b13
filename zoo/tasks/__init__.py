"""The tasks that come with zoo: one folder for each, registered as those of other packages are."""

from __future__ import annotations

from collections.abc import Iterator

from zoo.plugins.hookspecs import hookimpl
from zoo.plugins.records import TaskRecord
from zoo.tasks import classification, multi_label, regression, token_classification


@hookimpl
def zoo_tasks() -> Iterator[TaskRecord]:
    """Offer the tasks, in the order in which they are asked whether labels are theirs."""
    # Regression claims all labels that no task before it has claimed.
    for task in (classification, multi_label, regression, token_classification):
        yield task.RECORD
