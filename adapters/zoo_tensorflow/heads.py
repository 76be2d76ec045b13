"""One head and one loss for each task."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from zoo.errors import ConfigError
from zoo.plugin import Features, StepPlan, Task
from zoo_tensorflow.focal import focal

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def build_head(features: Features, task: Task, seed: int) -> keras.layers.Dense:
    """A linear layer on the feature vector, (B, features.width) to (B, task.width).

    Small random weights and no bias: the first outputs are nearly equal, so the first loss is that of an
    honest "don't know" and early gradients do not tear at the backbone.
    """
    if task.requires != features.kind or features.kind != "vector":
        raise ConfigError(
            f"task {task.kind!r} needs a feature {task.requires}, the backbone gives a {features.kind}",
            hint="choose a backbone with this capability (zoo show ID names them)",
        )
    head = keras.layers.Dense(task.width, dtype="float32", name="head")
    head.build((None, features.width))
    weights = np.random.default_rng(seed).normal(0.0, 0.01, (features.width, task.width))
    head.set_weights([weights.astype(np.float32), np.zeros(task.width, np.float32)])
    return head


def build_loss(plan: StepPlan) -> Loss:
    """Mean loss of a batch from float32 outputs and targets."""
    weights = None if plan.class_weights is None else tf.constant(plan.class_weights)
    if plan.loss == "focal":
        return focal(plan, weights)
    if plan.task.kind == "classification":
        width, smoothing = plan.task.width, plan.label_smoothing

        def cross_entropy(outputs: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
            wanted = tf.one_hot(targets, width)
            logs = tf.nn.log_softmax(outputs)
            if weights is None:
                smooth = wanted * (1.0 - smoothing) + smoothing / width
                return -tf.reduce_mean(tf.reduce_sum(smooth * logs, axis=1))
            # Weighted as in torch: the smoothed part too has the weights of its classes, and the mean is
            # taken over the weights of the true ones.
            each = tf.gather(weights, targets)
            hard = -tf.reduce_sum(each * tf.reduce_sum(wanted * logs, axis=1))
            soft = -tf.reduce_sum(weights * logs)
            return ((1.0 - smoothing) * hard + smoothing / width * soft) / tf.reduce_sum(each)

        return cross_entropy
    if plan.task.kind == "multi-label":

        def binary(outputs: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
            if weights is None:
                return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(targets, outputs))
            return tf.reduce_mean(tf.nn.weighted_cross_entropy_with_logits(targets, outputs, weights))

        return binary
    if plan.task.kind == "regression":
        return lambda outputs, targets: tf.reduce_mean(tf.square(outputs - targets))
    raise ConfigError(f"the tensorflow engine has no loss for task {plan.task.kind!r}")
