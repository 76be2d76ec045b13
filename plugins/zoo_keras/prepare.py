"""Preparing pixels: each application by the ``preprocess_input`` of its own module, once."""

from __future__ import annotations

import importlib
import io
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from PIL.Image import Image

from zoo_keras.names import Application


def preprocess_input(app: Application) -> Any:
    """Keras' own function of the application's module."""
    return importlib.import_module(f"keras.applications.{app.module}").preprocess_input


class Preprocess:
    """uint8 (B, H, W, 3), RGB, to float32 (B, H, W, 3) as the application's network expects it."""

    def __init__(self, app: Application):
        self._function = preprocess_input(app)

    def __call__(self, pixels: Any) -> Any:
        """The prepared batch; works inside a ``tf.function``."""
        return self._function(tf.cast(pixels, tf.float32), data_format="channels_last")


def reference(app: Application, image: Image, size: tuple[int, int] | None) -> Any:
    """Keras' documented recipe for one image: ``load_img``, ``img_to_array``, ``preprocess_input``.

    The interpolation is stated, since ``load_img`` takes the nearest pixel where none is.
    """
    stream = io.BytesIO()
    image.convert("RGB").save(stream, "PNG")
    stream.seek(0)
    target = size or (app.side, app.side)
    loaded = keras.utils.load_img(stream, target_size=target, interpolation="bilinear")
    array = keras.utils.img_to_array(loaded, data_format="channels_last", dtype="float32")
    return np.asarray(preprocess_input(app)(array, data_format="channels_last"), dtype=np.float32)
