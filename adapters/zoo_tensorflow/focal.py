"""The focal loss: cross-entropy with less weight on what is told well already (arXiv:1708.02002)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import tensorflow as tf

from zoo.plugin import StepPlan


def focal(plan: StepPlan, weights: tf.Tensor | None) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Mean loss of a batch from float32 outputs and targets; ``weights`` as in the cross-entropy.

    The core asks for it with classes and labels alone.
    """
    of = _of_classes if plan.task.kind == "classification" else _of_labels
    return partial(of, gamma=plan.focal_gamma, weights=weights)


def _of_classes(outputs: tf.Tensor, targets: tf.Tensor, gamma: float, weights: tf.Tensor | None) -> tf.Tensor:
    """(B, width) and int64 (B,)."""
    logs = tf.gather(tf.nn.log_softmax(outputs), targets, batch_dims=1)
    # Never zero: with gamma below 1 the slope of a power of zero is infinite.
    missing = tf.maximum(-tf.math.expm1(logs), 1e-12)
    losses = -logs * missing**gamma
    if weights is None:
        return tf.reduce_mean(losses)
    each = tf.gather(weights, targets)
    return tf.reduce_sum(losses * each) / tf.reduce_sum(each)


def _of_labels(outputs: tf.Tensor, targets: tf.Tensor, gamma: float, weights: tf.Tensor | None) -> tf.Tensor:
    """(B, width) both; the targets 0 or 1."""
    absent, present = tf.math.softplus(outputs), tf.math.softplus(-outputs)
    # -log p is present, -log (1 - p) is absent.
    positive = targets * present * tf.exp(-gamma * absent)
    negative = (1.0 - targets) * absent * tf.exp(-gamma * present)
    return tf.reduce_mean(positive * (1.0 if weights is None else weights) + negative)
