"""The starter in whichever framework is here, and images that it can learn."""

from __future__ import annotations

import importlib.util

import numpy as np

SIDE = 16
_STARTERS = {"torch": "starter:glyphs", "tensorflow": "starter:glyphs-keras"}
MODELS = [model for library, model in _STARTERS.items() if importlib.util.find_spec(library)]
"""The starter, for each framework that is installed; at least one is."""
assert MODELS


def stripes(each: int, seed: int = 0):
    """Lying and standing stripes, as many of each."""
    random = np.random.default_rng(seed)
    pictures, labels = [], []
    for number in range(2 * each):
        wave = 127 + 120 * np.sin(np.arange(SIDE) * random.uniform(0.8, 1.6) + random.uniform(0, 6))
        grid = np.tile(wave, (SIDE, 1)) if number % 2 else np.tile(wave, (SIDE, 1)).T
        pictures.append(np.repeat((grid + random.normal(0, 5, grid.shape)).clip(0, 255)[..., None], 3, 2))
        labels.append("standing" if number % 2 else "lying")
    return np.stack(pictures).astype(np.uint8), labels
