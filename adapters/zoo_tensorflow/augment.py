"""Augmentation of uint8 pictures with Keras' preprocessing layers, one draw for each picture."""

from __future__ import annotations

import functools
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo.plugin import ImageInput
from zoo_tensorflow.compiling import compiled
from zoo_tensorflow.tensors import seeds_of

Array = np.ndarray[Any, np.dtype[Any]]

LEVELS = ("none", "light", "standard", "strong")
_AREAS = {"light": (0.8, 1.0), "standard": (0.35, 1.0), "strong": (0.35, 1.0)}
_SHAPES = {"light": (0.9, 1.1), "standard": (3 / 4, 4 / 3), "strong": (3 / 4, 4 / 3)}


class Augment:
    """Random views of the pictures of a batch, with the names and strengths of every engine.

    light: crops of 80 to 100 % of the area, nearly the same shape. standard: crops of 35 to 100 %, shapes
    3:4 to 4:3, mild changes of colour. strong: standard crops, one strong random operation (RandAugment's;
    which one is drawn for the batch, how strong for each picture), and in a quarter of the pictures a random
    rectangle erased. A horizontal flip is a question of meaning, not of strength, so it is asked for by
    itself.
    """

    def __init__(self, level: str, flip: bool, form: ImageInput):
        self._level, self._size = level, (form.height, form.width)
        layers: list[keras.layers.Layer] = []
        if flip and level != "none":
            layers.append(keras.layers.RandomFlip("horizontal"))
        if level == "standard":
            layers.append(
                # Keras states a saturation s as s / (1 + s): these are 0.8 and 1.2.
                keras.layers.RandomColorJitter(contrast_factor=0.2, saturation_factor=(4 / 9, 6 / 11))
            )
        elif level == "strong":
            layers.append(keras.layers.RandAugment(num_ops=1))
            # From 0.25 alone Keras would draw the share itself, between 0 and that.
            layers.append(keras.layers.RandomErasing(factor=(0.25, 0.25), fill_value=0))
        self._layers = layers
        self.seeds = [state for layer in layers for state in seeds_of(layer)]

    def __call__(self, pixels: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """uint8 (B, H, W, 3) to the same; ``seed`` int32 (2,) draws the crops, :attr:`seeds` the rest."""
        if self._level not in _AREAS:
            return pixels
        batch = tf.shape(pixels)[0]
        boxes = _boxes(batch, self._size, _AREAS[self._level], _SHAPES[self._level], seed)
        # Pictures arrive in the size of the input, so a crop is enlarged: no antialiasing is needed.
        view = tf.image.crop_and_resize(pixels, boxes, tf.range(batch), self._size)
        view = tf.ensure_shape(view, (None, *self._size, 3))
        if self._level == "standard":
            # Keras' brightness is added to a picture, where others multiply.
            draw = tf.random.experimental.stateless_fold_in(seed, 1)
            bright = tf.random.stateless_uniform((batch, 1, 1, 1), draw, 0.8, 1.2)
            view = tf.clip_by_value(view * bright, 0, 255)
        for layer in self._layers:
            view = layer(view, training=True)
        return tf.cast(tf.clip_by_value(tf.round(view), 0, 255), tf.uint8)


def _boxes(
    count: tf.Tensor,
    size: tuple[int, int],
    areas: tuple[float, float],
    shapes: tuple[float, float],
    seed: tf.Tensor,
) -> tf.Tensor:
    """Random boxes of these shares of the area and shapes (width to height), float32 (count, 4) in 0..1."""
    draws = tf.random.stateless_uniform((count, 4), seed)
    area = areas[0] + draws[:, 0] * (areas[1] - areas[0])
    low, high = tf.math.log(shapes[0]), tf.math.log(shapes[1])
    shape = tf.exp(low + draws[:, 1] * (high - low)) * (size[0] / size[1])
    height, width = tf.minimum(tf.sqrt(area / shape), 1.0), tf.minimum(tf.sqrt(area * shape), 1.0)
    top, left = draws[:, 2] * (1.0 - height), draws[:, 3] * (1.0 - width)
    return tf.stack([top, left, top + height, left + width], axis=1)


def views(pixels: Array, level: str, flip: bool, form: ImageInput, seeds: Array) -> Array:
    """One view of each picture, uint8 (B, H, W, C) to the same, drawn from its seed alone, int64 (B,)."""
    augment, drawn = _drawn(level, flip, form)
    found = np.empty_like(pixels)
    for i, seed in enumerate(seeds):
        draws = np.random.SeedSequence(int(seed)).generate_state(2 * len(augment.seeds) + 2).reshape(-1, 2)
        for number, state in enumerate(augment.seeds, start=1):
            state.assign(tf.cast(draws[number], state.dtype))
        found[i] = drawn(tf.constant(pixels[i : i + 1]), tf.constant(draws[0].view(np.int32)))[0].numpy()
    return found


@functools.lru_cache(maxsize=2)
def _drawn(level: str, flip: bool, form: ImageInput) -> tuple[Augment, Any]:
    """Compiled once, not for each batch of the pictures whose views are to be kept."""
    augment = Augment(level, flip, form)
    spec = tf.TensorSpec([1, form.height, form.width, form.channels], tf.uint8)
    return augment, compiled(augment, [spec, tf.TensorSpec([2], tf.int32)])
