"""Labels that are present or not, each by itself: binary cross-entropy, or the focal loss."""

from __future__ import annotations

from functools import partial

import tensorflow as tf

from zoo.plugin import StepPlan
from zoo_tensorflow.heads import LinearHead, Loss, class_weights


class SigmoidHead(LinearHead):
    """Implements :class:`zoo.plugin.NativeHead`."""

    def loss(self, plan: StepPlan, device: str) -> Loss:
        """Mean over batch and labels; targets float32 (B, width). Class weights scale the positive term."""
        weights = class_weights(plan)
        if plan.loss == "focal":
            return partial(focal_loss, gamma=plan.focal_gamma, weights=weights)
        return partial(binary_cross_entropy, weights=weights)


def binary_cross_entropy(outputs: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor | None) -> tf.Tensor:
    """Return the mean over (B, width), both arguments of that shape; ``weights`` (width,)."""
    if weights is None:
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(targets, outputs))
    return tf.reduce_mean(tf.nn.weighted_cross_entropy_with_logits(targets, outputs, weights))


def focal_loss(outputs: tf.Tensor, targets: tf.Tensor, gamma: float, weights: tf.Tensor | None) -> tf.Tensor:
    """Return the mean of -log p times (1 - p)^gamma, p the probability of what is true (arXiv:1708.02002).

    Args:
        outputs: (B, width).
        targets: (B, width), 0 or 1.
        gamma: how little a label counts that is predicted well already.
        weights: (width,), of the positive terms.
    """
    absent, present = tf.math.softplus(outputs), tf.math.softplus(-outputs)
    # -log p is present, -log (1 - p) is absent.
    positive = targets * present * tf.exp(-gamma * absent)
    negative = (1.0 - targets) * absent * tf.exp(-gamma * present)
    return tf.reduce_mean(positive * (1.0 if weights is None else weights) + negative)
