"""A text as a list of words, each of which gets a tag."""

from __future__ import annotations


class Words(tuple[str, ...]):
    """The words of one text. A type of its own, so that nobody takes two words for a pair of texts."""

    __slots__ = ()
