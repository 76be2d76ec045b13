"""Vectors and targets as a head needs them, or an error that says which are not."""

from __future__ import annotations

import numpy as np

from zoo.core.task import Task
from zoo.errors import ConfigError, DataError
from zoo.utils.arrays import Array


def require_fit(features: Array, targets: Array, task: Task, of: str = "training") -> None:
    """Raise where ``features`` and ``targets`` are no examples of ``task``.

    Raises:
        DataError: there are none, or a target that is no number.
        ConfigError: shapes that do not belong together, or a class that the task does not have.
    """
    if features.ndim != 2 or not features.shape[1]:
        raise ConfigError(
            f"a head needs one vector for each of the {of} inputs",
            why=f"the features have the shape {features.shape}",
            hint="give features of shape (N, D)",
        )
    if len(features) != len(targets):
        raise ConfigError(
            f"there are {len(features)} vectors of the {of} inputs and {len(targets)} targets",
            hint="give one target for each vector",
        )
    if not len(features):
        raise DataError(f"there are no {of} inputs to solve a head on", hint="give at least one example")
    spec = task.target
    wanted = (len(features), *(spec.axes or ()))
    if spec.axes is None or targets.shape != wanted:
        raise ConfigError(
            f"the targets of a {task.kind} have the shape {wanted}, not {targets.shape}",
            hint="give targets as task.encode makes them",
        )
    if spec.classes is not None:
        if (
            not np.issubdtype(targets.dtype, np.integer)
            or not 0 <= targets.min() <= targets.max() < spec.classes
        ):
            raise ConfigError(
                f"the targets are not class numbers from 0 to {spec.classes - 1}",
                hint="give targets as task.encode makes them",
            )
    elif not np.isfinite(targets).all():
        row = int((~np.isfinite(targets).reshape(len(targets), -1).all(1)).argmax())
        raise DataError(
            f"a target of the {of} inputs is not a finite number",
            why=f"the first is that of number {row}, counted from 0",
            hint="correct or remove that row of the data",
        )
