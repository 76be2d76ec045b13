"""Linear probes: features of inputs, and the head that is fitted on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.api.baselines.time_limit import TimeBudget, limited
from zoo.api.model import Model
from zoo.core.rows import Rows
from zoo.core.task import Task
from zoo.datasets.batches import raw_batches
from zoo.datasets.dataset import Dataset
from zoo.errors import ConfigError
from zoo.training.linear_heads import can_solve, solve_head
from zoo.utils.arrays import Array


@dataclass(frozen=True)
class FeatureExtractor:
    """How inputs become vectors.

    Attributes:
        name: of the features, for people.
        rows: reads inputs at positions: float32 (N, D), or a list of what ``learn`` makes vectors of.
        learn: training rows to what makes float32 (N, D) of rows; None: rows are the vectors.
        standardise: whether a head standardises the vectors.
    """

    name: str
    rows: Callable[[Array, TimeBudget | None], Any]
    learn: Callable[[Any], Callable[[Any], Array]] | None = None
    standardise: bool = True


@dataclass(frozen=True)
class Probe:
    """A fitted linear probe: what the task observes of it, and how it was fitted, for people."""

    rows: Rows
    note: str


def network_features(model: Model, data: Dataset, name: str = "features") -> FeatureExtractor:
    """Return the features of a frozen network, whatever its weights."""
    form = model.adapter.backbone.input

    def rows(positions: Array, limit: TimeBudget | None) -> Array:
        found = raw_batches(data.inputs, positions, form, batch_size=64, workers=0)
        return np.concatenate([model.adapter.embed(raw) for _, raw in limited(found, len(positions), limit)])

    return FeatureExtractor(name, rows)


def fit_probe(
    features: FeatureExtractor,
    train: Any,
    targets: Array,
    asked: Any,
    wanted: Array,
    task: Task,
    *,
    seed: int,
    class_weights: Array | None = None,
) -> Probe:
    """Fit a linear head on training rows, and predict others.

    Args:
        features: that the rows are of.
        train: rows to learn from, M of them.
        targets: encoded, of the same examples.
        asked: rows to predict.
        wanted: encoded, of the same examples.
        task: fitted.
        seed: of folds and batches.
        class_weights: as ``task.class_weights`` gives, or None.

    Raises:
        ConfigError: there is no solver for the task, or not at this size.
        ZooError: as :func:`zoo.training.linear_heads.solve_head`.
    """
    if features.learn is not None:
        vectors = features.learn(train)
        train, asked = vectors(train), vectors(asked)
    if not can_solve(task, *train.shape):
        raise ConfigError(f"there is no solver for {task.kind} of this size")
    head = solve_head(
        train,
        targets,
        task,
        class_weights=class_weights,
        seed=seed,
        standardise=features.standardise,
        alone=True,
    )
    return Probe(head.observe(task, asked, wanted), head.note)
