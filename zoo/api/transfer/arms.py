"""Ways to learn from few examples: the pretrained model's, and the baselines'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from zoo.api.baselines import RANDOM_FEATURES, RAW_FEATURES, SCRATCH, WORDS
from zoo.api.baselines.linear_probe import FeatureExtractor, fit_probe, network_features
from zoo.api.baselines.raw_features import raw_features
from zoo.api.baselines.scratch import train_every_layer
from zoo.api.model import Model
from zoo.api.transfer.sampling import few
from zoo.core.task import Task
from zoo.datasets.dataset import Dataset
from zoo.errors import ConfigError
from zoo.training.config import TrainConfig
from zoo.training.linear_heads.solver import solver_of
from zoo.utils.arrays import Array

Open = Callable[..., Model]
"""Opens the model, ``from_scratch`` and ``seed`` as :func:`zoo.load` takes them."""

METHODS = {
    "frozen": "pretrained, frozen features + linear probe",
    "tuned": "pretrained, every layer trained",
    SCRATCH: WORDS[SCRATCH],
    RANDOM_FEATURES: WORDS[RANDOM_FEATURES],
    RAW_FEATURES: WORDS[RAW_FEATURES],
}


def open_methods(model: Model, task: Task, wanted: Sequence[str] | None) -> tuple[list[str], list[str]]:
    """Return the methods that a model can take, in order, and a note on each that it cannot.

    Args:
        model: is left frozen otherwise than it was.
        task: of the data.
        wanted: by name; None: whatever can be had.

    Raises:
        ConfigError: one that is wanted by name cannot be taken.
    """
    closed = {}
    try:
        model.freeze("nothing")
    except ConfigError as error:
        closed["tuned"] = error.why
    if model.origin.program is not None:
        why = "the model is a program that brings its weights, so there are no random ones"
        closed |= {SCRATCH: why, RANDOM_FEATURES: why}
    if solver_of(task) is None:
        why = f"task {task.kind} has no solver, which fits a head on fixed vectors"
        closed |= dict.fromkeys(("frozen", RANDOM_FEATURES, RAW_FEATURES), why)
    found = [method for method in METHODS if method not in closed]
    if wanted is None:
        return found, [f"{method} is left out: {why}" for method, why in closed.items()]
    for method in wanted:
        if method in closed:
            raise ConfigError(
                f"{model.card.id} cannot be compared by the method {method!r}",
                why=closed[method],
                hint=f"use --methods {','.join(found)}",
            )
    return [method for method in found if method in wanted], []


@dataclass
class Setting:
    """What all methods share.

    Args:
        open: opens the model.
        data: with the splits that examples are drawn from.
        asked: positions that every method is asked about.
        shots: numbers of examples a class.
        steps: of every method that trains by gradient, at least.
        train: settings of those methods; epochs follow from ``steps``, the seed is the draw.
    """

    open: Open
    data: Dataset
    asked: Array
    shots: tuple[int, ...]
    steps: int
    train: TrainConfig

    def targets(self, positions: Array) -> Array:
        """Encoded labels."""
        return self.data.task.encode([self.data.labels[int(i)] for i in positions])

    def of(self, draw: int) -> dict[int, Array]:
        """Return positions of the training examples, by shots."""
        return {shots: few(self.data, shots, draw) for shots in self.shots}


def run(method: str, setting: Setting, draw: int) -> dict[int, float] | None:
    """Return the metric of the task on what is asked, by shots."""
    chosen = setting.of(draw)
    if method in ("tuned", SCRATCH):
        return {shots: _trained(method, setting, positions, draw) for shots, positions in chosen.items()}
    extractor = _features(method, setting, draw)
    known = _Known(setting, draw, lambda positions: extractor.rows(positions, None))
    task, asked = setting.data.task, known.of(setting.asked)
    wanted = setting.targets(setting.asked)
    scores = {}
    for shots, positions in chosen.items():
        train, targets = known.of(positions), setting.targets(positions)
        found = fit_probe(extractor, train, targets, asked, wanted, task, seed=draw)
        scores[shots] = task.metrics(found.rows)[task.metric]
    return scores


def _features(method: str, setting: Setting, draw: int) -> FeatureExtractor:
    if method == RAW_FEATURES:
        return raw_features(setting.data, setting.open(seed=0).adapter.backbone.input)
    model = setting.open(from_scratch=method == RANDOM_FEATURES, seed=draw)
    return network_features(model, setting.data)


class _Known:
    """What was computed once for all numbers of shots."""

    def __init__(self, setting: Setting, draw: int, compute: Callable[[Array], Any]):
        needed = np.unique(np.concatenate([*setting.of(draw).values(), setting.asked]))
        self._found = compute(needed)
        self._row = {int(position): number for number, position in enumerate(needed)}

    def of(self, positions: Array) -> Any:
        rows = [self._row[int(i)] for i in positions]
        return self._found[rows] if isinstance(self._found, np.ndarray) else [self._found[i] for i in rows]


def _trained(method: str, setting: Setting, positions: Array, draw: int) -> float:
    model = setting.open(from_scratch=method == SCRATCH, seed=draw)
    task = setting.data.task
    batch = min(setting.train.batch_size, len(positions))
    epochs = -(-setting.steps // -(-len(positions) // batch))
    config = setting.train.model_copy(update={"epochs": epochs, "batch_size": batch, "seed": draw})
    data = replace(setting.data, splits={"train": np.sort(positions), "test": setting.asked})
    report = train_every_layer(model, data, task, config).report
    assert report is not None
    return report.metrics["test"][task.metric]
