"""A grid of linear heads trained at once, in one pass over the vectors.

Every head sees the same batches in the same order, so all of them are one matrix (D, heads * L) and a step
is two matrix products. AdamW (beta 0.9 and 0.999, decoupled decay on the weights, none on the biases) from
zero, in float32, on standardised features; the learning rate falls to 0 along a cosine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from zoo.training.linear_heads.solver import Size
from zoo.training.linear_heads.standardize import Standard
from zoo.utils.arrays import Array

Slope = Callable[[Array, Array], Array]
"""Outputs (heads, B, L) and targets (B, ...) to the slope of each head's mean loss, (heads, B, L)."""

RATES = (1e-3, 3e-3, 1e-2, 3e-2)
DECAYS = (0.0, 0.3, 3.0)
GRID = tuple((rate, decay) for rate in RATES for decay in DECAYS)

BATCH = 256
STEPS = (300, 2000)
"""The least and the most steps; between them, :data:`PASSES` over the data."""
PASSES = 8


GRID_CELLS = 2**28
"""Weights of all heads together, at most: 3 GB with the optimizer's."""


@dataclass(frozen=True)
class Heads:
    """Several heads on standardised features.

    Args:
        weights: float32 (heads, L, D).
        biases: float32 (heads, L).
    """

    weights: Array
    biases: Array

    def outputs(self, standardised: Array, head: int) -> Array:
        """Raw outputs (N, L) of one of them."""
        return np.asarray(standardised @ self.weights[head].T + self.biases[head])

    def mean(self) -> tuple[Array, Array]:
        """Mean weight and bias: the head whose outputs are the mean of all heads' outputs."""
        return self.weights.mean(0, dtype=np.float64), self.biases.mean(0, dtype=np.float64)


def fits_grid(size: Size) -> bool:
    """Return whether the weights of all heads fit into memory."""
    return len(GRID) * size.width * size.dimensions <= GRID_CELLS


def steps_for(examples: int) -> int:
    """Return number of steps."""
    least, most = STEPS
    return int(np.clip(PASSES * -(-examples // BATCH), least, most))


def train_grid(
    features: Array,
    targets: Array,
    width: int,
    scaler: Standard,
    slope: Slope,
    *,
    rows: Array,
    seed: int,
    grid: tuple[tuple[float, float], ...] = GRID,
) -> Heads:
    """Train one head for each learning rate and weight decay of ``grid``.

    Args:
        features: (N, D), raw; read a batch at a time, so they may lie on disk.
        targets: (N, ...), as the loss takes them.
        width: L.
        scaler: what standardises ``features``.
        slope: of the loss.
        rows: int64, the rows to train on.
        seed: of the order of the batches.
    """
    heads, size, steps = len(grid), features.shape[1], steps_for(len(rows))
    rates = np.repeat(np.array([rate for rate, _ in grid], dtype=np.float32), width)
    decays = np.repeat(np.array([decay for _, decay in grid], dtype=np.float32), width)
    # One more row for the biases.
    weight = np.zeros((size + 1, heads * width), dtype=np.float32)
    first, second = np.zeros_like(weight), np.zeros_like(weight)
    batches = _batches(rows, np.random.default_rng(seed))
    for step in range(steps):
        chosen = next(batches)
        inputs = np.ones((len(chosen), size + 1), dtype=np.float32)
        inputs[:, :-1] = scaler.apply(features[chosen], np.float32)
        outputs = (inputs @ weight).reshape(len(chosen), heads, width).transpose(1, 0, 2)
        slopes = slope(outputs, targets[chosen]).transpose(1, 0, 2).reshape(len(chosen), heads * width)
        gradient = inputs.T @ slopes.astype(np.float32)
        first += np.float32(0.1) * (gradient - first)
        second += np.float32(0.001) * (np.square(gradient) - second)
        size_now = np.float32(0.5 * (1 + np.cos(np.pi * step / steps))) * rates
        weight[:-1] *= 1 - size_now * decays
        root = np.sqrt(second / np.float32(1 - 0.999 ** (step + 1))) + np.float32(1e-8)
        weight -= size_now * (first / np.float32(1 - 0.9 ** (step + 1))) / root
    found = weight.reshape(size + 1, heads, width).transpose(1, 2, 0)
    return Heads(weights=np.ascontiguousarray(found[:, :, :-1]), biases=np.ascontiguousarray(found[:, :, -1]))


def _batches(rows: Array, chance: np.random.Generator) -> Iterator[Array]:
    """Batches of shuffled rows without end, sorted inside, as a disk likes them."""
    size = min(BATCH, len(rows))
    while True:
        order = chance.permutation(rows)
        for start in range(0, len(order) - size + 1, size):
            yield np.sort(order[start : start + size])
