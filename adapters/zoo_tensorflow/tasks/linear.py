"""Numbers: the squared error in standard units."""

from __future__ import annotations

import tensorflow as tf

from zoo.plugin import StepPlan
from zoo_tensorflow.heads import LinearHead, Loss


class RegressionHead(LinearHead):
    """Implements :class:`zoo.plugin.NativeHead`."""

    def loss(self, plan: StepPlan, device: str) -> Loss:
        """Mean over batch and values; targets float32 (B, width)."""
        return mean_squared_error


def mean_squared_error(outputs: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """Return the mean over (B, width), both arguments of that shape."""
    return tf.reduce_mean(tf.square(outputs - targets))
