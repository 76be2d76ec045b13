"""Numbers: the squared error in standard units."""

from __future__ import annotations

import torch.nn.functional as F

from zoo.plugin import StepPlan
from zoo_torch.heads import LinearHead, Loss


class RegressionHead(LinearHead):
    """Implements :class:`zoo.plugin.NativeHead`."""

    def loss(self, plan: StepPlan, device: str) -> Loss:
        """Mean over batch and values; targets float32 (B, width)."""
        return F.mse_loss
