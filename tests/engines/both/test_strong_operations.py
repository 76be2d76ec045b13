"""The operations of TrivialAugment in TensorFlow are torchvision's."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import torch
from torchvision.transforms import v2
from zoo_tensorflow.strong_operations import strong_operation

pytestmark = [pytest.mark.torch, pytest.mark.tensorflow]

GEOMETRIC = ("ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate")
SIGNED = {"Brightness": 0.99, "Color": 0.99, "Contrast": 0.99, "Sharpness": 0.99}
ORDER = (*GEOMETRIC, "Identity", *SIGNED, "Posterize", "Solarize", "AutoContrast", "Equalize")


def image():
    random = np.random.default_rng(0)
    shaded = random.integers(0, 256, (40, 48, 3)) * np.linspace(0.2, 0.9, 48)[None, :, None]
    return shaded.astype(np.uint8)


def ours(name: str, strength: float, direction: int):
    kind = (ORDER.index(name) + 0.5) / len(ORDER)
    numbers = [[kind, strength, 0.9 if direction > 0 else 0.1]]
    found = strong_operation(tf.constant(image()[None], tf.float32), tf.constant(numbers, tf.float32))
    return np.clip(np.round(found.numpy()[0]), 0, 255).astype(int)


def theirs(name: str, magnitude: float):
    one = v2.TrivialAugmentWide()
    given = torch.from_numpy(image()).permute(2, 0, 1)
    found = one._apply_image_or_video_transform(
        given, name, magnitude, interpolation=v2.InterpolationMode.NEAREST, fill=one._fill
    )
    return found.permute(1, 2, 0).numpy().astype(int)


@pytest.mark.parametrize("name", ORDER[len(GEOMETRIC) :])
@pytest.mark.parametrize("strength", [0.0, 0.4, 0.8])
@pytest.mark.parametrize("direction", [1, -1])
def test_colors_change_as_in_torchvision(name, strength, direction):
    stated = {"Posterize": round(8 - 6 * strength), "Solarize": 1 - strength}
    magnitude = SIGNED[name] * strength * direction if name in SIGNED else stated.get(name, 0.0)
    off = np.abs(ours(name, strength, direction) - theirs(name, magnitude))
    assert off.max() <= 2
    if strength and name != "Identity":
        assert np.abs(ours(name, strength, direction) - image().astype(int)).max() > 2


@pytest.mark.parametrize(("name", "most"), zip(GEOMETRIC, [0.99, 0.99, 32.0, 32.0, 135.0], strict=True))
def test_shapes_change_as_in_torchvision(name, most):
    """Both directions are equally probable, so which is which does not matter."""
    strength = 0.625
    both = [theirs(name, sign * strength * most) for sign in (1, -1)]
    differing = [
        [(np.abs(ours(name, strength, direction) - one).max(2) > 0).mean() for one in both]
        for direction in (1, -1)
    ]
    # Ties of the nearest pixel fall otherwise; of a wrong angle or shift nearly all pixels differ.
    assert max(map(min, differing)) < 0.02, differing
    assert np.argmin(differing[0]) != np.argmin(differing[1])
