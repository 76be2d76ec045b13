"""The head in PyTorch: one score, and a threshold between each two neighbouring levels."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.plugin import NativeHead, StepPlan, Task


class Thresholds(nn.Module):
    """Features (B, D) to logits (B, width): a common score, plus a bias for each threshold.

    The thresholds share their weights, so an input that passes one passes all below it, once the biases fall.
    """

    def __init__(self, width: int, outputs: int, seed: int) -> None:
        super().__init__()
        draw = torch.randn(1, width, generator=torch.Generator().manual_seed(seed))
        self.weight = nn.Parameter(0.01 * draw)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, features: Tensor) -> Tensor:
        """Return the logits of being above each threshold."""
        return features @ self.weight.T + self.bias


class OrdinalHead(NativeHead):
    """Implements ``zoo.plugin.NativeHead``."""

    def build(self, width: int, task: Task, seed: int) -> nn.Module:
        """Return the layer, its weights drawn from ``seed`` alone."""
        return Thresholds(width, task.width, seed)

    def loss(self, plan: StepPlan, device: str) -> Callable[[Tensor, Tensor], Tensor]:
        """Return the mean over batch and thresholds; targets float32 (B, width)."""
        return F.binary_cross_entropy_with_logits
