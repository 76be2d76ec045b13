"""Backbone and head as one callable: the native module of an adapter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from zoo.plugin import Backbone, FeatureKind, NativeHead, Tap


class Network:
    """Prepared input to raw outputs, or to features where there is no head.

    Attributes:
        backbone: a Keras layer, or a callable with ``variables``.
        head: a Keras layer, or None.
        kind: of the features that the head takes.
        still: whether the whole backbone is frozen. A Keras layer knows that by itself; another module is
            told by the argument ``training``.
        quiet: whether it is called as in inference, though not frozen.
    """

    def __init__(self, backbone: Any):
        self.backbone = backbone
        self.head: keras.layers.Layer | None = None
        self.still = False
        self.quiet = False
        self.kind: FeatureKind = "vector"
        self._method = "__call__"
        self._native: NativeHead | None = None

    def replace_head(self, head: keras.layers.Layer, native: NativeHead, tap: Tap) -> None:
        """Put on a head that ``native`` built, on the features of ``tap``."""
        self.head, self._native = head, native
        self.kind, self._method = tap.features.kind, tap.method

    @property
    def source(self) -> tuple[Any, ...]:
        """What :meth:`taken` computes, as a key: heads of one kind share what is compiled for them."""
        return self._method, NativeHead.select if self._native is None else type(self._native).select

    def __call__(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """Native input to float32 (B, width)."""
        features = self.taken(inputs, training=training)
        return features if self.head is None else self.head(features, training=training)

    def taken(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """Native input to what the head takes of the features."""
        mode = training and not (self.still or self.quiet)
        return self._select(getattr(self.backbone, self._method)(inputs, training=mode), inputs)

    def features(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """Native input to features, float32 (B, D)."""
        return self.backbone(inputs, training=training and not (self.still or self.quiet))

    def rest(self, backbone: Backbone, cut: int) -> Callable[..., tf.Tensor]:
        """Return what computes outputs, float32 (B, width), from the value that enters stage ``cut``."""
        run = backbone.taps[self.kind].run if cut < len(backbone.stages) else None

        def onward(value: tf.Tensor, training: bool = False) -> tf.Tensor:
            mode = {"training": training and not (self.still or self.quiet)}
            features = value if run is None else self._select(run(value, cut, **mode), value)
            assert self.head is not None
            return self.head(features, training=training)

        return onward

    def regularization(self) -> list[tf.Tensor]:
        """Scalars that the free backbone adds to the loss, as its author wished."""
        if self.still:
            return []
        if isinstance(self.backbone, keras.Layer):
            return list(self.backbone.losses)
        return [loss() for loss in getattr(self.backbone, "regularization_losses", ())]

    def _select(self, features: Any, prepared: Any) -> tf.Tensor:
        return features if self._native is None else self._native.select(features, prepared)
