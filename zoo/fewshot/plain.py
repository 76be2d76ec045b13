"""Inputs as plain numbers: the control that knows nothing but the data."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
from PIL import Image

from zoo.datasets.batches import raw_batches
from zoo.datasets.dataset import Dataset
from zoo.records import AnyInput, ImageInput, TextInput

Array = np.ndarray[Any, np.dtype[Any]]

SIDE = 16
"""Largest side of a picture in pixels."""
BINS = 4096
"""Numbers that the pieces of a text are counted in."""
_PIECES = (2, 3, 4)


def plain_name(form: AnyInput) -> str | None:
    """What the control is called; None: there is none for such inputs."""
    if isinstance(form, ImageInput):
        return "pixels"
    return "letters" if isinstance(form, TextInput) else None


def plain_vectors(data: Dataset, positions: Array, form: AnyInput) -> Array:
    """float32 (N, D): the pixels of a picture, 0..1, at most 16 x 16; counts of a text's pieces of 2 to 4
    letters, by hash, as log(1 + n), of length 1."""
    rows = []
    for _, raw in raw_batches(data.inputs, positions, form, batch_size=64, workers=0):
        for one in raw:
            rows.append(_pixels(one) if isinstance(form, ImageInput) else _letters(one))
    return np.stack(rows)


def _pixels(picture: Array) -> Array:
    height, width = picture.shape[:2]
    if max(height, width) > SIDE:
        size = min(SIDE, width), min(SIDE, height)
        picture = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))
    return picture.astype(np.float32).ravel() / 255


def _letters(text: Any) -> Array:
    counts = np.zeros(BINS, np.float32)
    parts = [text] if isinstance(text, str) else list(text)
    for word in " ".join(parts).lower().split():
        padded = f" {word} "
        for length in _PIECES:
            for start in range(len(padded) - length + 1):
                counts[zlib.crc32(padded[start : start + length].encode()) % BINS] += 1
    logs = np.log1p(counts)
    return np.asarray(logs / max(float(np.linalg.norm(logs)), 1e-6))
