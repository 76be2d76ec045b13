"""Learning rates over the steps of a run."""

from __future__ import annotations

import math

from zoo.core.protocols.engine import LearningRates
from zoo.training.config import TrainConfig

RAMP = 10
"""Steps in which a later phase comes to the rate of the schedule: its optimizer begins again."""


class Schedule:
    """Linear warm-up from zero, then a half cosine down to zero (or constant).

    The first step already moves: step s (from 0) of w warm-up steps has the share (s + 1) / (w + 1).

    Args:
        config: resolved settings.
        total_steps: of the run.
        began: step at which the phase began; it warms up on its own where that is not the first.
    """

    def __init__(self, config: TrainConfig, total_steps: int, began: int = 0):
        if not isinstance(config.lr, float) or config.backbone_lr is None:
            raise ValueError("the settings must be resolved first")
        self._head, self._backbone = config.lr, config.backbone_lr
        self._total = max(total_steps, 1)
        self._warmup = min(int(config.warmup * self._total), self._total - 1)
        self._cosine = config.schedule == "cosine"
        self._began = began
        self._ramp = min(RAMP, (self._total - began) // 10) if began else 0

    def share(self, step: int) -> float:
        """Share of the peak rate at a step, 0..1."""
        ramp = min(1.0, (step - self._began + 1) / (self._ramp + 1))
        if step < self._warmup:
            return ramp * (step + 1) / (self._warmup + 1)
        if not self._cosine:
            return ramp
        progress = (step - self._warmup) / (self._total - self._warmup)
        return ramp * 0.5 * (1.0 + math.cos(math.pi * min(progress, 1.0)))

    def rates(self, step: int) -> LearningRates:
        """Rates of a step, counted from 0."""
        share = self.share(step)
        return LearningRates(head=self._head * share, backbone=self._backbone * share)
