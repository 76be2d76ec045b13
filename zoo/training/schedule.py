"""Learning rates over the steps of a run."""

from __future__ import annotations

import math

from zoo.seams.adapter import Rates
from zoo.training.config import TrainConfig


class Schedule:
    """Linear warm-up from zero, then a half cosine down to zero (or constant).

    The first step already moves: step s (from 0) of w warm-up steps has the share (s + 1) / (w + 1).
    """

    def __init__(self, config: TrainConfig, total_steps: int):
        if config.lr is None or config.backbone_lr is None:
            raise ValueError("the settings must be resolved first")
        self._head, self._backbone = config.lr, config.backbone_lr
        self._total = max(total_steps, 1)
        self._warmup = min(int(config.warmup * self._total), self._total - 1)
        self._cosine = config.schedule == "cosine"

    def share(self, step: int) -> float:
        """Share of the peak rate at a step, 0..1."""
        if step < self._warmup:
            return (step + 1) / (self._warmup + 1)
        if not self._cosine:
            return 1.0
        progress = (step - self._warmup) / (self._total - self._warmup)
        return 0.5 * (1.0 + math.cos(math.pi * min(progress, 1.0)))

    def rates(self, step: int) -> Rates:
        """Rates of a step, counted from 0."""
        share = self.share(step)
        return Rates(head=self._head * share, backbone=self._backbone * share)
