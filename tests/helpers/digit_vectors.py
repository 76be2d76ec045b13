"""scikit-learn's digits as vectors: 64 pixels, 10 classes, some of them never touched."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from zoo import Classification

TASK = Classification(classes=tuple("0123456789"))


def pixels() -> tuple[np.ndarray, np.ndarray]:
    """float32 (1797, 64), 0 to 16, and int64 (1797,)."""
    features, targets = load_digits(return_X_y=True)
    return features.astype(np.float32), targets.astype(np.int64)


def shots(each: int, seed: int = 0) -> tuple[np.ndarray, ...]:
    """``each`` examples of every class, and all others: features, targets, features, targets."""
    features, targets = pixels()
    chance = np.random.default_rng(seed)
    train = np.concatenate([chance.permutation(np.flatnonzero(targets == one))[:each] for one in range(10)])
    rest = np.setdiff1d(np.arange(len(targets)), train)
    return features[train], targets[train], features[rest], targets[rest]


def answers(head, features):
    return features @ head.weight.T + head.bias
