"""From an image of any size to the fixed size of a model, pixel for pixel as the source's library does it.

The rounding of every size and offset is that of torchvision's and timm's evaluation transforms, which the
published accuracies were measured with; a test compares the pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageOps

from zoo.core.cards import ImageInput
from zoo.errors import DataError
from zoo.utils.arrays import Array

LARGEST_RESIZED = 100_000_000
"""Pixels of the resized image before the crop; only extremely long, thin images reach it."""


def resize_and_crop(image: Image.Image, form: ImageInput) -> Array:
    """Resize and crop.

    Args:
        image: mode ``RGB`` or ``L``. Grey images are resized in one channel, which gives the same
            values in a third of the time.
        form: what the model takes.

    Returns:
        uint8 (form.height, form.width, 3), RGB.

    Raises:
        DataError: the image is so long and thin that resizing it would fill the memory.
    """
    width, height = resized_size(image.width, image.height, form)
    if width * height > LARGEST_RESIZED:
        raise DataError(
            f"an image of {image.width} x {image.height} pixels is too long and thin",
            why=f"resized for this model it would have {width} x {height}",
            hint="crop it, or leave it out",
        )
    if (width, height) != image.size:
        image = image.resize((width, height), Image.Resampling[form.interpolation.upper()])
    fill = form.fill if form.mode == "border" else (0, 0, 0)
    if image.mode == "L" and len(set(fill)) > 1:
        image = image.convert("RGB")
    down = form.offset == "down"
    pixels = np.asarray(_centre(image, form.width, form.height, fill, math.floor if down else round))
    return np.repeat(pixels[:, :, None], 3, axis=2) if pixels.ndim == 2 else pixels


def untouched(width: int, height: int, form: ImageInput) -> bool:
    """Return whether an image of this size passes through :func:`resize_and_crop` without a change."""
    return (width, height) == (form.width, form.height) == resized_size(width, height, form)


def resized_size(width: int, height: int, form: ImageInput) -> tuple[int, int]:
    """(width, height) to which an image is resized before the centre is cut out or padded."""
    goal_width, goal_height = (math.floor(size / form.crop) for size in (form.width, form.height))
    if form.mode == "squash":
        return goal_width, goal_height
    if form.mode == "center" and goal_width == goal_height:
        # torchvision's Resize: the shorter side is exact, the longer one is rounded down.
        if width <= height:
            return goal_width, int(goal_width * height / width)
        return int(goal_width * width / height), goal_width
    # timm's ResizeKeepRatio: both sides are rounded to the nearest, halves to even.
    ratios = height / goal_height, width / goal_width
    ratio = max(ratios) if form.mode == "border" else min(ratios)
    return max(1, round(width / ratio)), max(1, round(height / ratio))


def _centre(
    image: Image.Image,
    width: int,
    height: int,
    fill: tuple[int, int, int],
    whole: Callable[[float], int],
) -> Image.Image:
    """Return the centre, padded where the image is smaller; the odd pixel of padding goes right and below."""
    short_x, short_y = max(width - image.width, 0), max(height - image.height, 0)
    if short_x or short_y:
        border = (short_x // 2, short_y // 2, (short_x + 1) // 2, (short_y + 1) // 2)
        image = ImageOps.expand(image, border, fill if image.mode == "RGB" else fill[0])
    if image.size == (width, height):
        return image
    left = whole((image.width - width) / 2)
    top = whole((image.height - height) / 2)
    return image.crop((left, top, left + width, top + height))
