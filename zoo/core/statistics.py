"""95% intervals of figures, and paired differences between two models on the same examples."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from pydantic import Field

from zoo.core.cards import Record
from zoo.utils.arrays import Array

Z = 1.959963984540054
"""97.5% quantile of the normal distribution."""
RESAMPLES = 1000
LEAST = 10
"""Examples below which there is no bootstrap: draws of so few say little about others."""
ALIKE = 1e-6
"""Share of the largest figure by which those of all draws differ where only rounding differs, of float32."""
MARGIN = 0.02
"""Lead of a share below which the effort is not worth it: 2 percentage points."""


class Interval(Record):
    """A 95% interval and its method: ``Wilson`` or ``bootstrap``."""

    low: float
    high: float
    method: str


class Share(Record):
    """``right`` out of ``of``."""

    right: int
    of: int


class NameFacts(Record):
    """Figures of one class, label, target or type of entity."""

    name: str
    count: int | None = None
    """Examples (entities) that have it in truth."""
    shares: dict[str, Share] = Field(default_factory=dict)
    figures: dict[str, float | None] = Field(default_factory=dict)


class Gain(Record):
    """How far one model is ahead of another on the same examples; below zero where it is behind.

    In the unit of the metric, shares as 0..1. Positive is better for the first model, of errors too.
    """

    metric: str
    value: float
    standard_error: float | None = None
    """None where there is no interval: of shares of fewer than two examples; of other figures of fewer than
    ten, or where all differences are the same."""
    low: float | None = None
    high: float | None = None
    """The ends of the 95% interval."""
    examples: int
    margin: float = MARGIN
    """Lead that is worth the effort, in the unit of the metric: 2 percentage points of shares; of an
    error 2% of the mean absolute deviation of the targets from their mean."""
    formula: Literal["paired proportions", "paired bootstrap", "paired t"]
    """``paired proportions``: of accuracies, D. G. Bonett and R. M. Price (2012): the standard error of
    McNemar's test with one more disagreement on either side; the interval is 1.96 of them around the
    difference of those counts. ``paired bootstrap``: 1,000 draws of examples, percentiles. ``paired t``: of
    mean errors, Student's t of the differences."""

    @property
    def certain(self) -> bool:
        """Whether the whole interval is above zero."""
        return self.low is not None and self.low > 0

    @property
    def negligible(self) -> bool:
        """Whether the whole interval is below the margin, and not above zero."""
        return self.high is not None and self.high < self.margin and not self.certain


def wilson(right: int, of: int) -> Interval | None:
    """Return Wilson's score interval of a share (E. B. Wilson, JASA 22, 1927), uncorrected for continuity.

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
    """Return the two-sided 95% quantile of Student's t, corrected for the comparisons (Bonferroni)."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 1 - 0.05 / (2 * comparisons)))


def bootstrap(counts: Array, figure: Callable[[Array], float]) -> Interval | None:
    """Return the percentile bootstrap over examples (B. Efron, 1979): 1,000 resamples, always the same ones.

    Args:
        counts: (N, k), a row for each example.
        figure: of the mean (k,) over rows to the figure.

    Returns:
        None where :func:`resampled` has none.
    """
    found = resampled(counts, figure)
    if found is None:
        return None
    low, high = np.percentile(found, [2.5, 97.5])
    return Interval(low=float(low), high=float(high), method="bootstrap")


def resampled(counts: Array, figure: Callable[[Array], float]) -> Array | None:
    """Return the figure of 1,000 draws of as many rows with replacement; float64 (1000,).

    The draws are always the same. None where they say nothing of other examples: of fewer than ten; where
    every draw has the same figure, as where all answers are right, since the interval would have no width
    however few they are; and where a figure is not finite.
    """
    if len(counts) < LEAST:
        return None
    random = np.random.default_rng(0)
    draws = (random.integers(len(counts), size=len(counts)) for _ in range(RESAMPLES))
    found = np.array([figure(counts[draw].mean(0)) for draw in draws])
    if not np.isfinite(found).all() or np.ptp(found) <= ALIKE * np.abs(found).max():
        return None
    return found


def f1_of(mean: Array) -> float:
    """Return F1 from mean counts (right, said, real)."""
    total = float(mean[1] + mean[2])
    return 2 * float(mean[0]) / total if total else 0.0


def paired_proportions(metric: str, run: Array, other: Array) -> Gain:
    """Return the difference of two shares of right answers on the same examples.

    With b examples that the run alone has right and c that the other alone has, it is (b - c) / N. The
    interval is that of D. G. Bonett and R. M. Price (Journal of Educational and Behavioral Statistics 37,
    2012): p = (b + 1) / (N + 2), q = (c + 1) / (N + 2), p - q plus and minus 1.96 sqrt((p + q - (p - q)^2) /
    (N + 2)). Unlike McNemar's, that standard error is not zero where only one of the two is ever wrong.

    Args:
        metric: its name.
        run: bool (N,), where the run is right.
        other: bool (N,), where the other model is.
    """
    of = len(run)
    ahead, behind = int((run & ~other).sum()), int((other & ~run).sum())
    value = (ahead - behind) / of
    if of < 2:
        return Gain(metric=metric, value=value, examples=of, formula="paired proportions")
    p, q = (ahead + 1) / (of + 2), (behind + 1) / (of + 2)
    error = math.sqrt((p + q - (p - q) ** 2) / (of + 2))
    return Gain(
        metric=metric,
        value=value,
        standard_error=error,
        low=max(-1.0, p - q - Z * error),
        high=min(1.0, p - q + Z * error),
        examples=of,
        formula="paired proportions",
    )


def paired_means(metric: str, differences: Array, margin: float) -> Gain:
    """Return the mean of paired differences with the interval of Student's t.

    Of a percentile bootstrap the intervals of some ten examples are too narrow (docs/baselines.md).

    Args:
        metric: its name.
        differences: float64 (N,), of each example; positive where the run is better.
        margin: lead that is worth the effort, in the unit of the metric.
    """
    of, value = len(differences), float(differences.mean())
    found = Gain(metric=metric, value=value, examples=of, margin=margin, formula="paired t")
    if of < LEAST or np.ptp(differences) <= ALIKE * np.abs(differences).max():
        return found
    error = float(differences.std(ddof=1)) / math.sqrt(of)
    half = t_quantile(of - 1) * error
    return found.model_copy(update={"standard_error": error, "low": value - half, "high": value + half})


def paired_bootstrap(metric: str, counts: Array, figure: Callable[[Array], float]) -> Gain:
    """Return the difference of two figures with a bootstrap interval over examples.

    Args:
        metric: its name.
        counts: (N, k), a row for each example, of both models.
        figure: of the mean (k,) over rows to the difference.
    """
    value = figure(counts.mean(0))
    found = Gain(metric=metric, value=float(value), examples=len(counts), formula="paired bootstrap")
    drawn = resampled(counts, figure)
    if drawn is None:
        return found
    low, high = np.percentile(drawn, [2.5, 97.5])
    error = float(drawn.std(ddof=1))
    return found.model_copy(update={"standard_error": error, "low": float(low), "high": float(high)})
