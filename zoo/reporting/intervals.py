"""95 % intervals of what was measured on few examples."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from zoo.runs.report_schema import Interval
from zoo.utils.arrays import Array

Z = 1.959963984540054
"""97.5 % quantile of the normal distribution."""
RESAMPLES = 1000
LEAST = 10
"""Examples below which there is no bootstrap: draws of so few say little about others."""
ALIKE = 1e-6
"""Share of the largest figure by which those of all draws differ where only rounding differs, of float32."""


def wilson(right: int, of: int) -> Interval | None:
    """Wilson's score interval of a share (E. B. Wilson, JASA 22, 1927), without continuity correction.

    Unlike the share plus and minus its standard error it is right near 0 and 1 and for few examples. None
    where there are no examples.
    """
    if of <= 0:
        return None
    share, square = right / of, Z * Z / of
    middle = (share + square / 2) / (1 + square)
    half = Z * math.sqrt(share * (1 - share) / of + square / (4 * of)) / (1 + square)
    low = 0.0 if right == 0 else max(0.0, middle - half)
    return Interval(low=low, high=1.0 if right == of else min(1.0, middle + half), method="Wilson")


def t_quantile(freedom: int, comparisons: int = 1) -> float:
    """Two-sided 95 % quantile of Student's t, corrected for the number of comparisons (Bonferroni)."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 1 - 0.05 / (2 * comparisons)))


def bootstrap(rows: Array, figure: Callable[[Array], float]) -> Interval | None:
    """Percentile bootstrap over examples (B. Efron, 1979), 1,000 resamples, always the same ones.

    Args:
        rows: (N, k), a row for each example.
        figure: of the mean (k,) over rows to the figure.

    Returns:
        None where :func:`resampled` has none.
    """
    found = resampled(rows, figure)
    if found is None:
        return None
    low, high = np.percentile(found, [2.5, 97.5])
    return Interval(low=float(low), high=float(high), method="bootstrap")


def resampled(rows: Array, figure: Callable[[Array], float]) -> Array | None:
    """The figure of 1,000 draws of as many rows with replacement, always the same draws; float64 (1000,).

    None where the draws say nothing of other examples: of fewer than ten; where every draw has the same
    figure, as where all answers are right, since the interval would have no width however few they are; and
    where a figure is not finite.
    """
    if len(rows) < LEAST:
        return None
    random = np.random.default_rng(0)
    draws = (random.integers(len(rows), size=len(rows)) for _ in range(RESAMPLES))
    found = np.array([figure(rows[draw].mean(0)) for draw in draws])
    if not np.isfinite(found).all() or np.ptp(found) <= ALIKE * np.abs(found).max():
        return None
    return found


def f1_of(mean: Array) -> float:
    """F1 from mean counts (right, said, real)."""
    total = float(mean[1] + mean[2])
    return 2 * float(mean[0]) / total if total else 0.0
