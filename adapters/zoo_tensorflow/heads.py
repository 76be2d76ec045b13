"""What the heads of this engine share: a linear layer, and class weights as a tensor."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from zoo.plugin import NativeHead, StepPlan, Task

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


class LinearHead(NativeHead):
    """A linear layer on the feature vector: (B, D) to (B, task.width)."""

    def build(self, width: int, task: Task, seed: int) -> keras.layers.Layer:
        """Return the layer, its weights drawn from N(0, 0.01) by ``seed`` alone, its bias zero."""
        head = keras.layers.Dense(task.width, dtype="float32", name="head")
        head.build((None, width))
        weights = np.random.default_rng(seed).normal(0.0, 0.01, (width, task.width))
        head.set_weights([weights.astype(np.float32), np.zeros(task.width, np.float32)])
        return head


def class_weights(plan: StepPlan) -> tf.Tensor | None:
    """Return the class weights of a plan, float32 (classes,)."""
    return None if plan.class_weights is None else tf.constant(plan.class_weights)
