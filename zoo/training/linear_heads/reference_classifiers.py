"""Cheap companions of a classifier: what the same vectors give without the head.

Where they do as well, the head is not what decides; where all are poor, the vectors are.
"""

from __future__ import annotations

import numpy as np

from zoo.core.task import Task
from zoo.training.linear_heads.class_means import directions, nearest_mean
from zoo.training.linear_heads.nearest import nearest_neighbours
from zoo.training.linear_heads.ridge import SIDE, ridge
from zoo.training.linear_heads.standardize import Standard
from zoo.utils.arrays import Array

CHEAP = 2e10
"""Multiplications that a companion may cost: seconds on one core."""


def reference_scores(
    features: Array,
    targets: Array,
    task: Task,
    scaler: Standard,
    held_out: tuple[Array, Array] | None,
    views: int = 1,
) -> tuple[dict[str, dict[str, float]], list[str]]:
    """Return figures by companion, and the names of those left out because they would cost more than the
    head.

    ``accuracy`` is that on ``held_out``, and absent without. Ridge (least squares on the classes as 0 and
    1) has ``leave_one_out_accuracy`` on the training inputs too, unless a class has a single example, which
    leave-one-out would take away.

    Args:
        features: (N, D), raw.
        targets: int64 (N,).
        task: a classification.
        scaler: what standardises ``features``.
        held_out: features (M, D) and targets int64 (M,), or None.
        views: of each input; ridge takes the first alone, since the others would tell of the one left out.
    """
    found: dict[str, dict[str, float]] = {}
    dropped = []
    examples, size = features.shape
    if held_out is not None:
        others, wanted = held_out
        train, tried = directions(features, scaler.mean), directions(others, scaler.mean)
        found["nearest class mean"] = {"accuracy": _share(nearest_mean(train, targets, tried), wanted)}
        if examples * size * len(others) <= CHEAP:
            said = nearest_neighbours(train, targets, tried, len(task.names))
            found["nearest neighbours"] = {"accuracy": _share(said, wanted)}
        else:
            dropped.append("nearest neighbours")
    examples //= views
    if min(examples, size) <= SIDE and examples * size * min(examples, size) <= CHEAP:
        found["ridge"] = _ridge(features[:examples], targets[:examples], task, scaler, held_out)
    else:
        dropped.append("ridge")
    return {name: figures for name, figures in found.items() if figures}, dropped


def _ridge(
    features: Array, targets: Array, task: Task, scaler: Standard, held_out: tuple[Array, Array] | None
) -> dict[str, float]:
    solved = ridge(features, np.eye(len(task.names))[targets], scaler)
    figures = {}
    counts = np.bincount(targets)
    if counts[counts > 0].min() > 1:
        right = np.concatenate([left.argmax(1) == targets[where] for where, left in solved.left_out()])
        figures["leave_one_out_accuracy"] = float(np.mean(right))
    if held_out is not None:
        outputs = scaler.apply(held_out[0]) @ solved.weight.T + solved.bias
        figures["accuracy"] = _share(outputs.argmax(1), held_out[1])
    return figures


def _share(said: Array, wanted: Array) -> float:
    return float((said == wanted).mean())
