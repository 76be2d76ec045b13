"""Texts as plain numbers: TF-IDF of words and of pairs of neighbouring words.

The weight of a piece in a text is log(1 + n) * (log((1 + N) / (1 + d)) + 1), n how often it stands there, d
in how many of the N training texts (G. Salton and C. Buckley, 1988, with scikit-learn's smoothing of d). All
texts have vectors of one length.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import numpy as np

from zoo.utils.arrays import Array

MOST = 4096
"""Pieces that are counted: those in most training texts."""
SHARPNESS = 10.0
"""Squared length of a text's vector: what C would be for vectors of length 1."""
# Scripts that put no blanks between words: each letter is a word, and pairs of letters are pairs of words.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])\w)+")


def pieces(text: Any) -> Counter[str]:
    """Return how often each word and each pair of neighbouring words stands in a text, a pair or a list of
    words."""
    found: Counter[str] = Counter()
    for part in [text] if isinstance(text, str) else list(text):
        words = _WORD.findall(part.lower())
        found.update(words)
        found.update(f"{one} {other}" for one, other in pairwise(words))
    return found


def learned(train: Iterable[Counter[str]]) -> Callable[[Iterable[Counter[str]]], Array]:
    """Return what weighs pieces as the training texts tell: counts to float32 (N, D), D at most 4,096."""
    texts = list(train)
    holding = Counter(piece for text in texts for piece in text)
    chosen = sorted(holding, key=lambda piece: (-holding[piece], piece))[:MOST]
    column = {piece: i for i, piece in enumerate(chosen)}
    idf = np.array([np.log((1 + len(texts)) / (1 + holding[piece])) + 1 for piece in chosen])

    def vectors(counted: Iterable[Counter[str]]) -> Array:
        rows = list(counted)
        found = np.zeros((len(rows), max(len(chosen), 1)), np.float32)
        for row, text in zip(found, rows, strict=True):
            known = [(column[piece], n) for piece, n in text.items() if piece in column]
            if known:
                where = np.array([place for place, _ in known])
                weights = np.log1p(np.array([n for _, n in known], np.float64)) * idf[where]
                row[where] = np.sqrt(SHARPNESS) * weights / np.linalg.norm(weights)
        return found

    return vectors
