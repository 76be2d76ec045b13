"""Frozen backbones in TensorFlow, as others train on them: keras.Model.fit, and a loop by hand."""

from __future__ import annotations

import argparse
import time
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from loops_tensorflow import MODEL, SOURCE, rivals

__all__ = ["MODEL", "SOURCE"]
CLASSES = 10


def forward(pixels: np.ndarray, size: int, batch: int = 32) -> tuple[float, float]:
    """Seconds of compilation with the first batch, and of one pass over all images."""
    build = getattr(keras.applications, MODEL)
    base = build(include_top=False, weights=None, pooling="avg", input_shape=(size, size, 3))
    prepare = keras.applications.mobilenet_v2.preprocess_input

    @tf.function(input_signature=[tf.TensorSpec([None, size, size, 3], tf.uint8)])
    def run(x: tf.Tensor) -> tf.Tensor:
        return base(prepare(tf.cast(x, tf.float32)), training=False)

    begun = time.perf_counter()
    run(pixels[:batch])
    compiled = time.perf_counter()
    for start in range(0, len(pixels), batch):
        run(pixels[start : start + batch])
    return compiled - begun, time.perf_counter() - compiled


def loops_by_name(size: int, epochs: int, batch: int) -> dict[str, Any]:
    args = argparse.Namespace(model=MODEL, size=size, epochs=epochs, batch_size=batch)
    return rivals(args, True, CLASSES)


def loops(pixels: np.ndarray, labels: np.ndarray, size: int, epochs: int, batch: int) -> dict[str, float]:
    """Seconds of each way to train a head on a frozen backbone for so many epochs."""
    names = {"fit": "keras.Model.fit", "tf.function": "by hand"}
    found = loops_by_name(size, epochs, batch)
    return {names[name]: sum(run(pixels, labels)) for name, run in found.items()}
