"""Images whose brightness gives their class, and a tiny model that learns them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

import zoo

MODEL = "timm:test_resnet.r160_in1k"


def shades(count: int = 24, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Images whose brightness gives their class, with noise."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    base = (40 + labels * (180 // classes))[:, None, None, None]
    pixels = base + random.integers(0, 20, (count, 32, 32, 3))
    return pixels.astype(np.uint8), labels


def named(**options) -> zoo.Dataset:
    pixels, labels = shades()
    return zoo.data((pixels, [f"shade {label}" for label in labels]), **options)


def folder(root: Path) -> Path:
    pixels, labels = shades()
    for i, (picture, label) in enumerate(zip(pixels, labels, strict=True)):
        (root / f"shade {label}").mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(root / f"shade {label}" / f"{i}.png")
    return root
