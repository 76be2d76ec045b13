"""What the heads of this engine share: a linear layer, and class weights as a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn

from zoo.plugin import NativeHead, StepPlan, Task

Loss = Callable[[Tensor, Tensor], Tensor]
Layer = TypeVar("Layer", bound=nn.Linear)


class LinearHead(NativeHead):
    """A linear layer on the feature vector: (B, D) to (B, task.width)."""

    def build(self, width: int, task: Task, seed: int) -> nn.Module:
        """Return the layer, with small random weights and no bias."""
        return drawn(nn.Linear(width, task.width), seed)


@torch.no_grad()
def drawn(layer: Layer, seed: int) -> Layer:
    """Draw the weights from N(0, 0.01) by ``seed`` alone, set the bias to zero, and return the layer."""
    layer.weight.normal_(0.0, 0.01, generator=torch.Generator().manual_seed(seed))
    layer.bias.zero_()
    return layer


def class_weights(plan: StepPlan, device: str) -> Tensor | None:
    """Return the class weights of a plan, float32 (classes,) on ``device``."""
    return None if plan.class_weights is None else torch.from_numpy(plan.class_weights).to(device)
