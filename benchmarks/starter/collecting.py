"""Glyphs of all installed fonts, by character and lineage, without copies and look-alikes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from starter.corpus import Glyphs
from starter.leaks import LookAlikes, distinct
from starter.scripts import HELD_OUT, learned
from zoo_sample.font_families import lineage
from zoo_sample.fonts import Font, installed
from zoo_sample.glyphs import drawn

Array = np.ndarray[Any, np.dtype[Any]]

UNSEEN = ("Liberation Serif", "Gentium", "Comfortaa", "Roboto", "GFS Artemisia", "URW Gothic", "DejaVu Serif")
"""Lineages that no image of the pretraining comes from; its accuracy is measured on them."""

NO_TEXT = re.compile(r"D050000L|Symbol|Keyboard|Initials|Emoji|Math")
"""Fonts whose glyphs are not the letters that they stand for."""
STYLES = 8
"""Glyphs of one character taken of one lineage at most."""


@dataclass
class Glyphset:
    """What was found.

    Attributes:
        seen: characters to learn, in lineages that are learned from.
        unseen: the same characters in the lineages that are not.
        held_out: by script, the characters that are never learned.
        fonts: the files that gave a glyph.
        dropped: characters left out because they look like another one.
    """

    seen: Glyphs
    unseen: Glyphs
    held_out: dict[str, Glyphs]
    fonts: list[Font]
    dropped: frozenset[str]
    copies: int = 0
    scripts: dict[str, str] = field(default_factory=dict)


def collect(fonts: list[Font] | None = None, *, held_out_only: bool = False) -> Glyphset:
    """All glyphs that the installed fonts have of the characters in :mod:`starter.scripts`."""
    scripts = {} if held_out_only else learned()
    held_out = {character: script for script, text in HELD_OUT.items() for character in text}
    alphabets = [*scripts.values(), *HELD_OUT.values()]
    found: Glyphs = defaultdict(lambda: defaultdict(list))
    used, alike = [], LookAlikes(held_out)
    for font in installed() if fonts is None else fonts:
        there = ["".join(one for one in text if ord(one) in font.characters) for text in alphabets]
        if not any(there) or NO_TEXT.search(font.family):
            continue
        try:
            glyphs = {one: ink for text in there if text for one, ink in drawn(font.path, text).items()}
        except OSError as error:
            print(f"left out {font.path}: {error}", file=sys.stderr)
            continue
        used.append(font)
        alike.see(glyphs)
        for character, ink in glyphs.items():
            found[character][lineage(font.family)].append(ink)
    copies = 0
    for lines in found.values():
        copies += _without_copies(lines)
    dropped = alike.dropped()
    seen: Glyphs = {}
    unseen: Glyphs = {}
    for character in sorted(set(found) - set(held_out) - dropped):
        inside = {name: inks for name, inks in found[character].items() if name not in UNSEEN}
        outside = {name: inks for name, inks in found[character].items() if name in UNSEEN}
        if inside:
            seen[character] = inside
            if outside:
                unseen[character] = outside
    apart = {
        script: {one: dict(found[one]) for one in text if one in found} for script, text in HELD_OUT.items()
    }
    left = {script: "".join(one for one in text if one in seen) for script, text in scripts.items()}
    return Glyphset(seen, unseen, apart, used, dropped, copies, {k: v for k, v in left.items() if v})


def _without_copies(lines: dict[str, list[Array]]) -> int:
    """Drop pixel-identical glyphs of one character, across lineages too; thin out lineages of many styles."""
    all_of = [(name, ink) for name in sorted(lines) for ink in lines[name]]
    kept = [all_of[i] for i in distinct([ink for _, ink in all_of])]
    lines.clear()
    for name, ink in kept:
        lines.setdefault(name, []).append(ink)
    for name, inks in lines.items():
        step = max(1.0, len(inks) / STYLES)
        lines[name] = [inks[int(i * step)] for i in range(min(STYLES, len(inks)))]
    return len(all_of) - len(kept)


def packages(fonts: list[Font]) -> dict[str, str]:
    """Debian packages of the font files, with versions; empty where there is no dpkg."""
    files = [str(font.path) for font in fonts]
    try:
        said = subprocess.run(["dpkg", "-S", *files], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return {}
    names = sorted({line.partition(":")[0] for line in said.splitlines()})
    form = "-f=${Package} ${Version}\n"
    told = subprocess.run(
        ["dpkg-query", "-W", form, *names], capture_output=True, text=True, check=True
    ).stdout
    return dict(line.split() for line in told.splitlines())


def licence(package: str) -> str:
    """Licences that a Debian package names in its copyright file; told by its words in older ones."""
    path = Path(f"/usr/share/doc/{package}/copyright")
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    named = set(re.findall(r"^License: *(\S.*?)\s*$", text, re.MULTILINE))
    words = {"Open Font License": "OFL", "General Public License": "GPL", "exception": "exception"}
    return ", ".join(
        sorted(named or {short for words, short in words.items() if words.lower() in text.lower()})
    )
