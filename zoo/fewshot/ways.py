"""Ways to learn from few examples: the pretrained model's, and the controls'."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from zoo.datasets.batches import raw_batches
from zoo.datasets.dataset import Dataset
from zoo.fewshot.examples import few
from zoo.fewshot.plain import plain_name, plain_vectors
from zoo.heads import solve_head
from zoo.model import Model
from zoo.training.config import TrainConfig

Array = np.ndarray[Any, np.dtype[Any]]
Open = Callable[..., Model]
"""Opens the model, ``from_scratch`` and ``seed`` as :func:`zoo.load` takes them."""

WAYS = {
    "frozen": "pretrained, frozen, new head solved",
    "tuned": "pretrained, everything trained",
    "scratch": "the same network from random weights, everything trained",
    "random": "the same network with random weights, frozen, new head solved",
    "plain": "no network: a head on the pixels, or on pieces of words",
}


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
    """The metric of the task on what is asked, by shots; None where the way does not apply."""
    if way in ("tuned", "scratch"):
        chosen = setting.of(draw).items()
        return {shots: _trained(way, setting, positions, draw) for shots, positions in chosen}
    if way == "plain":
        form = setting.open(seed=0).adapter.backbone.input
        if plain_name(form) is None:
            return None
        return _solved(lambda positions: plain_vectors(setting.data, positions, form), setting, draw)
    model = setting.open(from_scratch=way == "random", seed=draw)
    return _solved(lambda positions: vectors(model, setting.data, positions), setting, draw)


def vectors(model: Model, data: Dataset, positions: Array) -> Array:
    """Features of the inputs at ``positions``, float32 (N, D)."""
    form = model.adapter.backbone.input
    found = raw_batches(data.inputs, positions, form, batch_size=64, workers=0)
    return np.concatenate([model.adapter.embed(raw) for _, raw in found])


def _solved(vectors: Callable[[Array], Array], setting: Setting, draw: int) -> dict[int, float]:
    """A head solved on vectors that are computed once for all numbers of shots."""
    data, chosen = setting.data, setting.of(draw)
    needed = np.unique(np.concatenate([*chosen.values(), setting.asked]))
    found = vectors(needed)
    row = {int(position): number for number, position in enumerate(needed)}

    def part(positions: Array) -> tuple[Array, Array]:
        rows = [row[int(i)] for i in positions]
        return found[rows], data.task.encode([data.labels[i] for i in positions])

    inputs, wanted = part(setting.asked)
    scores = {}
    for shots, positions in chosen.items():
        head = solve_head(*part(positions), data.task, seed=draw)
        scores[shots] = data.task.metrics(inputs @ head.weight.T + head.bias, wanted)[data.task.metric]
    return scores


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
