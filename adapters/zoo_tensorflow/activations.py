"""Values between stages: arrays that the core keeps. A cut of a Keras chain is crossed by one tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.plugin import Activations

Array = np.ndarray[Any, np.dtype[Any]]


def leaving(value: Array, cut: int) -> Activations:
    """Return a tensor, float32 (B, ...), as it crosses."""
    return Activations({"": value}, cut)


def stored(crossing: Activations) -> Array:
    """Return the tensor, float32 (B, ...)."""
    return crossing.arrays[""].astype(np.float32, copy=False)
