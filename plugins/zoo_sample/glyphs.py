"""Glyphs as images: one character of one font, cropped and scaled into a square."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Array = np.ndarray[Any, np.dtype[Any]]

_DRAWN = 96
"""Pixels per em at which glyphs are drawn before scaling."""
_NOBODYS = "\U0010fffd"
"""A character that no font has: its image is the box for missing glyphs."""


class Pen:
    """Draws glyphs of one font file.

    Args:
        path: of the font.
        side: of the images, in pixels.
        margin: empty pixels on each side.
    """

    def __init__(self, path: Path, side: int = 64, margin: int = 6):
        # Basic layout: single characters need no shaping, and the images are the same without libraqm.
        self._font = ImageFont.truetype(str(path), _DRAWN, layout_engine=ImageFont.Layout.BASIC)
        self._side, self._margin = side, margin

    def draw(self, character: str) -> Array | None:
        """Return ink, uint8 (side, side), 255 where it is full; None if the glyph is empty.

        The glyph's longer side fills the square up to the margin, so that all glyphs are equally large.
        """
        canvas = Image.new("L", (4 * _DRAWN, 4 * _DRAWN))
        ImageDraw.Draw(canvas).text((_DRAWN, _DRAWN), character, font=self._font, fill=255)
        box = canvas.getbbox()
        if box is None:
            return None
        cut = canvas.crop(box)
        scale = (self._side - 2 * self._margin) / max(cut.size)
        width, height = (max(1, round(scale * length)) for length in cut.size)
        fitted = cut.resize((width, height), Image.Resampling.LANCZOS)
        image = Image.new("L", (self._side, self._side))
        image.paste(fitted, ((self._side - width) // 2, (self._side - height) // 2))
        return np.asarray(image)


def drawn(path: Path, characters: str, side: int = 64, margin: int = 6) -> dict[str, Array]:
    """Return the glyphs of one font and script that show their character.

    Glyphs that look like the box for missing ones are left out, and so are characters that look the same to
    the last
    pixel: fonts draw missing glyphs so, even if their tables say otherwise.
    """
    pen = Pen(path, side, margin)
    missing = pen.draw(_NOBODYS)
    found = {one: ink for one in characters if (ink := pen.draw(one)) is not None}
    seen = Counter(ink.tobytes() for ink in found.values())
    return {one: ink for one, ink in found.items() if seen[ink.tobytes()] == 1 and not _same(ink, missing)}


def _same(ink: Array, other: Array | None) -> bool:
    # Not to the pixel: glyphs of different scripts are hinted differently.
    return other is not None and float(np.abs(ink.astype(np.int16) - other).mean()) < 2
