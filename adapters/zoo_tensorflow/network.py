"""Backbone and head as one callable: the native module of an adapter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from zoo.plugin import Backbone


class Network:
    """Prepared input to raw outputs, or to features where there is no head.

    Attributes:
        backbone: a Keras layer, or a callable with ``variables``.
        head: a ``keras.layers.Dense``, or None.
        still: whether the whole backbone is frozen. A Keras layer knows that by itself; another module is
            told by the argument ``training``.
        quiet: whether it is called as in inference, though not frozen.
    """

    def __init__(self, backbone: Any):
        self.backbone = backbone
        self.head: keras.layers.Layer | None = None
        self.still = False
        self.quiet = False

    def __call__(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """Native input to float32 (B, width)."""
        features = self.features(inputs, training=training)
        return features if self.head is None else self.head(features, training=training)

    def features(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """Native input to features, float32 (B, D)."""
        return self.backbone(inputs, training=training and not (self.still or self.quiet))

    def rest(self, backbone: Backbone, cut: int) -> Callable[..., tf.Tensor]:
        """What computes outputs, float32 (B, width), from the value that enters stage ``cut``."""
        run = backbone.run if cut < len(backbone.stages) else None

        def onward(value: tf.Tensor, training: bool = False) -> tf.Tensor:
            mode = {"training": training and not (self.still or self.quiet)}
            features = value if run is None else run(value, cut, **mode)
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
