"""Small runs whose names try to break out of a page."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import numpy as np
from PIL import Image

import zoo

MODEL = "timm:test_resnet.r160_in1k"
TINY = {"from_scratch": True, "input_size": 32}
LABELS = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "כלב & חתול", "🐈 {{ 7 * 7 }}")


def folder(root: Path, labels: tuple[str, ...] = LABELS, each: int = 8) -> Path:
    """Class folders of noise: nothing can be learned, so there are mistakes."""
    random = np.random.default_rng(0)
    for number, label in enumerate(labels):
        # A file name cannot hold a slash.
        place = root / label.replace("/", "∕")
        place.mkdir(parents=True)
        for i in range(each):
            pixels = random.integers(0, 256, (32, 32, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(place / f'{number}-{i} "<b>".png')
    return root


def shades(count: int = 24, seed: int = 0, **options) -> zoo.Dataset:
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    pixels = (40 + labels * 60)[:, None, None, None] + random.integers(0, 20, (count, 32, 32, 3))
    return zoo.data((pixels.astype(np.uint8), [f"shade {label}" for label in labels]), **options)


class Seen(HTMLParser):
    """What a browser would make of a page: its elements, its addresses, its text."""

    def __init__(self, page: str):
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.text += data
