"""What can be shown to a person, and how much room it takes on a terminal."""

from __future__ import annotations

import unicodedata

_JOINERS = str.maketrans("", "", "\u200c\u200d")
"""Zero width, and yet part of words: Persian is not spelt, and families of emoji are not drawn, without."""


def without_joiners(text: str) -> str:
    """A text without what joins or parts letters and takes no room."""
    return text if text.isascii() else text.translate(_JOINERS)


def is_printable(text: str) -> bool:
    """Whether a text has no control character, none that turns the direction, and no half of a pair."""
    return without_joiners(text).isprintable()


def is_unicode(text: str) -> bool:
    """Whether a text can be written as UTF-8: it holds no half of a surrogate pair, which in the name of a
    file stands for a byte that is no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def cells(text: str) -> int:
    """Columns of a terminal that a printable text takes: two for wide signs, none for marks on others."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(sign: str) -> int:
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1
