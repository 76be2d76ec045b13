"""What the kit calls unchanged."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.testing.steps import changed, same_bits

ZERO = np.zeros(2, np.float32)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (ZERO.copy(), True),
        (-ZERO, False),
        (ZERO.astype(np.float64), False),
        (ZERO.reshape(2, 1), False),
        (None, False),
    ],
)
def test_same_bits(other, same):
    assert same_bits(ZERO, other) is same


def test_nan_is_unchanged_and_a_missing_name_is_a_change():
    before = {"a": np.array([np.nan]), "b": ZERO, "c": ZERO}
    assert changed(before, {"a": np.array([np.nan]), "b": ZERO, "d": ZERO}) == {"c", "d"}
