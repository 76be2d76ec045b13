"""Texts from outside as a page and its JSON can hold them."""

from __future__ import annotations

import re

_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text: str, limit: int = 300) -> str:
    """Without what no page can hold (control characters, halves of surrogate pairs, which stand for the bytes
    of file names that are not UTF-8), cut off where it is long."""
    text = text if len(text) <= limit else text[: limit - 3] + "..."
    return _UNFIT.sub(lambda found: ascii(found[0])[1:-1], text)
