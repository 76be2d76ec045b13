"""Memory that only the garbage collector can free."""

from __future__ import annotations

import gc
from collections.abc import Iterable

import tensorflow as tf

LARGE = 64 * 2**20
"""Bytes of weights from which on it is worth half a second to look for what is no longer needed."""


def sweep(variables: Iterable[tf.Variable]) -> None:
    """Free what models and optimizers of about this size have left, if they are large.

    Compiled functions and the variables that they use hold each other, so letting go of a model frees
    nothing until Python looks for such rings; it decides when by the number of objects, not by their bytes.
    """
    sizes = ((variable.shape.num_elements() or 0) * variable.dtype.size for variable in variables)
    if sum(sizes) >= LARGE:
        gc.collect()
