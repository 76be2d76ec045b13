"""One head and one loss for each task."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.errors import ConfigError
from zoo.records import Features
from zoo.seams.adapter import StepPlan
from zoo.tasks.base import Task

Loss = Callable[[Tensor, Tensor], Tensor]


def build_head(features: Features, task: Task, seed: int) -> nn.Module:
    """A linear layer on the feature vector, (B, features.width) to (B, task.width).

    Small random weights and no bias: the first outputs are nearly equal, so the first loss is that of an
    honest "don't know" and early gradients do not tear at the backbone.
    """
    if task.requires != features.kind or features.kind != "vector":
        raise ConfigError(
            f"task {task.kind!r} needs a feature {task.requires}, the backbone gives a {features.kind}",
            mend="choose a backbone with this capability (zoo show ID names them)",
        )
    head = nn.Linear(features.width, task.width)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        head.weight.normal_(0.0, 0.01, generator=generator)
        head.bias.zero_()
    return head


def build_loss(plan: StepPlan, device: torch.device) -> Loss:
    """Mean loss of a batch from float32 outputs and targets, both on ``device``."""
    weights = None if plan.class_weights is None else torch.from_numpy(plan.class_weights).to(device)
    if plan.task.kind == "classification":
        return lambda outputs, targets: F.cross_entropy(
            outputs, targets, weight=weights, label_smoothing=plan.label_smoothing
        )
    if plan.task.kind == "multi-label":
        return lambda outputs, targets: F.binary_cross_entropy_with_logits(
            outputs, targets, pos_weight=weights
        )
    if plan.task.kind == "regression":
        return F.mse_loss
    raise ConfigError(f"the torch engine has no loss for task {plan.task.kind!r}")
