"""Numerics that several tasks share."""

from __future__ import annotations

import numpy as np

from zoo.utils.arrays import Array


def log_softmax(outputs: Array) -> Array:
    """Return the logarithm of the softmax of each row, float64 (N, K), without overflow."""
    shifted = outputs.astype(np.float64) - outputs.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def sigmoid(outputs: Array) -> Array:
    """Return the logistic function of each output, float64, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * outputs.astype(np.float64))))


def confusion(said: Array, actual: Array, classes: int) -> Array:
    """Return counts, int64 (classes, classes): rows are the true classes, columns the predicted ones.

    Args:
        said: int64 (N,), predicted class numbers.
        actual: int64 (N,), true class numbers.
        classes: number of classes.
    """
    return np.bincount(actual * classes + said, minlength=classes * classes).reshape(classes, classes)
