"""Which weights a training ends with: those of the best evaluation, or the last ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.core.protocols.engine import BackboneAdapter
from zoo.core.task import Task
from zoo.runs.training_state import TrainingState
from zoo.training.config import TrainConfig
from zoo.training.early_stopping import EarlyStopping
from zoo.utils.arrays import Array

ENOUGH_TO_CHOOSE = 50
"""Validation examples from which on a choice by them is more than chance."""


class BestWeights:
    """Follows the evaluations of a training, and holds the weights of the best one.

    Without held-out data the last epoch counts: training loss alone cannot tell which is best.

    Args:
        adapter: whose weights they are.
        task: its metric says what is better.
        config: resolved settings.
        held_out: number of validation examples.
        few: whether few of these are not to choose an epoch.
        position: of the training; its ``best`` is kept up to date.
        weights: of the best evaluation so far, where there was one.
    """

    def __init__(
        self,
        adapter: BackboneAdapter,
        task: Task,
        config: TrainConfig,
        *,
        held_out: int,
        few: bool,
        position: TrainingState,
        weights: Mapping[str, Array] | None = None,
    ):
        self._adapter, self._metric, self._held_out = adapter, task.metric, held_out > 0
        too_few = config.keep == "auto" and few and held_out < ENOUGH_TO_CHOOSE
        self.chooses = held_out > 0 and config.keep != "last" and not too_few
        self.weights = dict(weights) if weights else None
        """Of the best evaluation; None: none was chosen."""
        self._position = position
        # Where few are not to choose, they are not to end a training either.
        patience = None if too_few else config.patience
        since = sum(line["epoch"] > position.best[1] for line in position.lines)
        self._best = EarlyStopping(task.direction if held_out else "min", patience, position.best, since)

    def note(self, line: Mapping[str, Any], epoch: int) -> bool:
        """Note an evaluation by its line of the log; whether the weights of now are held for it."""
        value = line[f"val_{self._metric}"] if self._held_out else line["train_loss"]
        better = self._best.improved(epoch, value, line["val_loss"] if self._held_out else 0.0)
        self._position.best = self._best.state
        if better and self.chooses:
            self.weights = self._adapter.weights()
        return better and self.chooses

    @property
    def epoch(self) -> int | None:
        """The one whose weights are held; None: the last one counts."""
        return self._best.epoch if self.chooses else None

    @property
    def selected(self) -> bool:
        """Whether one of several evaluations chose which weights are held."""
        return self.chooses and len(self._position.lines) > 1

    @property
    def train_loss(self) -> float | None:
        """The training loss of the weights that count; None before the first evaluation."""
        lines = [line for line in self._position.lines if self.epoch in (None, line["epoch"])]
        return lines[-1]["train_loss"] if lines else None

    @property
    def exhausted(self) -> bool:
        """Whether patience is over: there were so many evaluations of held-out data since the best one."""
        return self._held_out and self._best.exhausted
