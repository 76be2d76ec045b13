"""Resizing and cropping, pixel for pixel as the libraries do it that the published accuracies come from."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from data_files import noise
from timm.data import create_transform

from zoo.core.cards import ImageInput
from zoo.datasets.decoding.resize import resize_and_crop, untouched
from zoo.errors import DataError

pytestmark = pytest.mark.torch

SIZES = [(37, 53), (53, 37), (64, 64), (300, 40), (20, 21), (97, 256), (333, 250), (1, 1), (8, 8), (5, 40)]
MEAN = (0.485, 0.456, 0.406)
FILL = tuple(round(255 * value) for value in MEAN)


def reference(picture, form: ImageInput) -> np.ndarray:
    transform = create_transform(
        input_size=(3, form.height, form.width),
        interpolation=form.interpolation,
        crop_pct=form.crop,
        crop_mode=form.mode,
        mean=MEAN,
        normalize=False,
        is_training=False,
    )
    pixels = transform(picture)
    assert pixels.dtype == torch.uint8
    return pixels.permute(1, 2, 0).numpy()


@pytest.mark.parametrize("goal", [(32, 32), (24, 40), (45, 33)], ids=str)
@pytest.mark.parametrize("crop", [1.0, 0.875, 0.95, 0.9, 0.773])
@pytest.mark.parametrize("mode", ["center", "squash", "border"])
def test_every_pixel_equals_timm(mode, crop, goal):
    for interpolation in ("bicubic", "bilinear", "nearest", "lanczos", "box", "hamming"):
        form = ImageInput(
            height=goal[0], width=goal[1], crop=crop, mode=mode, interpolation=interpolation, fill=FILL
        )
        for size in SIZES:
            picture = noise(*size)
            assert np.array_equal(resize_and_crop(picture, form), reference(picture, form)), (
                size,
                interpolation,
            )


@pytest.mark.parametrize("mode", ["center", "squash", "border"])
def test_a_grey_picture_equals_its_rgb_form(mode):
    form = ImageInput(height=30, width=30, crop=0.9, mode=mode, fill=FILL)
    for size in SIZES:
        grey = noise(*size, mode="L")
        assert np.array_equal(resize_and_crop(grey, form), resize_and_crop(grey.convert("RGB"), form)), size


def test_untouched_means_that_fit_changes_nothing():
    for mode in ("center", "squash", "border"):
        for crop, passes in ((1.0, True), (0.99, True), (0.9, False), (1.2, False)):
            form = ImageInput(height=28, width=32, crop=crop, mode=mode)
            picture = noise(32, 28)
            assert np.array_equal(resize_and_crop(picture, form), np.asarray(picture)) == passes, (mode, crop)
            assert untouched(32, 28, form) == passes, (mode, crop)


def test_a_thread_of_a_picture_is_refused_before_memory_is_taken():
    form = ImageInput(height=224, width=224, crop=0.875)
    with pytest.raises(DataError, match="1 x 20000 pixels is too long and thin"):
        resize_and_crop(noise(1, 20000), form)
    assert resize_and_crop(noise(1, 20000), ImageInput(height=224, width=224, mode="border")).shape == (
        224,
        224,
        3,
    )
