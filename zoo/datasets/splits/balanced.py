"""Balanced sampling: the examples of an epoch in which all classes occur equally often."""

from __future__ import annotations

import numpy as np

from zoo.utils.arrays import Array


def balanced(groups: Array, seed: int, epoch: int) -> Array:
    """As many examples as there are, of every group equally many, in a random order.

    Of a group with more examples than its share, others are drawn in every epoch; those of a smaller one
    are gone through again and again, each equally often but for one. Shares differ by at most one.

    Args:
        groups: int64 (N,), of each example.
        seed: of the run.
        epoch: counted from 1.

    Returns:
        int64 (N,) rows of ``groups``, set by the three arguments alone.
    """
    random = np.random.default_rng([seed, epoch, 2])
    names = random.permutation(np.unique(groups))
    share, more = divmod(len(groups), len(names))
    drawn = []
    for place, name in enumerate(names):
        members, wanted = np.flatnonzero(groups == name), share + (place < more)
        rounds = [random.permutation(members) for _ in range(-(-wanted // len(members)))]
        drawn.append(np.concatenate([np.zeros(0, np.int64), *rounds])[:wanted])
    return random.permutation(np.concatenate(drawn)).astype(np.int64)
