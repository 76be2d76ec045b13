"""Images that nothing can be learned from."""

from __future__ import annotations

import numpy as np
from starters import stripes


def noise(count: int, seed: int = 0):
    """Stripes whose labels are drawn by chance."""
    pictures, _ = stripes(count // 2, seed)
    drawn = np.random.default_rng(seed + 1).integers(0, 2, count)
    return pictures, ["heads" if one else "tails" for one in drawn]
