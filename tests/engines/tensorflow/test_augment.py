"""Augmentation is as strong as torch's, and each image has its own numbers."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import zoo_tensorflow.augment
from zoo_tensorflow.augment import NUMBERS, Augment, views

from zoo.core.cards import ImageInput

pytestmark = pytest.mark.tensorflow

FORM = ImageInput(height=8, width=8)


def drawn(level: str, value: int, count: int, **fixed: float):
    numbers = np.random.default_rng(0).random((count, NUMBERS), np.float32)
    for name, number in fixed.items():
        numbers[:, int(name.removeprefix("n"))] = number
    pixels = tf.fill((count, 8, 8, 3), tf.constant(value, tf.uint8))
    return np.asarray(Augment(level, True, FORM)(pixels, tf.constant(numbers)))


def test_brightness_is_multiplied():
    """Black stays black, and grey has no contrast or saturation to change: 0.8 to 1.2 of it are left."""
    assert not drawn("standard", 0, 20).any()
    greys = drawn("standard", 100, 300)
    assert 79 <= greys.min() < 83
    assert 117 < greys.max() <= 121


def test_a_rectangle_of_every_fourth_image_is_erased():
    # Number 8 chooses the operation: 0.4 is the identity.
    images = drawn("strong", 200, 2000, n8=0.4)
    erased = images.min((1, 2, 3)) == 0
    assert 0.22 < erased.mean() < 0.28
    shares = (images[erased] == 0).mean((1, 2, 3))
    assert shares.min() < 0.05
    assert 0.25 < shares.max() < 0.45


def test_half_of_the_images_are_mirrored():
    ramp = np.tile(np.linspace(0, 248, 8, dtype=np.uint8)[None, None, :, None], (400, 8, 1, 3))
    numbers = np.random.default_rng(0).random((400, NUMBERS), np.float32)
    falling = (
        np.diff(Augment("light", True, FORM)(tf.constant(ramp), numbers).numpy().astype(int), axis=2) < 0
    )
    assert 0.44 < falling.any((1, 2, 3)).mean() < 0.56
    assert (falling.any((1, 2, 3)) == (numbers[:, 4] < 0.5)).all()
    unflipped = Augment("light", False, FORM)(tf.constant(ramp), numbers).numpy().astype(int)
    assert not (np.diff(unflipped, axis=2) < 0).any()


@pytest.mark.parametrize("level", ["light", "standard", "strong"])
def test_the_view_of_an_image_depends_on_its_own_seed_alone(level):
    random = np.random.default_rng(1)
    pixels, seeds = random.integers(0, 256, (40, 12, 12, 3), dtype=np.uint8), np.arange(40)
    form = ImageInput(height=12, width=12)
    together = views(pixels, level, True, form, seeds)
    for part in (slice(0, 1), slice(7, 10), slice(10, 40)):
        assert np.array_equal(together[part], views(pixels[part], level, True, form, seeds[part]))
    assert not np.array_equal(together, views(pixels, level, True, form, seeds[::-1]))


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
