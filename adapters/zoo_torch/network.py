"""Backbone and head as one module: the native module of an adapter."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from zoo_torch.heads import TokenHead


class Network(nn.Module):
    """Prepared input to raw outputs."""

    def __init__(self, backbone: nn.Module):
        super().__init__()
        self.backbone = backbone
        self.head: nn.Module | None = None
        self.still = False
        """Whether nothing in the backbone is trainable, so that no gradient need be prepared in it."""

    def forward(self, inputs: Any) -> Tensor:
        """Native input to outputs (B, width), (B, W, width) by a token head, or features without a head."""
        of_tokens = isinstance(self.head, TokenHead)
        with torch.no_grad() if self.still else nullcontext():
            features: Tensor = self.backbone.tokens(inputs) if of_tokens else self.backbone(inputs)
        if self.head is None:
            return features
        outputs: Tensor = self.head(features, inputs["words"]) if of_tokens else self.head(features)
        return outputs

    def onward(self, value: Any, rest: Callable[[Any], Any] | None) -> Tensor:
        """Outputs from what crossed a boundary; ``rest`` runs the stages behind it, None: there are none."""
        with torch.no_grad() if self.still else nullcontext():
            features = value if rest is None else rest(value)
        assert self.head is not None
        outputs: Tensor = (
            self.head.of_words(features) if isinstance(self.head, TokenHead) else self.head(features)
        )
        return outputs
