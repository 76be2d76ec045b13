"""Augmentation of uint8 images with torchvision's transforms, one draw for each image."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms import v2

from zoo.plugin import ImageInput

Array = np.ndarray[Any, np.dtype[Any]]

LEVELS = ("none", "light", "standard", "strong")


class Augment:
    """Random views of the images of a batch.

    light: crops of 80 to 100% of the area, nearly the same shape. standard: crops of 35 to 100%, shapes
    3:4 to 4:3, mild changes of colour. strong: standard crops, one strong random operation for each
    image (TrivialAugment), a random rectangle erased. A horizontal flip is a question of meaning, not of
    strength, so it is asked for by itself.
    """

    def __init__(self, level: str, flip: bool, form: ImageInput):
        size = (form.height, form.width)
        mode = (
            v2.InterpolationMode.BICUBIC if form.interpolation == "bicubic" else v2.InterpolationMode.BILINEAR
        )
        steps: list[Any] = []
        if level == "light":
            steps.append(v2.RandomResizedCrop(size, (0.8, 1.0), (0.9, 1.1), mode, antialias=True))
        elif level in ("standard", "strong"):
            steps.append(v2.RandomResizedCrop(size, (0.35, 1.0), (3 / 4, 4 / 3), mode, antialias=True))
        if flip and level != "none":
            steps.append(v2.RandomHorizontalFlip())
        if level == "standard":
            steps.append(v2.ColorJitter(0.2, 0.2, 0.2))
        elif level == "strong":
            steps += [v2.TrivialAugmentWide(), v2.RandomErasing(0.25)]
        self._view = v2.Compose(steps) if steps else None

    def __call__(self, pixels: Tensor, seeds: Array) -> Tensor:
        """Return a view of each image, uint8 (B, H, W, C), drawn from its own seed, int64 (B,), alone."""
        if self._view is None:
            return pixels
        found = []
        with torch.random.fork_rng(devices=[]):
            for image, seed in zip(pixels.permute(0, 3, 1, 2), seeds, strict=True):
                torch.default_generator.manual_seed(int(seed))
                found.append(self._view(image))
        return torch.stack(found).permute(0, 2, 3, 1)


def views(pixels: Array, level: str, flip: bool, form: ImageInput, seeds: Array) -> Array:
    """Return one view of each image, uint8 (B, H, W, C), drawn from its seed alone, int64 (B,)."""
    return np.ascontiguousarray(Augment(level, flip, form)(torch.from_numpy(pixels.copy()), seeds).numpy())
