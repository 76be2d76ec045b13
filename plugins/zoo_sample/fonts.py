"""Fonts that are installed on this machine, and which characters each of them draws."""

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
        family: its typographic family, ``Noto Serif Hebrew`` say.
        characters: code points that it has a glyph of its own for; the box that stands for others is none.
    """

    path: Path
    family: str
    characters: frozenset[int]


def folders() -> list[Path]:
    """Where fonts lie on this system; not all need exist."""
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
    """TrueType and OpenType fonts in the system's folders or in these, sorted by path; what cannot be read
    is left out."""
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
    """The font in a file, or None where there is none that can be read."""
    try:
        with TTFont(path, lazy=True) as font:
            table = font.getBestCmap() or {}
            family = font["name"].getBestFamilyName() or path.stem
    except Exception:
        # fontTools fails in many ways on damaged files; such a file is no font to us.
        return None
    return Font(path, family, frozenset(code for code, name in table.items() if name != ".notdef"))
