"""Files of weights, changed at random: vetted or refused, never another exception, and no crash."""

from __future__ import annotations

import pytest
from fuzz_targets import fuzz, hdf5_weights

pytestmark = pytest.mark.tensorflow


def test_hdf5_weights():
    fuzz(hdf5_weights(), 40)
