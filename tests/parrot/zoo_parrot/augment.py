"""Random views of images: small shifts, and a mirror where it keeps the meaning."""

import numpy as np

from zoo.errors import ConfigError


def augmented(pixels, plan, seeds):
    """uint8 (B, H, W, C) to the same; each image draws from its own seed alone."""
    if plan.augment == "none":
        return pixels
    if plan.augment != "light":
        raise ConfigError(f"the numpy engine has no augmentation {plan.augment!r}", hint="use none or light")
    return np.stack(
        [
            _shifted(picture, plan.flip, np.random.default_rng(int(seed)))
            for picture, seed in zip(pixels, seeds, strict=True)
        ]
    )


def _shifted(picture, flip, random):
    """Moved by up to an eighth of each side, the edge repeated."""
    height, width, _ = picture.shape
    down, across = height // 8, width // 8
    wide = np.pad(picture, ((down, down), (across, across), (0, 0)), mode="edge")
    top, left = random.integers(2 * down + 1), random.integers(2 * across + 1)
    view = wide[top : top + height, left : left + width]
    return view[:, ::-1] if flip and random.random() < 0.5 else view
