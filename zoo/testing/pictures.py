"""A small made-up data set: pictures that any network can tell apart, so that a loss can fall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.records import ImageInput
from zoo.tasks import Classification, MultiLabel, Regression
from zoo.tasks.base import Task

Array = np.ndarray[Any, np.dtype[Any]]

COUNT = 8
BATCH = 4

KINDS = Classification(classes=("dusk", "meadow"))
"""The task that the training checks use."""

TASKS: tuple[Task, ...] = (
    Classification(classes=("dusk", "meadow", "sea", "snow", "town")),
    MultiLabel(labels=("red", "striped", "bright")),
    Regression(targets=("brightness",)),
)
"""One of each kind, each of another width; a regression of one value is the case that loses an axis."""


@dataclass(frozen=True)
class Pictures:
    """Pictures in memory with labels for every task.

    Args:
        inputs: uint8 (COUNT, H, W, 3).
        kinds: class names, the two classes taking turns, so that every batch holds both.
    """

    inputs: Array
    kinds: tuple[str, ...]

    def labels(self, task: Task) -> list[Any]:
        """Labels as data would bring them for a task of :data:`TASKS` or for :data:`KINDS`."""
        if isinstance(task, MultiLabel):
            return [task.labels[: i % (len(task.labels) + 1)] for i in range(len(self.kinds))]
        if isinstance(task, Regression):
            return [[float(picture.mean()) / 255.0] for picture in self.inputs]
        return list(self.kinds)

    def positions(self, step: int) -> Array:
        """int64 (BATCH,): which pictures the batch of a step holds."""
        first = (step * BATCH) % len(self.kinds)
        return np.arange(first, first + BATCH)


def make_pictures(form: ImageInput, seed: int = 0) -> Pictures:
    """Two kinds of pictures, reddish with level bands and greenish with upright ones, each one different."""
    random = np.random.default_rng(seed)
    down, across = np.mgrid[0 : form.height, 0 : form.width].astype(np.float32)
    pictures, kinds = [], []
    for i in range(COUNT):
        kind = i % 2
        along = down / form.height if kind == 0 else across / form.width
        bands = 0.5 + 0.5 * np.sin(2 * np.pi * (random.uniform(2, 4) * along + random.uniform()))
        colour = np.array([0.9, 0.25, 0.2] if kind == 0 else [0.15, 0.7, 0.35], dtype=np.float32)
        colour = np.clip(colour + random.uniform(-0.08, 0.08, 3), 0, 1)
        picture = (0.45 + 0.55 * bands[..., None]) * colour + random.normal(0, 0.03, (*bands.shape, 3))
        pictures.append(np.clip(picture * 255, 0, 255).astype(np.uint8))
        kinds.append(KINDS.classes[kind])
    return Pictures(np.stack(pictures), tuple(kinds))
