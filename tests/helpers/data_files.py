"""Real files for the tests, small and made on the spot."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image


def noise(width: int, height: int, seed: int = 0, mode: str = "RGB") -> Image.Image:
    channels = {"L": (), "RGB": (3,), "RGBA": (4,), "CMYK": (4,)}[mode]
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, *channels), dtype=np.uint8)
    return Image.frombytes(mode, (width, height), pixels.tobytes())


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def classes(root: Path, counts: dict[str, int], size: int = 12) -> Path:
    """A folder of class folders with PNG files of noise, ``counts`` in each, no two the same."""
    for number, (name, count) in enumerate(counts.items()):
        (root / name).mkdir(parents=True)
        for i in range(count):
            noise(size, size, seed=1000 * number + i).save(root / name / f"{i:03}.png")
    return root


def table(folder: Path, text: str | bytes, name: str = "labels.csv", pictures: int = 12) -> Path:
    """A table file beside ``0.png`` .. ``11.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(pictures):
        noise(6, 6, seed=i).save(folder / f"{i}.png")
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path
