"""Images as plain numbers: their pixels, made small."""

from __future__ import annotations

import numpy as np
from PIL import Image

from zoo.core.cards import ImageInput
from zoo.utils.arrays import Array

SIDE = 16
"""Largest side of an image in pixels."""


def small(form: ImageInput) -> ImageInput:
    """Return the same cut, no larger than is needed: a photograph is not decoded in full for 16 x 16
    pixels."""
    share = min(1.0, 2 * SIDE / max(form.height, form.width))
    sides = {"height": max(1, round(form.height * share)), "width": max(1, round(form.width * share))}
    return form.model_copy(update={**sides, "draft": True})


def pixels(image: Array) -> Array:
    """Return an image, uint8 (H, W, C), as float32 (D,) in 0..1; averaged down to 16 x 16 where it is
    larger."""
    height, width = image.shape[:2]
    if max(height, width) > SIDE:
        size = min(SIDE, width), min(SIDE, height)
        image = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BOX))
    return image.astype(np.float32).ravel() / 255
