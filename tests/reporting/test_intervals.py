"""Intervals against published figures."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.core.statistics import bootstrap, f1_of, wilson


@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_that_of_the_literature(right, of, low, high):
    found = wilson(right, of)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    mirrored = wilson(of - right, of)
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - high, 1 - low), abs=5e-5)
    assert wilson(0, 0) is None


def test_the_bootstrap_covers_a_mean_as_the_normal_interval_does():
    values = np.random.default_rng(1).normal(10, 2, (400, 1))
    found = bootstrap(values, lambda mean: float(mean[0]))
    half = 1.96 * values.std() / 20
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.05)
    assert f1_of(np.array([0.5, 1.0, 1.0])) == 0.5


def test_there_is_no_bootstrap_of_so_few_or_where_every_draw_has_the_same_figure():
    values = np.random.default_rng(1).normal(10, 2, (10, 1))
    assert bootstrap(values, lambda mean: float(mean[0]))
    for some in (values[:9], values[:1], np.full((400, 1), 0.1), np.full((400, 1), np.nan)):
        assert bootstrap(some, lambda mean: float(mean[0])) is None
    # Right, said and real of examples that are all answered rightly: F1 is 1 of every draw.
    counts = np.random.default_rng(1).integers(1, 5, (400, 1)).repeat(3, axis=1)
    assert bootstrap(counts, f1_of) is None
