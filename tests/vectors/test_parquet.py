"""Vectors in Parquet tables."""

from __future__ import annotations

from vectors.running import wide


def test_memory_does_not_grow(run):
    peaks = wide(run, ".parquet")
    assert peaks[1] < 1.3 * peaks[0]
