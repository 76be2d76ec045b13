"""Printable text: escapes for control characters, and the columns that a text takes on a terminal."""

from __future__ import annotations

import re
import unicodedata

_JOINERS = str.maketrans("", "", "\u200c\u200d")
"""Zero width, but needed: Persian words and emoji families are written with them."""

UNSAFE = "".join(
    (
        "\x00-\x08\x0b-\x1f\x7f-\x9f",  # control characters
        "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069",  # direction
        "\u2028\u2029\ufff9-\ufffb\ufffe\uffff",  # lines and paragraphs, annotations, no characters
        "\ud800-\udfff",  # halves of surrogate pairs
    )
)
"""Ranges, for a regular expression, of characters that move the cursor, ring, hide or reverse text, and of
lone surrogates. Tab and line feed are not among them."""
_UNSAFE = re.compile(f"[{UNSAFE}]")


def visible(text: str) -> str:
    """Escape control characters and characters that change the text direction, as ``\\x1b``.

    Line feeds and tabs stay. So do harmless characters that ``str.isprintable`` refuses: spaces of other
    widths, and characters that this Python does not know.
    """
    return _UNSAFE.sub(escaped, text)


def escaped(found: re.Match[str]) -> str:
    """Return a match as Python escapes it."""
    return ascii(found[0])[1:-1]


def without_joiners(text: str) -> str:
    """Remove zero-width joiners and non-joiners."""
    return text if text.isascii() else text.translate(_JOINERS)


def is_printable(text: str) -> bool:
    """Return whether a text has no control character, no change of direction, and no lone surrogate."""
    return without_joiners(text).isprintable()


def is_unicode(text: str) -> bool:
    """Return whether a text can be encoded as UTF-8: it holds no lone surrogate, which in the name of a file
    stands for an undecodable byte."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def cells(text: str) -> int:
    """Return the terminal columns of a printable text: two for wide characters, none for combining marks."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(sign: str) -> int:
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1
