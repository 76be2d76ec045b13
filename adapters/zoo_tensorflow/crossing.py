"""Values between stages: arrays that the core keeps. A cut of a Keras chain is crossed by one tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.seams.crossing import Crossing

Array = np.ndarray[Any, np.dtype[Any]]


def leaving(value: Array, cut: int) -> Crossing:
    """A tensor, float32 (B, ...), as it crosses."""
    return Crossing({"": value}, cut)


def stored(crossing: Crossing) -> Array:
    """The tensor, float32 (B, ...)."""
    return crossing.arrays[""].astype(np.float32, copy=False)
