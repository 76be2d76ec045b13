"""The control for tags of words: each word as it was tagged most often in training."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from zoo.utils.arrays import Array


def word_tags(
    train: Sequence[Sequence[str]], targets: Array, asked: Sequence[Sequence[str]], width: int
) -> Array:
    """Raw outputs, an object array (N,) of float32 (W, width), of the texts asked.

    A word that was not seen gets the commonest tag of all; of equals the first.

    Args:
        train: words of the training texts.
        targets: an object array of int64 (W,) for each.
        asked: words of the texts to tag.
        width: number of tags.
    """
    seen: defaultdict[str, Counter[int]] = defaultdict(Counter)
    every: Counter[int] = Counter()
    for words, tags in zip(train, targets, strict=True):
        for word, tag in zip(words, tags.tolist(), strict=True):
            seen[word][tag] += 1
            every[tag] += 1
    usual = {word: _commonest(counts) for word, counts in seen.items()}
    rest = _commonest(every)
    outputs = np.empty(len(asked), object)
    for row, words in enumerate(asked):
        outputs[row] = np.eye(width, dtype=np.float32)[[usual.get(word, rest) for word in words]]
    return outputs


def _commonest(counts: Counter[int]) -> int:
    return min(counts, key=lambda tag: (-counts[tag], tag))
