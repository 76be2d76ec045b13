"""One head and one loss for each task."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.errors import ConfigError
from zoo.plugin import Backbone, StepPlan, Task
from zoo_torch.focal import focal

Loss = Callable[[Tensor, Tensor], Tensor]


class TokenHead(nn.Linear):
    """A linear layer on the state of each word's first token."""

    def forward(self, states: Tensor, words: Tensor) -> Tensor:  # type: ignore[override]
        """States (B, T, D) at ``words``, int64 (B, W), to (B, W, width); NaN where a word has no state."""
        index = words.clamp(min=0)[..., None].expand(-1, -1, states.shape[-1])
        outputs = super().forward(states.gather(1, index))
        return outputs.masked_fill((words < 0)[..., None], float("nan"))

    def of_words(self, states: Tensor) -> Tensor:
        """States of words (B, W, D), NaN where there is none, to (B, W, width)."""
        absent = states[..., :1].isnan()
        # Not NaN times zero: that would make the gradient of the weights NaN.
        return super().forward(states.masked_fill(absent, 0.0)).masked_fill(absent, float("nan"))


def build_head(backbone: Backbone, task: Task, seed: int) -> nn.Module:
    """A linear layer on the features that the task requires: (B, D), or (B, T, D) at each word.

    Small random weights and no bias: the first outputs are nearly equal, so the first loss is that of an
    honest "don't know" and early gradients do not tear at the backbone.

    Raises:
        ConfigError: the backbone does not give such features.
    """
    features = {"vector": backbone.features, "tokens": backbone.tokens}.get(task.requires)
    if features is None:
        raise ConfigError(
            f"task {task.kind!r} needs features of the kind {task.requires}, which this backbone lacks",
            hint="choose a backbone with this capability (zoo show ID names them)",
        )
    head = (TokenHead if task.requires == "tokens" else nn.Linear)(features.width, task.width)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        head.weight.normal_(0.0, 0.01, generator=generator)
        head.bias.zero_()
    return head


def build_loss(plan: StepPlan, device: torch.device) -> Loss:
    """Mean loss of a batch from float32 outputs and targets, both on ``device``."""
    weights = None if plan.class_weights is None else torch.from_numpy(plan.class_weights).to(device)
    if plan.loss == "focal":
        return focal(plan, weights)
    # Not lambdas: a model that was trained can be copied and its parts pickled.
    if plan.task.kind == "classification":
        return partial(F.cross_entropy, weight=weights, label_smoothing=plan.label_smoothing)
    if plan.task.kind == "multi-label":
        return partial(F.binary_cross_entropy_with_logits, pos_weight=weights)
    if plan.task.kind == "regression":
        return F.mse_loss
    if plan.task.kind == "token-classification":
        return partial(token_loss, weights=weights, smoothing=plan.label_smoothing)
    raise ConfigError(f"the torch engine has no loss for task {plan.task.kind!r}")


def seen_share(outputs: Tensor, targets: Tensor, plan: StepPlan) -> float:
    """Return the share of the mass of ``targets`` that the loss is the mean of: words that have a state.

    :func:`zoo.plugin.engines.micro_batches` counts all words that have a tag, since which of
    them the tokenizer cuts off is known after the forward pass alone. 1 for tasks that are not about words.

    Args:
        outputs: as the loss takes them.
        targets: likewise.
        plan: of the phase.
    """
    if plan.task.requires != "tokens":
        return 1.0
    tagged = targets >= 0
    mass = tagged.double()
    if plan.class_weights is not None:
        mass = torch.from_numpy(plan.class_weights).to(targets.device)[targets.clamp(min=0)].double() * tagged
    total = float(mass.sum())
    unseen = outputs[..., 0].isnan()
    return float(mass[:, : outputs.shape[1]][~unseen].sum()) / total if total else 0.0


def token_loss(outputs: Tensor, targets: Tensor, weights: Tensor | None, smoothing: float) -> Tensor:
    """Cross-entropy, mean over the words of the batch that have a tag and a state.

    Args:
        outputs: (B, W, width), NaN where a word has no state.
        targets: int64 (B, at least W), -100 where there is no word.
        weights: (width,) or None.
        smoothing: of the labels, 0..1.
    """
    wanted = targets[:, : outputs.shape[1]]
    there = (wanted >= 0) & ~outputs[..., 0].isnan()
    return F.cross_entropy(outputs[there], wanted[there], weight=weights, label_smoothing=smoothing)
