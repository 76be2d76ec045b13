"""What the kit calls unchanged."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.testing.prints import changed, prints, same_bits

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]

ZERO = np.zeros(2, np.float32)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (ZERO.copy(), True),
        (-ZERO, False),
        (ZERO.astype(np.int32), False),
        (ZERO.reshape(2, 1), False),
    ],
)
def test_same_bits(other, same):
    assert same_bits(ZERO, other) is same


def test_nan_and_layout_change_nothing_and_a_missing_name_is_a_change():
    table = np.arange(6.0).reshape(2, 3)
    before = prints({"a": np.array(np.nan), "b": ZERO, "c": ZERO, "t": table})
    after = prints({"a": np.array(np.nan), "b": ZERO, "d": ZERO, "t": np.asfortranarray(table)})
    assert changed(before, after) == {"c", "d"}
