"""``keras.Model.fit``, and a ``tf.function`` written by hand."""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

SOURCE, MODEL, VERSIONS = "keras", "MobileNetV2", ("tensorflow", "keras")


def network(args: argparse.Namespace, frozen: bool, classes: int) -> keras.Model:
    """uint8 pixels to outputs; preprocessing inside, as the Keras guides recommend."""
    build = getattr(keras.applications, args.model)
    base = build(include_top=False, weights=None, pooling="avg", input_shape=(args.size, args.size, 3))
    base.trainable = not frozen
    prepare = importlib.import_module(build.__module__).preprocess_input
    pixels = keras.Input((args.size, args.size, 3), dtype="uint8")
    value = prepare(keras.ops.cast(pixels, "float32"))
    # The Keras guide to transfer learning: a frozen base is called in inference mode.
    value = base(value, training=False) if frozen else base(value)
    return keras.Model(pixels, keras.layers.Dense(classes)(value))


class Clock(keras.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self.begun = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        self.seconds.append(time.perf_counter() - self.begun)


def fit(args: argparse.Namespace, frozen: bool, classes: int) -> Callable[..., list[float]]:
    model = network(args, frozen, classes)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.AdamW(1e-3), loss)

    def run(pixels: np.ndarray, labels: np.ndarray) -> list[float]:
        clock = Clock()
        model.fit(
            pixels, labels, batch_size=args.batch_size, epochs=args.epochs, verbose=0, callbacks=[clock]
        )
        return clock.seconds

    return run


def hand_written(args: argparse.Namespace, frozen: bool, classes: int) -> Callable[..., list[float]]:
    model = network(args, frozen, classes)
    optimizer = keras.optimizers.AdamW(1e-3)
    optimizer.build(model.trainable_variables)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, args.size, args.size, 3], tf.uint8),
            tf.TensorSpec([None], tf.int64),
        ]
    )
    def step(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            outputs = model(x, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, outputs))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    def run(pixels: np.ndarray, labels: np.ndarray) -> list[float]:
        seconds = []
        for _ in range(args.epochs):
            order, begun = np.random.permutation(len(pixels)), time.perf_counter()
            for start in range(0, len(pixels), args.batch_size):
                index = order[start : start + args.batch_size]
                loss = step(pixels[index], labels[index])
            float(loss)
            seconds.append(time.perf_counter() - begun)
        return seconds

    return run


def rivals(args: argparse.Namespace, frozen: bool, classes: int) -> dict[str, Callable[..., list[float]]]:
    return {"fit": fit(args, frozen, classes), "tf.function": hand_written(args, frozen, classes)}
