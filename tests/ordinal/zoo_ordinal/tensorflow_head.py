"""The head in TensorFlow: one score, and a threshold between each two neighbouring levels."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from zoo.plugin import NativeHead, StepPlan, Task


@keras.saving.register_keras_serializable("zoo_ordinal")
class Thresholds(keras.layers.Layer):
    """Features (B, D) to logits (B, width): a common score, plus a bias for each threshold."""

    def __init__(self, outputs: int, **settings: object) -> None:
        super().__init__(**settings)
        self.outputs = outputs

    def build(self, shape: tuple[int | None, int]) -> None:
        """Make the weights."""
        self.score = self.add_weight(shape=(shape[-1], 1), initializer="zeros", name="weight")
        self.bias = self.add_weight(shape=(self.outputs,), initializer="zeros", name="bias")
        super().build(shape)

    def call(self, features: tf.Tensor) -> tf.Tensor:
        """Return the logits of being above each threshold."""
        return tf.matmul(features, self.score) + self.bias


class OrdinalHead(NativeHead):
    """Implements ``zoo.plugin.NativeHead``."""

    def build(self, width: int, task: Task, seed: int) -> keras.layers.Layer:
        """Return the layer, its weights drawn from ``seed`` alone."""
        head = Thresholds(task.width, dtype="float32", name="head")
        head.build((None, width))
        draw = np.random.default_rng(seed).normal(0.0, 0.01, (width, 1)).astype(np.float32)
        head.set_weights([draw, np.zeros(task.width, np.float32)])
        return head

    def loss(self, plan: StepPlan, device: str) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
        """Return the mean over batch and thresholds; targets float32 (B, width)."""
        return _mean_loss


def _mean_loss(outputs: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(targets, outputs))
