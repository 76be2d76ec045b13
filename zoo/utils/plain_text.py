"""Untrusted text for a page and its JSON."""

from __future__ import annotations

from zoo.utils.display_width import visible


def clean(text: str, limit: int = 300) -> str:
    """Truncate a text and escape what a page cannot hold or would display misleadingly.

    These are control characters, changes of text direction, and lone surrogates, which stand for bytes of
    file names that are not UTF-8.
    """
    text = text if len(text) <= limit else text[: limit - 3] + "..."
    return visible(text)
