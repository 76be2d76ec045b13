"""Installed fonts, and the characters of each."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTFont

_FILES = {".ttf", ".otf"}


@dataclass(frozen=True)
class Font:
    """One font file.

    Attributes:
        path: of the file.
        family: its typographic family, such as ``Noto Serif Hebrew``.
        characters: code points with a glyph of their own; the box for missing glyphs does not count.
    """

    path: Path
    family: str
    characters: frozenset[int]


def folders() -> list[Path]:
    """Return the font folders of this system; some may not exist."""
    home = Path.home()
    if sys.platform == "win32":
        return [Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    return [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local/share/fonts",
        home / ".fonts",
    ]


def installed(below: Iterable[Path] | None = None) -> list[Font]:
    """Return TrueType and OpenType fonts in the system's folders or in these, sorted by path; unreadable
    ones are left out."""
    found = {
        file
        for folder in (folders() if below is None else below)
        for file in folder.rglob("*")
        if file.suffix.lower() in _FILES
    }
    fonts = (read(file) for file in sorted(found))
    return [font for font in fonts if font is not None]


@functools.cache
def read(path: Path) -> Font | None:
    """Return the font in a file, or None if it cannot be read."""
    try:
        with TTFont(path, lazy=True) as font:
            table = font.getBestCmap() or {}
            family = font["name"].getBestFamilyName() or path.stem
    except Exception:
        # fontTools fails in many ways on damaged files; such a file is skipped.
        return None
    return Font(path, family, frozenset(code for code, name in table.items() if name != ".notdef"))
