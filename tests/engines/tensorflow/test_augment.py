"""Augmentation is as strong as torch's."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
import zoo_tensorflow.augment
from zoo_tensorflow.augment import Augment, views

from zoo.core.cards import ImageInput

pytestmark = pytest.mark.tensorflow

FORM = ImageInput(height=8, width=8)


def drawn(level: str, value: int, count: int):
    pixels = tf.fill((count, 8, 8, 3), tf.constant(value, tf.uint8))
    return np.asarray(Augment(level, True, FORM)(pixels, tf.constant([3, 4])))


def test_brightness_is_multiplied():
    """Black stays black, and grey has no contrast or saturation to change: 0.8 to 1.2 of it are left."""
    assert not drawn("standard", 0, 20).any()
    greys = drawn("standard", 100, 300)
    assert 79 <= greys.min() < 83
    assert 117 < greys.max() <= 121


def test_a_rectangle_of_every_fourth_picture_is_erased(monkeypatch):
    monkeypatch.setattr(keras.layers, "RandAugment", lambda **_: keras.layers.Identity())
    erased = drawn("strong", 200, 2000).min((1, 2, 3)) == 0
    assert 0.21 < erased.mean() < 0.28  # a quarter, less what found no room


def test_views_of_many_batches_are_compiled_once(monkeypatch):
    compiled = []
    real = zoo_tensorflow.augment.compiled
    monkeypatch.setattr(
        zoo_tensorflow.augment, "compiled", lambda *given: compiled.append(given) or real(*given)
    )
    pixels, form = np.full((2, 9, 9, 3), 100, np.uint8), ImageInput(height=9, width=9)
    first, *others = [views(pixels, "standard", True, form, np.array([1, 2])) for _ in range(3)]
    assert len(compiled) == 1
    assert all(np.array_equal(first, one) for one in others)
    assert not np.array_equal(first[0], first[1])
