"""What a page shows of held-out examples, one file for each kind of task.

A task that is not here gets what every task has: its metrics, and the figures of each name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.core.task import Task
from zoo.reporting.kinds import classification, multilabel, regression, token_classification
from zoo.reporting.kinds.exhibit import TaskSection
from zoo.runs.report_schema import NameFacts

Array = np.ndarray[Any, np.dtype[Any]]

KINDS: dict[str, Callable[[Any, Array, Array], TaskSection]] = {
    "classification": classification.exhibit,
    "multi-label": multilabel.exhibit,
    "regression": regression.exhibit,
    "token-classification": token_classification.exhibit,
}


def exhibit(task: Task, outputs: Array, targets: Array) -> TaskSection:
    """What there is to show of one split.

    Args:
        task: fitted.
        outputs: raw, as the task's ``metrics`` takes them.
        targets: encoded.
    """
    if task.kind in KINDS:
        return KINDS[task.kind](task, outputs, targets)
    rows = task.per_name(outputs, targets)
    return TaskSection(names=[NameFacts(name=name, figures=dict(row)) for name, row in rows.items()])
