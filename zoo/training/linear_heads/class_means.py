"""Nearest class mean: no setting, no iteration, and hard to beat at one example a class.

Features are centred by the training mean and brought to length 1, and an input belongs to the class whose
mean is at the least distance (SimpleShot's CL2N, Wang et al. 2019, arXiv 1911.04623).
"""

from __future__ import annotations

import numpy as np

from zoo.utils.arrays import Array


def directions(features: Array, centre: Array) -> Array:
    """Centred rows of length 1, float32 (N, D); a row at the centre stays 0."""
    found: Array = np.asarray(features - centre, dtype=np.float32)
    largest = np.abs(found).max(1, keepdims=True)
    # First to at most 1, so that no square overflows.
    found = found / np.where(largest > 0, largest, 1)
    length = np.sqrt(np.square(found).sum(1, keepdims=True))
    return np.asarray(found / np.where(length > 0, length, 1), dtype=np.float32)


def nearest_mean(train: Array, targets: Array, others: Array) -> Array:
    """Class of the nearest mean for each row of ``others``, int64 (M,).

    Args:
        train: float32 (N, D), from :func:`directions`.
        targets: int64 (N,).
        others: float32 (M, D), likewise.
    """
    present, numbers = np.unique(targets, return_inverse=True)
    means = np.zeros((len(present), train.shape[1]))
    np.add.at(means, numbers, train)
    means /= np.bincount(numbers)[:, None]
    # The square of the input's own length is the same for every class.
    distance = np.square(means).sum(1) - 2 * others @ means.T
    return np.asarray(present[distance.argmin(1)])
