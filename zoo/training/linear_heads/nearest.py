"""Nearest neighbours: what the vectors know without any head.

Cosine similarity of centred features; each of the 20 nearest votes for its class with exp(similarity /
0.07), as in the evaluations of DINO (Caron et al. 2021, arXiv 2104.14294).
"""

from __future__ import annotations

import numpy as np

from zoo.utils.arrays import Array

NEIGHBOURS = 20
TEMPERATURE = 0.07
ROWS = 1024


def nearest_neighbours(train: Array, targets: Array, others: Array, width: int) -> Array:
    """Class of most votes for each row of ``others``, int64 (M,).

    Args:
        train: float32 (N, D), rows of length 1.
        targets: int64 (N,), 0..width - 1.
        others: float32 (M, D), likewise.
        width: number of classes.
    """
    count = min(NEIGHBOURS, len(train))
    answers = np.empty(len(others), dtype=np.int64)
    for first in range(0, len(others), ROWS):
        alike = others[first : first + ROWS] @ train.T
        near = np.argpartition(alike, -count, axis=1)[:, -count:]
        share = np.exp((np.take_along_axis(alike, near, 1) - 1) / TEMPERATURE)
        votes = np.zeros((len(alike), width))
        np.add.at(votes, (np.arange(len(alike))[:, None], targets[near]), share)
        answers[first : first + ROWS] = votes.argmax(1)
    return answers
