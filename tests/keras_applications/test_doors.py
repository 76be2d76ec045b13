"""Files of weights, changed at random: vetted or refused, never another exception, and no crash."""

from __future__ import annotations

from limits.doors import hdf5_weights, knock


def test_hdf5_weights():
    knock(hdf5_weights(), 40)
