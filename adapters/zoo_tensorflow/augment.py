"""Augmentation of uint8 images over random numbers of each example, by the formulas of torchvision."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.plugin import ImageInput, engines
from zoo_tensorflow.compiling import compiled
from zoo_tensorflow.strong_operations import strong_operation

Array = np.ndarray[Any, np.dtype[Any]]

LEVELS = ("none", "light", "standard", "strong")
NUMBERS = 16
"""Random numbers of an image: 0 to 3 crop, 4 flip, 5 to 7 color, 8 to 10 operation, 11 to 15 erasing."""
_AREAS = {"light": (0.8, 1.0), "standard": (0.35, 1.0), "strong": (0.35, 1.0)}
_SHAPES = {"light": (0.9, 1.1), "standard": (3 / 4, 4 / 3), "strong": (3 / 4, 4 / 3)}
_JITTER = (0.8, 1.2)
_ERASED, _ERASED_AREAS, _ERASED_SHAPES = 0.25, (0.02, 0.33), (0.3, 3.3)


class Augment:
    """Random views of the images of a batch, with the names and strengths of every engine.

    light: crops of 80 to 100% of the area, nearly the same shape. standard: crops of 35 to 100%, shapes
    3:4 to 4:3, mild changes of color. strong: standard crops, one strong random operation for each image
    (TrivialAugment), and in a quarter of the images a random rectangle erased. A horizontal flip is a
    question of meaning, not of strength, so it is asked for by itself.
    """

    def __init__(self, level: str, flip: bool, form: ImageInput):
        self._level, self._flip, self._size = level, flip, (form.height, form.width)

    def __call__(self, pixels: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
        """Return views of images, uint8 (B, H, W, 3).

        Args:
            pixels: the images.
            numbers: float32 (B, NUMBERS) from 0 to below 1; an image's view depends on its own row alone.
        """
        if self._level not in _AREAS:
            return pixels
        boxes = _boxes(numbers[:, :4], self._size, _AREAS[self._level], _SHAPES[self._level])
        if self._flip:
            top, left, bottom, right = tf.unstack(boxes, axis=1)
            flipped = numbers[:, 4] < 0.5
            # From right to left: such a crop is mirrored.
            left, right = tf.where(flipped, right, left), tf.where(flipped, left, right)
            boxes = tf.stack([top, left, bottom, right], axis=1)
        # Images arrive in the size of the input, so a crop is enlarged: no antialiasing is needed.
        view = tf.image.crop_and_resize(pixels, boxes, tf.range(tf.shape(pixels)[0]), self._size)
        view = tf.ensure_shape(view, (None, *self._size, 3))
        if self._level == "standard":
            view = _jittered(view, numbers[:, 5:8])
        elif self._level == "strong":
            view = strong_operation(tf.round(view), numbers[:, 8:11])
            view = _with_rectangle_erased(view, numbers[:, 11:])
        return tf.cast(tf.clip_by_value(tf.round(view), 0, 255), tf.uint8)


def _between(numbers: tf.Tensor, bounds: tuple[float, float]) -> tf.Tensor:
    return bounds[0] + numbers * (bounds[1] - bounds[0])


def _shape(numbers: tf.Tensor, bounds: tuple[float, float]) -> tf.Tensor:
    """Width to height, as often wide as tall."""
    low, high = (float(np.log(bound)) for bound in bounds)
    return tf.exp(_between(numbers, (low, high)))


def _boxes(
    numbers: tf.Tensor, size: tuple[int, int], areas: tuple[float, float], shapes: tuple[float, float]
) -> tf.Tensor:
    """Return boxes of these areas and shapes, float32 (B, 4) in 0..1: top, left, bottom, right."""
    area = _between(numbers[:, 0], areas)
    shape = _shape(numbers[:, 1], shapes) * (size[0] / size[1])
    height, width = tf.minimum(tf.sqrt(area / shape), 1.0), tf.minimum(tf.sqrt(area * shape), 1.0)
    top, left = numbers[:, 2] * (1.0 - height), numbers[:, 3] * (1.0 - width)
    return tf.stack([top, left, top + height, left + width], axis=1)


def _jittered(view: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
    """Change brightness, contrast and saturation of each image, float32 (B, H, W, 3) in 0..255."""
    bright, contrast, saturation = tf.unstack(_between(numbers, _JITTER)[:, :, None, None, None], axis=1)
    view = tf.clip_by_value(view * bright, 0, 255)
    mean = tf.reduce_mean(tf.image.rgb_to_grayscale(view), (1, 2, 3), keepdims=True)
    view = tf.clip_by_value(mean + contrast * (view - mean), 0, 255)
    gray = tf.image.rgb_to_grayscale(view)
    return gray + saturation * (view - gray)


def _with_rectangle_erased(view: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
    """Set a rectangle to zero in a quarter of the images."""
    height, width = view.shape[1:3]
    area, shape = (
        _between(numbers[:, 1], _ERASED_AREAS) * height * width,
        _shape(numbers[:, 2], _ERASED_SHAPES),
    )
    tall = tf.clip_by_value(tf.round(tf.sqrt(area / shape)), 1, height)
    wide = tf.clip_by_value(tf.round(tf.sqrt(area * shape)), 1, width)
    top = tf.floor(numbers[:, 3] * (height - tall + 1))
    left = tf.floor(numbers[:, 4] * (width - wide + 1))
    rows, columns = tf.range(height, dtype=tf.float32)[None], tf.range(width, dtype=tf.float32)[None]
    tall = tf.where(numbers[:, 0] < _ERASED, tall, 0.0)
    inside_rows = (rows >= top[:, None]) & (rows < (top + tall)[:, None])
    inside_columns = (columns >= left[:, None]) & (columns < (left + wide)[:, None])
    inside = inside_rows[:, :, None, None] & inside_columns[:, None, :, None]
    return tf.where(inside, 0.0, view)


def numbers_of(seeds: Array) -> Array:
    """Return what :class:`Augment` takes, float32 (B, NUMBERS), from seeds of images, int64 (B,)."""
    return engines.uniform_draws(seeds, NUMBERS)


def views(pixels: Array, level: str, flip: bool, form: ImageInput, seeds: Array) -> Array:
    """Return one view of each image, uint8 (B, H, W, C), drawn from its seed alone, int64 (B,)."""
    drawn = _drawn(level, flip, form)
    return np.asarray(drawn(tf.constant(pixels), tf.constant(numbers_of(seeds))))


@functools.lru_cache(maxsize=2)
def _drawn(level: str, flip: bool, form: ImageInput) -> Any:
    """Compile once, not for each batch of the images whose views are cached."""
    spec = tf.TensorSpec([None, form.height, form.width, form.channels], tf.uint8)
    return compiled(Augment(level, flip, form), [spec, tf.TensorSpec([None, NUMBERS], tf.float32)])
