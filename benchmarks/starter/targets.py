"""What the starter is asked to learn from few examples: scripts that it has never seen, and digits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image
from starter.collecting import Glyphset
from starter.corpus import Glyphs, plain

import zoo
from zoo.datasets.dataset import Dataset

Array = np.ndarray[Any, np.dtype[Any]]

POOL, ASKED = 50, 12
"""Images of each letter to draw examples from, and to ask about."""
DIGITS_ASKED = 600


def script(found: Glyphset, name: str, seed: int) -> Dataset:
    """A held-out script: printed letters; a third of the lineages, drawn by ``seed``, is asked about only."""
    glyphs = found.held_out[name]
    lines = sorted({line for of in glyphs.values() for line in of})
    order = [lines[i] for i in np.random.default_rng([seed, 3]).permutation(len(lines))]
    asked = set(order[: max(2, len(lines) // 3)])
    train = {one: {k: v for k, v in of.items() if k not in asked} for one, of in glyphs.items()}
    test = {one: {k: v for k, v in of.items() if k in asked} for one, of in glyphs.items()}
    both = [one for one in glyphs if train[one] and test[one]]
    pool, of_pool = plain(_only(train, both), POOL, seed)
    held, of_held = plain(_only(test, both), ASKED, seed + 1000)
    return _dataset(np.concatenate([pool, held]), [*of_pool, *of_held], len(pool))


def digits(seed: int) -> Dataset:
    """scikit-learn's handwritten digits; who wrote which is not known, so they are split at random."""
    from sklearn.datasets import load_digits

    found = load_digits()
    order = np.random.default_rng([seed, 4]).permutation(len(found.target))
    grey = np.rint(found.images * (255 / 16)).astype(np.uint8)[order]
    # What zoo does to an image of another size before it reaches the model.
    pictures = [np.asarray(Image.fromarray(one).convert("RGB").resize((32, 32), 3)) for one in grey]
    labels = [str(one) for one in found.target[order]]
    return _dataset(np.stack(pictures), labels, len(labels) - DIGITS_ASKED)


def target(found: Glyphset, name: str, seed: int) -> Dataset:
    """One of ``hebrew``, ``georgian``, ``armenian``, ``digits``."""
    return digits(seed) if name == "digits" else script(found, name, seed)


def _only(glyphs: Glyphs, characters: list[str]) -> Glyphs:
    return {one: glyphs[one] for one in characters}


def _dataset(pixels: Array, labels: list[str], pool: int) -> Dataset:
    data = zoo.data((pixels, labels), val=0.0)
    everything = np.arange(len(labels))
    return replace(data, splits={"train": everything[:pool], "test": everything[pool:]})
