"""Random numbers of a step, by example and by micro-batch: the same however a batch is divided.

Augmentation draws from (seed of the step, position of the example in the batch), dropout from (seed of the
step, number of the micro-batch).
"""

from __future__ import annotations

import numpy as np

from zoo.utils.arrays import Array

_STRIDE = np.uint64(0x9E3779B97F4A7C15)


def example_seeds(step_seed: int, place: Array) -> Array:
    """Return a seed for each example of a step, int64 (B,), not negative.

    Args:
        step_seed: ``Batch.seed``.
        place: int64 (B,), positions in the whole batch.
    """
    start = np.full(1, step_seed % 2**64, np.uint64)
    counters = np.asarray(place).astype(np.uint64) + np.uint64(1)
    return np.asarray((_mixed(start + counters * _STRIDE) >> np.uint64(1)).astype(np.int64))


def uniform_draws(seeds: Array, count: int) -> Array:
    """Return ``count`` numbers from 0 to below 1 for each seed, float32 (B, count).

    Args:
        seeds: int64 (B,), of :func:`example_seeds`.
        count: of numbers; the first ones do not depend on it.
    """
    counters = np.arange(1, count + 1, dtype=np.uint64)
    bits = _mixed(np.asarray(seeds).astype(np.uint64)[:, None] + counters * _STRIDE)
    return np.asarray((bits >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24))


def part_seed(step_seed: int, part: int) -> int:
    """Return the 63-bit seed of a micro-batch, of the whole batch too: its number is 0.

    Args:
        step_seed: ``Batch.seed``.
        part: ``Batch.part``.
    """
    drawn = np.random.SeedSequence([step_seed % 2**64, 2, part]).generate_state(1, np.uint64)[0]
    return int(drawn >> np.uint64(1))


def _mixed(state: Array) -> Array:
    """Return the output function of SplitMix64 (https://doi.org/10.1145/2660193.2660195), uint64 of any
    shape."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(state ^ (state >> np.uint64(31)))
