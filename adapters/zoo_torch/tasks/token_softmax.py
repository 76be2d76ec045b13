"""One class of several for each word: the cross-entropy on the state of the word's first token."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.plugin import NativeHead, StepPlan, Task
from zoo_torch.heads import Loss, class_weights, drawn

Array = np.ndarray[Any, np.dtype[Any]]


class WordLinear(nn.Linear):
    """A linear layer on the states of words."""

    def forward(self, states: Tensor) -> Tensor:
        """States (B, W, D), NaN where there is none, to (B, W, width) with the same gaps."""
        absent = states[..., :1].isnan()
        # Not NaN times zero: that would make the gradient of the weights NaN.
        return super().forward(states.masked_fill(absent, 0.0)).masked_fill(absent, float("nan"))


class TokenSoftmaxHead(NativeHead):
    """Implements :class:`zoo.plugin.NativeHead`."""

    def build(self, width: int, task: Task, seed: int) -> nn.Module:
        """Return the layer, with small random weights and no bias."""
        return drawn(WordLinear(width, task.width), seed)

    def select(self, features: Tensor, prepared: Any) -> Tensor:
        """Return the states of words (B, W, D) from those of tokens (B, T, D); NaN where a word has none."""
        places: Tensor = prepared["words"]
        index = places.clamp(min=0)[..., None].expand(-1, -1, features.shape[-1])
        return features.gather(1, index).masked_fill((places < 0)[..., None], float("nan"))

    def lengths(self, inputs: Array) -> Array:
        """Return the number of words of each list."""
        return np.array([len(words) for words in inputs], dtype=np.int64)

    def loss(self, plan: StepPlan, device: str) -> Loss:
        """Weighted mean over the words that have a tag and a state; targets int64 (B, W)."""
        weights = class_weights(plan, device)
        return partial(token_loss, weights=weights, smoothing=plan.label_smoothing)

    def seen(self, outputs: Tensor, targets: Tensor, plan: StepPlan) -> float:
        """Return the share of the mass of the tagged words that have a state."""
        tagged = targets >= 0
        mass = tagged.double()
        weights = class_weights(plan, str(targets.device))
        if weights is not None:
            mass = weights[targets.clamp(min=0)].double() * tagged
        total = float(mass.sum())
        unseen = outputs[..., 0].isnan()
        return float(mass[:, : outputs.shape[1]][~unseen].sum()) / total if total else 0.0


def token_loss(outputs: Tensor, targets: Tensor, weights: Tensor | None, smoothing: float) -> Tensor:
    """Return the cross-entropy, mean over the words of the batch that have a tag and a state.

    Args:
        outputs: (B, W, width), NaN where a word has no state.
        targets: int64 (B, at least W), -100 where there is no word.
        weights: (width,) or None.
        smoothing: of the labels, 0..1.
    """
    wanted = targets[:, : outputs.shape[1]]
    there = (wanted >= 0) & ~outputs[..., 0].isnan()
    return F.cross_entropy(outputs[there], wanted[there], weight=weights, label_smoothing=smoothing)
