"""Keeping what is held out unseen: look-alikes and copies, found by their pixels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

ALIKE = 0.9
"""Correlation of two glyphs of one font, shrunk to 16 x 16 pixels, from which on they count as one."""


def shrunk(ink: Array) -> Array:
    """uint8 (64, 64) to float32 (256,) of mean 0 and length 1."""
    small = ink.reshape(16, 4, 16, 4).mean((1, 3), dtype=np.float32).ravel()
    small = small - small.mean()
    return small / max(float(np.linalg.norm(small)), 1e-6)


class LookAlikes:
    """Counts, font by font, which characters look the same.

    Args:
        precious: characters that stay, whatever looks like them: those that are held out.
    """

    def __init__(self, precious: Iterable[str]):
        self.precious = frozenset(precious)
        self._same: dict[tuple[str, str], int] = defaultdict(int)

    def see(self, glyphs: Mapping[str, Array]) -> None:
        """Compare all glyphs of one font."""
        names = sorted(glyphs)
        if len(names) < 2:
            return
        prints = np.stack([shrunk(glyphs[name]) for name in names])
        for i, j in zip(*np.nonzero(np.triu(prints @ prints.T >= ALIKE, 1)), strict=True):
            self._same[names[i], names[j]] += 1

    def dropped(self) -> frozenset[str]:
        """Characters to leave out of what is learned: all that look like a held-out one in any font, and of
        two learned ones that look alike the later one."""
        gone: set[str] = set()
        for one, other in sorted(self._same):
            for here, there in ((one, other), (other, one)):
                if there in self.precious and here not in self.precious:
                    gone.add(here)
        for one, other in sorted(self._same):
            if not {one, other} & (gone | self.precious):
                gone.add(other)
        return frozenset(gone)


def distinct(inks: list[Array]) -> list[int]:
    """Positions of the images that no earlier one equals to the last pixel."""
    seen: set[bytes] = set()
    kept = []
    for position, ink in enumerate(inks):
        if ink.tobytes() not in seen:
            seen.add(ink.tobytes())
            kept.append(position)
    return kept
