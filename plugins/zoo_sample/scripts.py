"""``sample:hebrew`` and others: the letters of a script, drawn from installed fonts."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from zoo.errors import DataError
from zoo_sample.font_families import lineage
from zoo_sample.fonts import Font, installed
from zoo_sample.glyphs import drawn

Array = np.ndarray[Any, np.dtype[Any]]

LETTERS = {
    "hebrew": "אבגדהוזחטיכלמנסעפצקרשת",
    "georgian": "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
    "armenian": "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ",
}
"""Scripts that were not in the training data of the starter models."""
PACKAGES = "fonts-dejavu-core, and fonts-noto-core for more families"
"""Debian packages with fonts for all of these scripts."""

_ANGLES = (-8, -4, 0, 4, 8)


def fonts_of(script: str) -> list[Font]:
    """Return the installed fonts with every letter of the script, sorted by path.

    Raises:
        DataError: there is none.
    """
    letters = {ord(letter) for letter in LETTERS[script]}
    found = [font for font in installed() if letters <= font.characters]
    if not found:
        raise DataError(
            f"no font on this machine draws {script.capitalize()} letters",
            why="sample:" + script + " is drawn from installed fonts",
            hint=f"install some: apt-get install fonts-dejavu-core fonts-noto-core ({PACKAGES})",
        )
    return found


def mark(script: str) -> str:
    """Return eight hexadecimal digits that identify the fonts: other fonts give other images."""
    told = "\n".join(f"{font.path.name} {font.path.stat().st_size}" for font in fonts_of(script))
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def letters(script: str) -> Iterator[tuple[str, Image.Image]]:
    """Yield relative path and image, 64 x 64, dark on light, each glyph rotated by up to 8 degrees.

    Every third family is in the test split, so that no design of a letter is in both; with fewer than three
    families there is no test split. Glyphs equal to the last pixel are used once.
    """
    fonts = fonts_of(script)
    families = sorted({lineage(font.family) for font in fonts})
    tested = set(families[1::3]) if len(families) > 2 else set()
    seen: set[bytes] = set()
    for font in fonts:
        part = "test" if lineage(font.family) in tested else "train"
        for letter, ink in drawn(font.path, LETTERS[script], margin=9).items():
            if ink.tobytes() in seen:
                continue
            seen.add(ink.tobytes())
            for angle in _ANGLES:
                turned = Image.fromarray(255 - ink).rotate(angle, Image.Resampling.BILINEAR, fillcolor=255)
                yield f"{part}/{label(letter)}/{_plain(font.path)}-{angle:+d}.png", turned


def label(letter: str) -> str:
    """Return ``alef`` for HEBREW LETTER ALEF."""
    return unicodedata.name(letter).partition("LETTER ")[2].lower().replace(" ", "-")


def _plain(path: Path) -> str:
    return "".join(c if c.isalnum() else "-" for c in path.stem)
