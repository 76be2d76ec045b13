"""Texts from outside as a page and its JSON can hold them."""

from __future__ import annotations

from zoo.utils.display_width import visible


def clean(text: str, limit: int = 300) -> str:
    """A text cut off where it is long, and with escapes for what no page can hold or would be read otherwise.

    These are control characters, those that turn the direction of what follows, and halves of surrogate
    pairs, which stand for the bytes of file names that are not UTF-8.
    """
    text = text if len(text) <= limit else text[: limit - 3] + "..."
    return visible(text)
