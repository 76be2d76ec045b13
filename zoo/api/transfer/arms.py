"""Ways to learn from few examples: the pretrained model's, and the controls'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from zoo.api.baselines.linear_probe import answers
from zoo.api.baselines.random_features import vectors
from zoo.api.baselines.raw_features import plain
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

WAYS = {
    "frozen": "pretrained, frozen, new head solved",
    "tuned": "pretrained, everything trained",
    "scratch": "the same network from random weights, everything trained",
    "random": "the same network with random weights, frozen, new head solved",
    "plain": "no network: a head on the pixels, on TF-IDF of words, or on the spectrum",
}


def open_ways(model: Model, task: Task, wanted: Sequence[str] | None) -> tuple[list[str], list[str]]:
    """The ways that a model can take, in order, and a note on each that it cannot.

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
        closed |= {"scratch": why, "random": why}
    if solver_of(task) is None:
        why = f"task {task.kind} has no solver, which fits a head on fixed vectors"
        closed |= dict.fromkeys(("frozen", "random", "plain"), why)
    found = [way for way in WAYS if way not in closed]
    if wanted is None:
        return found, [f"{way} is left out: {why}" for way, why in closed.items()]
    for way in wanted:
        if way in closed:
            raise ConfigError(
                f"{model.card.id} cannot be compared by the way {way!r}",
                why=closed[way],
                hint=f"use --ways {','.join(found)}",
            )
    return [way for way in found if way in wanted], []


@dataclass
class Setting:
    """What all ways share.

    Args:
        open: opens the model.
        data: with the splits that examples are drawn from.
        asked: positions that every way is asked about.
        shots: numbers of examples a class.
        steps: of every way that trains by gradient, at least.
        train: settings of those ways; epochs follow from ``steps``, the seed is the draw.
    """

    open: Open
    data: Dataset
    asked: Array
    shots: tuple[int, ...]
    steps: int
    train: TrainConfig

    def of(self, draw: int) -> dict[int, Array]:
        """Positions of the training examples, by shots."""
        return {shots: few(self.data, shots, draw) for shots in self.shots}


def run(way: str, setting: Setting, draw: int) -> dict[int, float] | None:
    """The metric of the task on what is asked, by shots."""
    if way in ("tuned", "scratch"):
        chosen = setting.of(draw).items()
        return {shots: _trained(way, setting, positions, draw) for shots, positions in chosen}
    if way == "plain":
        return _plain(setting, draw)
    model = setting.open(from_scratch=way == "random", seed=draw)
    found = _Known(setting, draw, lambda positions: vectors(model, setting.data, positions))
    return {
        shots: _score(setting, found.of(positions), positions, found.of(setting.asked), draw)
        for shots, positions in setting.of(draw).items()
    }


def _plain(setting: Setting, draw: int) -> dict[int, float]:
    form = setting.open(seed=0).adapter.backbone.input
    control = plain(form)
    found = _Known(setting, draw, lambda positions: control.rows(setting.data, positions, form))
    scores = {}
    for shots, positions in setting.of(draw).items():
        weigh = control.learn(found.of(positions))
        train, asked = weigh(found.of(positions)), weigh(found.of(setting.asked))
        scores[shots] = _score(setting, train, positions, asked, draw, control.standardise)
    return scores


class _Known:
    """What was computed once for all numbers of shots."""

    def __init__(self, setting: Setting, draw: int, compute: Callable[[Array], Any]):
        needed = np.unique(np.concatenate([*setting.of(draw).values(), setting.asked]))
        self._found = compute(needed)
        self._row = {int(position): number for number, position in enumerate(needed)}

    def of(self, positions: Array) -> Any:
        rows = [self._row[int(i)] for i in positions]
        return self._found[rows] if isinstance(self._found, np.ndarray) else [self._found[i] for i in rows]


def _score(
    setting: Setting, train: Array, positions: Array, asked: Array, draw: int, standardise: bool = True
) -> float:
    data = setting.data
    targets, wanted = (
        data.task.encode([data.labels[i] for i in some]) for some in (positions, setting.asked)
    )
    found = answers((train, targets), asked, data.task, seed=draw, standardise=standardise)
    return data.task.metrics(data.task.observe(found.outputs, wanted))[data.task.metric]


def _trained(way: str, setting: Setting, positions: Array, draw: int) -> float:
    model = setting.open(from_scratch=way == "scratch", seed=draw)
    task = setting.data.task
    model.replace_head(task, seed=draw)
    model.freeze("nothing")
    batch = min(setting.train.batch_size, len(positions))
    epochs = -(-setting.steps // -(-len(positions) // batch))
    config = setting.train.model_copy(update={"epochs": epochs, "batch_size": batch, "seed": draw})
    data = replace(setting.data, splits={"train": np.sort(positions), "test": setting.asked})
    return model.train(data, config).metrics["test"][task.metric]
