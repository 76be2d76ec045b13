"""Texts for the parrots: words hashed into a fixed number of rows, each of which has a vector."""

import re
import zlib

import numpy as np

ROWS = 256
_WORD = re.compile(r"\w+")


def count_words(texts):
    """Texts to shares of words, float32 (B, ROWS).

    ``texts`` is an object array: (B,) of ``str``, or (B, 2) of pairs, whose second texts hash apart.
    """
    shares = np.zeros((len(texts), ROWS), np.float32)
    for share, text in zip(shares, texts, strict=True):
        for row in _rows(text):
            share[row] += 1
        share /= max(share.sum(), 1)
    return shares


def _rows(text):
    """Numbers of the rows, one for each word."""
    parts = [text] if isinstance(text, str) else text
    words = [f"{number}:{word}" for number, part in enumerate(parts) for word in _WORD.findall(part.lower())]
    return [zlib.crc32(word.encode()) % ROWS for word in words]
