"""A small Keras network that has every layer that likes to move while frozen, and a raw module like it."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from zoo import Classification
from zoo.core.cards import Features, ImageInput
from zoo.core.protocols.backbone import Backbone, LoadReport, Stage, Tap
from zoo.core.protocols.engine import Batch, LearningRates

TASK = Classification(classes=("a", "b", "c"))
RATES = LearningRates(head=0.05, backbone=0.01)
SIZE = 12


class Block(keras.layers.Layer):
    """A composite that does not pass ``training`` on: its layers find it in Keras' call context."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = keras.layers.Dense(8, name="dense")
        self.norm = keras.layers.BatchNormalization(name="norm")
        self.drop = keras.layers.Dropout(0.3, name="drop")

    def build(self, shape):
        self.dense.build(shape)
        self.norm.build((None, 8))
        self.scale = self.add_weight(shape=(8,), initializer="ones", name="scale")

    def call(self, value):
        return self.drop(self.norm(self.dense(value))) * self.scale


def restless() -> keras.Model:
    layers = keras.layers
    x = entry = keras.Input((SIZE, SIZE, 3), name="entry")
    x = layers.Conv2D(6, 3, name="conv")(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.SpatialDropout2D(0.5, name="drop")(layers.ReLU(name="relu")(x))
    x = layers.GaussianNoise(0.1, name="noise")(x)
    x = layers.BatchNormalization(renorm=True, name="renorm")(layers.Conv2D(6, 3, name="conv2")(x))
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(entry, Block(name="block")(x), name="restless")


STAGES = (
    Stage("stem", ("entry", "conv", "norm", "relu", "drop")),
    Stage("middle", ("noise", "conv2", "renorm")),
    Stage("last", ("pool", "block")),
)


class Raw(tf.Module):
    """What a SavedModel looks like: variables in lists, two modes, a loss of its own."""

    def __init__(self):
        super().__init__()
        draw = tf.random.stateless_normal
        self.kernel = tf.Variable(draw((3, 8), (0, 1)), name="dense/kernel")
        self.mean = tf.Variable(tf.zeros(8), trainable=False, name="mean")
        self.twin = tf.Variable(tf.zeros(8), name="dense/kernel")
        self.weight = tf.Variable(1.0, trainable=False, name="regularization")
        self.regularization_losses = [lambda: self.weight * tf.reduce_sum(tf.square(self.kernel))]

    def __call__(self, inputs, training=False):
        value = tf.reduce_mean(inputs, (1, 2)) @ self.kernel + self.twin
        if training:
            mean = tf.reduce_mean(value, 0)
            self.mean.assign(0.9 * self.mean + 0.1 * mean)
            return tf.nn.relu(value - mean)
        return tf.nn.relu(value - self.mean)


def backbone(stages=STAGES, fresh=frozenset(), module=None) -> Backbone:
    keras.utils.set_random_seed(0)
    module = module or restless()
    return Backbone(
        module=module,
        prepare=lambda pixels: tf.cast(pixels, tf.float32) / 255,
        input=ImageInput(height=SIZE, width=SIZE),
        stages=stages,
        taps={"vector": Tap(Features(width=8))},
        loaded=LoadReport("pretrained", 10, 10, fresh=fresh),
    )


def batch(step: int = 0, targets=None) -> Batch:
    random = np.random.default_rng(step)
    pixels = random.integers(0, 256, (8, SIZE, SIZE, 3), dtype=np.uint8)
    targets = random.integers(0, 3, 8) if targets is None else targets
    return Batch(inputs=pixels, targets=targets, index=np.arange(8), seed=step)


def changed(before, after) -> set[str]:
    return {name for name in before if before[name].tobytes() != after[name].tobytes()}
