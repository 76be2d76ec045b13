"""Baselines of token classification."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from zoo.core.baselines import Answer, Baseline, BaselineCase
from zoo.core.rows import ragged
from zoo.utils.arrays import Array


def baselines(case: BaselineCase) -> Iterator[Baseline]:
    """Yield the majority tag, and each word's own one."""
    yield Baseline("majority", "majority tag", _majority, blind=True)
    yield Baseline("word-lookup", "most frequent tag of each word", _lookup)


def _majority(case: BaselineCase) -> Answer:
    """Return the most frequent tag of the training examples, the first one of equals."""
    names = case.task.names
    every = np.concatenate(list(case.targets(case.every)))
    most = int(np.bincount(every, minlength=len(names)).argmax())
    outputs = np.eye(len(names), dtype=np.float32)[most]
    return Answer(case.observe_constant(outputs), len(case.every), f"majority tag, {names[most]}")


def _lookup(case: BaselineCase) -> Answer:
    train, asked = case.inputs(case.train), case.inputs(case.asked)
    outputs = word_tags(train, case.targets(case.train), asked, len(case.task.names))
    return Answer(case.observe(outputs), len(case.train))


def word_tags(
    train: Sequence[Sequence[str]], targets: Array, asked: Sequence[Sequence[str]], width: int
) -> Array:
    """Return raw outputs, an object array (N,) of float32 (W, width), of the texts asked.

    Each word gets the tag that it had most often in training. A word that was not seen gets the most
    frequent tag of all; of equals the first.

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
    usual = {word: _most_frequent(counts) for word, counts in seen.items()}
    rest = _most_frequent(every)
    one_hot = np.eye(width, dtype=np.float32)
    return ragged([one_hot[[usual.get(word, rest) for word in words]] for words in asked])


def _most_frequent(counts: Counter[int]) -> int:
    return min(counts, key=lambda tag: (-counts[tag], tag))
