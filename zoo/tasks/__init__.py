"""Target tasks: what comes out of a fine-tuned model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.core.task import Prediction, Task
from zoo.errors import ConfigError
from zoo.tasks.classification import Classification
from zoo.tasks.multilabel import MultiLabel
from zoo.tasks.regression import Regression
from zoo.tasks.token_classification import TokenClassification

TASKS: dict[str, type[Task]] = {
    "classification": Classification,
    "multi-label": MultiLabel,
    "regression": Regression,
    "token-classification": TokenClassification,
}
"""Every task by its ``kind``, as files and the command line name it."""


def task_from(record: Mapping[str, Any]) -> Task:
    """A task from its JSON form.

    Raises:
        ConfigError: no such kind; pydantic's own error for wrong fields.
    """
    kind = str(record.get("kind"))
    if kind not in TASKS:
        raise ConfigError(f"there is no task {kind!r}", hint=f"use one of: {', '.join(TASKS)}")
    return TASKS[kind].model_validate(dict(record))


__all__ = [
    "TASKS",
    "Classification",
    "MultiLabel",
    "Prediction",
    "Regression",
    "Task",
    "TokenClassification",
    "task_from",
]
