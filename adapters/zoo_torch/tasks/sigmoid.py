"""Labels that are present or not, each by itself: binary cross-entropy, or the focal loss."""

from __future__ import annotations

from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.plugin import StepPlan
from zoo_torch.heads import LinearHead, Loss, class_weights


class SigmoidHead(LinearHead):
    """Implements :class:`zoo.plugin.NativeHead`."""

    def loss(self, plan: StepPlan, device: str) -> Loss:
        """Mean over batch and labels; targets float32 (B, width). Class weights scale the positive term."""
        weights = class_weights(plan, device)
        if plan.loss == "focal":
            return partial(focal_loss, gamma=plan.focal_gamma, weights=weights)
        return partial(F.binary_cross_entropy_with_logits, pos_weight=weights)


def focal_loss(outputs: Tensor, targets: Tensor, gamma: float, weights: Tensor | None) -> Tensor:
    """Return the mean of -log p times (1 - p)^gamma, p the probability of what is true (arXiv:1708.02002).

    Args:
        outputs: (B, width).
        targets: (B, width), 0 or 1.
        gamma: how little a label counts that is predicted well already.
        weights: (width,), of the positive terms.
    """
    absent, present = F.softplus(outputs), F.softplus(-outputs)
    # -log p is present, -log (1 - p) is absent.
    positive = targets * present * torch.exp(-gamma * absent)
    negative = (1 - targets) * absent * torch.exp(-gamma * present)
    return (positive * (1.0 if weights is None else weights) + negative).mean()
