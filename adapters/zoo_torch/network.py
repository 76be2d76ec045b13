"""Backbone and head as one module: the native module of an adapter."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from zoo.plugin import FeatureKind, NativeHead, Tap


class Network(nn.Module):
    """Prepared input to raw outputs.

    Attributes:
        backbone: the source's module.
        head: on top of it, or None.
        kind: of the features that the head takes.
        still: whether nothing in the backbone is trainable, so that no gradient need be prepared in it.
    """

    def __init__(self, backbone: nn.Module):
        super().__init__()
        self.backbone = backbone
        self.head: nn.Module | None = None
        self.kind: FeatureKind = "vector"
        self.still = False
        self._method = "__call__"
        self._native: NativeHead | None = None

    def replace_head(self, head: nn.Module, native: NativeHead, tap: Tap) -> None:
        """Put on a head that ``native`` built, on the features of ``tap``."""
        self.head, self._native = head, native
        # Not the tap itself: what runs part of a chain cannot be pickled everywhere.
        self.kind, self._method = tap.features.kind, tap.method

    def forward(self, inputs: Any) -> Tensor:
        """Native input to outputs (B, ..., width), or features without a head."""
        features = self.features(inputs)
        outputs: Tensor = features if self.head is None else self.head(features)
        return outputs

    def features(self, inputs: Any) -> Tensor:
        """Native input to what the head takes."""
        with self._gradients():
            return self._selected(getattr(self.backbone, self._method)(inputs), inputs)

    def onward(self, value: Any, rest: Callable[[Any], Any] | None) -> Tensor:
        """Return outputs from what crossed a boundary; ``rest`` runs the stages behind it, None: there are
        none."""
        with self._gradients():
            features = value if rest is None else self._selected(rest(value), value)
        assert self.head is not None
        outputs: Tensor = self.head(features)
        return outputs

    def lengths(self, inputs: Any) -> Any:
        """Entries of each raw input along axis 1 of :meth:`features`, int64 (B,); None: there are none."""
        return None if self._native is None else self._native.lengths(inputs)

    def _selected(self, features: Any, prepared: Any) -> Tensor:
        selected: Tensor = features if self._native is None else self._native.select(features, prepared)
        return selected

    def _gradients(self) -> Any:
        return torch.no_grad() if self.still else nullcontext()
