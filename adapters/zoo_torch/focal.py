"""The focal loss: cross-entropy with less weight on what is told well already (arXiv:1708.02002)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.plugin import StepPlan


def focal(plan: StepPlan, weights: Tensor | None) -> Callable[[Tensor, Tensor], Tensor]:
    """Mean loss of a batch from float32 outputs and targets; ``weights`` as in the cross-entropy.

    The core asks for it with classes and labels alone.
    """
    of = _of_classes if plan.task.kind == "classification" else _of_labels
    return partial(of, gamma=plan.focal_gamma, weights=weights)


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
