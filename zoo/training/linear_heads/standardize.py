"""Standardised features, and the way back: a head on them is a head on the raw features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from zoo.errors import NonFiniteError
from zoo.utils.arrays import Array

ROWS = 8192
"""Rows that are looked at together, so that vectors on disk need not fit into memory."""

FLAT = 1e-6
"""A dimension whose standard deviation is below this share of its mean, or of the median of all deviations,
holds nothing but rounding. Standardised, it would have a weight in the millions, and the head would fall to
pieces at the first step of a backbone that is released under it."""

TINY = 1e-30
"""A standard deviation below this would leave no finite float32 weight."""


@dataclass(frozen=True)
class Standard:
    """Mean and standard deviation of each dimension of the training features.

    Args:
        mean: float64 (D,).
        scale: float64 (D,), the standard deviation (divisor N); 1 where the dimension is constant.
        flat: bool (D,), the constant dimensions.
    """

    mean: Array
    scale: Array
    flat: Array

    def apply(self, features: Array, dtype: type = np.float64) -> Array:
        """Return features (N, D) in standard units; exactly 0 in constant dimensions, of other inputs too."""
        found: Array = np.asarray((features - self.mean) / self.scale, dtype=dtype)
        found[:, self.flat] = 0
        return found

    def fold(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        """Return the head on raw features that says what ``weight`` and ``bias`` say of standardised ones.

        W ((x - m) / s) + b = (W / s) x + (b - (W / s) m).

        Args:
            weight: (width, D), on standardised features.
            bias: (width,).

        Returns:
            Weight float32 (width, D), 0 in constant dimensions, and bias float32 (width,).
        """
        folded = weight.astype(np.float64) / self.scale
        folded[:, self.flat] = 0
        rounded = folded.astype(np.float32)
        # From the weights as they are kept: what rounding took from them, far from zero, the bias gives back.
        return rounded, (bias - rounded.astype(np.float64) @ self.mean).astype(np.float32)


def chunks(features: Array) -> Iterator[tuple[slice, Array]]:
    """Stretches of rows, float64, with where they lie."""
    for first in range(0, len(features), ROWS):
        where = slice(first, first + ROWS)
        yield where, np.asarray(features[where], dtype=np.float64)


def standard(features: Array) -> Standard:
    """Return what standardises ``features`` (N, D), N > 0.

    Raises:
        NonFiniteError: a vector has an infinite value or one that is not a number.
    """
    total = np.zeros(features.shape[1])
    for where, rows in chunks(features):
        require_finite(rows, where.start)
        total += rows.sum(0)
    mean = total / len(features)
    square = np.zeros_like(mean)
    for _, rows in chunks(features):
        square += np.square(rows - mean).sum(0)
    scale = np.sqrt(square / len(features))
    flat = (scale <= FLAT * np.maximum(np.abs(mean), np.median(scale))) | (scale < TINY)
    return Standard(mean=mean, scale=np.where(flat, 1.0, scale), flat=flat)


def centred(features: Array) -> Standard:
    """Return what centres ``features`` (N, D), N > 0, and leaves their scale; constant dimensions are found
    too.

    Raises:
        NonFiniteError: as :func:`standard`.
    """
    found = standard(features)
    return Standard(mean=found.mean, scale=np.ones_like(found.scale), flat=found.flat)


def require_finite(rows: Array, first: int = 0, of: str = "training") -> None:
    """Raise NonFiniteError where a row holds anything but numbers."""
    sound = np.isfinite(rows).all(1)
    if not sound.all():
        raise NonFiniteError(
            f"the backbone gave vectors of the {of} inputs that are not finite",
            why=f"the first is number {first + int((~sound).argmax())}, counted from 0",
            hint="look at that input; if it is sound, compute in float32: precision float32",
        )
