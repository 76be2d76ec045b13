"""One class of several: the cross-entropy of the softmax, or the focal loss (arXiv:1708.02002)."""

from __future__ import annotations

from functools import partial

import tensorflow as tf

from zoo.plugin import StepPlan
from zoo_tensorflow.heads import LinearHead, Loss, class_weights


class SoftmaxHead(LinearHead):
    """Implements :class:`zoo.plugin.NativeHead`."""

    def loss(self, plan: StepPlan, device: str) -> Loss:
        """Weighted mean of the negative log-likelihood, with label smoothing; targets int64 (B,)."""
        weights = class_weights(plan)
        if plan.loss == "focal":
            return partial(focal_loss, gamma=plan.focal_gamma, weights=weights)
        return partial(cross_entropy, smoothing=plan.label_smoothing, weights=weights)


def cross_entropy(
    outputs: tf.Tensor, targets: tf.Tensor, smoothing: float, weights: tf.Tensor | None
) -> tf.Tensor:
    """Return the mean cross-entropy, by torch's formula.

    Args:
        outputs: (B, width).
        targets: int64 (B,).
        smoothing: of the labels, 0..1.
        weights: (width,). The smoothed part has those of its classes too, and the mean is taken over those of
            the true ones.
    """
    width = outputs.shape[-1]
    wanted, logs = tf.one_hot(targets, width), tf.nn.log_softmax(outputs)
    if weights is None:
        smooth = wanted * (1.0 - smoothing) + smoothing / width
        return -tf.reduce_mean(tf.reduce_sum(smooth * logs, axis=1))
    each = tf.gather(weights, targets)
    hard = -tf.reduce_sum(each * tf.reduce_sum(wanted * logs, axis=1))
    soft = -tf.reduce_sum(weights * logs)
    return ((1.0 - smoothing) * hard + smoothing / width * soft) / tf.reduce_sum(each)


def focal_loss(outputs: tf.Tensor, targets: tf.Tensor, gamma: float, weights: tf.Tensor | None) -> tf.Tensor:
    """Return the mean of -log p times (1 - p)^gamma, p the probability of the true class.

    Args:
        outputs: (B, width).
        targets: int64 (B,).
        gamma: how little an example counts that is classified well already.
        weights: (width,); the mean is taken over those of the true classes.
    """
    logs = tf.gather(tf.nn.log_softmax(outputs), targets, batch_dims=1)
    # Never zero: with gamma below 1 the slope of a power of zero is infinite.
    missing = tf.maximum(-tf.math.expm1(logs), 1e-12)
    losses = -logs * missing**gamma
    if weights is None:
        return tf.reduce_mean(losses)
    each = tf.gather(weights, targets)
    return tf.reduce_sum(losses * each) / tf.reduce_sum(each)
