"""Short trainings of a parrot, and what they said about kept features."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

import zoo
from zoo.training.observer import NullObserver

MODEL = "parrot:mimic-m"
STAGES = 3


class Watch(NullObserver):
    def __init__(self):
        self.losses, self.said = [], {}

    def on_step_end(self, step, loss):
        self.losses.append(loss)

    def on_message(self, what, text):
        self.said[what] = text


@dataclass
class Done:
    losses: list[float]
    line: str
    report: Any
    model: Any

    @property
    def counts(self) -> tuple[int, int]:
        """Rows computed and found."""
        found = re.search(r"([\d,]+) computed now, ([\d,]+) found", self.line)
        assert found, self.line
        return int(found[1].replace(",", "")), int(found[2].replace(",", ""))


def pixels(count: int = 40) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)


def data(pictures: np.ndarray | None = None) -> zoo.Dataset:
    pictures = pixels() if pictures is None else pictures
    return zoo.data((pictures, [str(i % 4) for i in range(len(pictures))]), val=0.25)


def train(freeze, given=None, *, open_model=lambda: zoo.load(MODEL), **settings) -> Done:
    model, watch = open_model(), Watch()
    model.freeze(freeze)
    config = {"augment": "none", "head": "gradient", "epochs": 3, "batch_size": 8} | settings
    report = model.train(data() if given is None else given, zoo.TrainConfig(**config), observer=watch)
    return Done(watch.losses, report.cache, report, model)
