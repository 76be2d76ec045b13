"""The head for engines of framework ``numpy``: a link with a forward and a backward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.plugin import NativeHead, StepPlan, Task

Array = np.ndarray[Any, np.dtype[Any]]


class Thresholds:
    """Features (B, D) to logits (B, width): a common score, plus a bias for each threshold."""

    def __init__(self, width: int, outputs: int, seed: int) -> None:
        draw = np.random.default_rng(seed).normal(0.0, 0.01, (width, 1)).astype(np.float32)
        self.tensors = {"weight": draw, "bias": np.zeros(outputs, np.float32)}

    def forward(self, features: Array, training: bool) -> Array:
        """Return the logits of being above each threshold."""
        self._features = features
        return np.asarray(features @ self.tensors["weight"] + self.tensors["bias"])

    def backward(self, gradient: Array) -> tuple[dict[str, Array], Array]:
        """Return the gradients of the tensors, and of the features."""
        score = gradient.sum(1, keepdims=True)
        own = {"weight": self._features.T @ score, "bias": gradient.sum(0)}
        return own, score @ self.tensors["weight"].T


class OrdinalHead(NativeHead):
    """Implements ``zoo.plugin.NativeHead``."""

    def build(self, width: int, task: Task, seed: int) -> Thresholds:
        """Return the link, its weights drawn from ``seed`` alone."""
        return Thresholds(width, task.width, seed)

    def loss(self, plan: StepPlan, device: str) -> Callable[[Array, Array], tuple[float, Array]]:
        """Return the mean over batch and thresholds, with its gradient by the outputs."""
        return _mean_loss


def _mean_loss(outputs: Array, targets: Array) -> tuple[float, Array]:
    above = 0.5 * (1.0 + np.tanh(0.5 * outputs))
    value = np.logaddexp(0, outputs) - targets * outputs
    return float(value.mean()), (above - targets) / outputs.size
