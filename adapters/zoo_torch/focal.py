"""The focal loss: cross-entropy with less weight on what is told well already (arXiv:1708.02002)."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.errors import ConfigError
from zoo.seams.adapter import StepPlan


def focal(plan: StepPlan, weights: Tensor | None) -> Callable[[Tensor, Tensor], Tensor]:
    """Mean loss of a batch from float32 outputs and targets; ``weights`` as in the cross-entropy.

    Raises:
        ConfigError: the task has neither classes nor labels.
    """
    gamma = plan.focal_gamma
    if plan.task.kind == "classification":
        return lambda outputs, targets: _of_classes(outputs, targets, gamma, weights)
    if plan.task.kind == "multi-label":
        return lambda outputs, targets: _of_labels(outputs, targets, gamma, weights)
    raise ConfigError(f"the torch engine has no focal loss for task {plan.task.kind!r}")


def _of_classes(outputs: Tensor, targets: Tensor, gamma: float, weights: Tensor | None) -> Tensor:
    """(B, width) and int64 (B,)."""
    logs = F.log_softmax(outputs, dim=1).gather(1, targets[:, None])[:, 0]
    # Never zero: with gamma below 1 the slope of a power of zero is infinite.
    missing = (-torch.expm1(logs)).clamp(min=1e-12)
    losses = -logs * missing**gamma
    if weights is None:
        return losses.mean()
    each = weights[targets]
    return (losses * each).sum() / each.sum()


def _of_labels(outputs: Tensor, targets: Tensor, gamma: float, weights: Tensor | None) -> Tensor:
    """(B, width) both; the targets 0 or 1."""
    absent, present = F.softplus(outputs), F.softplus(-outputs)
    # -log p is present, -log (1 - p) is absent.
    positive = targets * present * torch.exp(-gamma * absent)
    negative = (1 - targets) * absent * torch.exp(-gamma * present)
    return (positive * (1.0 if weights is None else weights) + negative).mean()
