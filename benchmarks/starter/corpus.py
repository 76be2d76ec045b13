"""Images with labels from glyphs, the same for the same seed."""

from __future__ import annotations

from typing import Any

import numpy as np
from starter.drawing import PLAIN, SIDE, WILD, Look, draw

Array = np.ndarray[Any, np.dtype[Any]]
Glyphs = dict[str, dict[str, list[Array]]]
"""Character, lineage, ink uint8 (64, 64) of each font."""


def pictures(glyphs: Glyphs, each: int, seed: int, look: Look = WILD) -> tuple[Array, list[str]]:
    """``each`` images of every character, its lineages in turn: uint8 (N, 32, 32, 3) and ``U+0041``."""
    random = np.random.default_rng(seed)
    inks, labels = [], []
    for character in sorted(glyphs):
        lines = [glyphs[character][name] for name in sorted(glyphs[character])]
        start = int(random.integers(len(lines)))
        for number in range(each):
            of_line = lines[(start + number) % len(lines)]
            inks.append(of_line[int(random.integers(len(of_line)))])
            labels.append(f"U+{ord(character):04X}")
    if not inks:
        return np.zeros((0, SIDE, SIDE, 3), np.uint8), []
    return draw(np.stack(inks), look, seed), labels


def plain(glyphs: Glyphs, each: int, seed: int) -> tuple[Array, list[str]]:
    """As :func:`images`, printed: dark on light, hardly distorted."""
    return pictures(glyphs, each, seed, PLAIN)
