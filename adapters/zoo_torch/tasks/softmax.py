"""One class of several: the cross-entropy of the softmax, or the focal loss (arXiv:1708.02002)."""

from __future__ import annotations

from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.plugin import StepPlan
from zoo_torch.heads import LinearHead, Loss, class_weights


class SoftmaxHead(LinearHead):
    """Implements :class:`zoo.plugin.NativeHead`."""

    def loss(self, plan: StepPlan, device: str) -> Loss:
        """Weighted mean of the negative log-likelihood, with label smoothing; targets int64 (B,)."""
        weights = class_weights(plan, device)
        # Not lambdas: a model that was trained can be copied and its parts pickled.
        if plan.loss == "focal":
            return partial(focal_loss, gamma=plan.focal_gamma, weights=weights)
        return partial(F.cross_entropy, weight=weights, label_smoothing=plan.label_smoothing)


def focal_loss(outputs: Tensor, targets: Tensor, gamma: float, weights: Tensor | None) -> Tensor:
    """Return the mean of -log p times (1 - p)^gamma, p the probability of the true class.

    Args:
        outputs: (B, width).
        targets: int64 (B,).
        gamma: how little an example counts that is classified well already.
        weights: (width,); the mean is taken over those of the true classes.
    """
    logs = F.log_softmax(outputs, dim=1).gather(1, targets[:, None])[:, 0]
    # Never zero: with gamma below 1 the slope of a power of zero is infinite.
    missing = (-torch.expm1(logs)).clamp(min=1e-12)
    losses = -logs * missing**gamma
    if weights is None:
        return losses.mean()
    each = weights[targets]
    return (losses * each).sum() / each.sum()
