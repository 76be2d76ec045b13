"""Font families that share outlines: splits divide by family, never by file."""

from __future__ import annotations

import re

_SAME = (
    # Families derived from one design.
    ("Vera", ("DejaVu Sans", "Hack")),
    ("Noto Sans", ("Noto Sans", "Noto Kufi", "Noto Naskh", "Noto Looped", "Open Sans")),
    ("Noto Serif", ("Noto Serif", "Noto Nastaliq", "Noto Traditional")),
    ("Lato", ("Lato", "Carlito")),
    ("Nimbus Sans", ("Nimbus Sans", "FreeSans")),
    ("Nimbus Roman", ("Nimbus Roman", "FreeSerif")),
    ("Nimbus Mono", ("Nimbus Mono", "FreeMono")),
    ("Doulos", ("Doulos", "Charis")),
    ("Gentium", ("Gentium",)),
    ("Libertine", ("Linux Libertine",)),
    ("Biolinum", ("Linux Biolinum",)),
    ("Fira", ("Fira",)),
    ("Roboto", ("Roboto",)),
    ("Junicode", ("Junicode",)),
    ("EB Garamond", ("EB Garamond",)),
)
_STYLE = re.compile(
    r"\b(Thin|Extra|Ultra|Light|Book|Regular|Medium|Semi|Demi|Bold|Black|Heavy|Hairline|Narrow|Condensed|"
    r"Italic|Oblique|Mono|Display|Compact|Initials|Keyboard|Slanted|Capitals|Outline|Shadow)\b"
)


def lineage(family: str) -> str:
    """Return the name of the design of a family: ``Carlito`` is ``Lato``."""
    for name, beginnings in _SAME:
        if family.startswith(beginnings):
            return name
    return " ".join(_STYLE.sub(" ", family).split()) or family
