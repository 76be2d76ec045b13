"""What can be shown to a person, and how much room it takes on a terminal."""

from __future__ import annotations

import re
import unicodedata

_JOINERS = str.maketrans("", "", "\u200c\u200d")
"""Zero width, and yet part of words: Persian is not spelt, and families of emoji are not drawn, without."""

UNSAFE = "".join(
    (
        "\x00-\x08\x0b-\x1f\x7f-\x9f",  # control characters
        "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069",  # direction
        "\u2028\u2029\ufff9-\ufffb\ufffe\uffff",  # lines and paragraphs, annotations, no characters
        "\ud800-\udfff",  # halves of surrogate pairs
    )
)
"""Ranges, for a regular expression, of what moves the cursor, rings, hides, turns the direction of what
follows, or is half of a surrogate pair. Tab and line feed are not among them."""
_UNSAFE = re.compile(f"[{UNSAFE}]")


def visible(text: str) -> str:
    """A text with control characters and those that turn its direction escaped, as ``\\x1b``.

    Lines and tabs stay, and so does what :func:`is_printable` refuses though it does no harm: spaces of other
    widths, characters that this Python does not know.
    """
    return _UNSAFE.sub(escaped, text)


def escaped(found: re.Match[str]) -> str:
    """What a regular expression found, as Python writes it."""
    return ascii(found[0])[1:-1]


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
