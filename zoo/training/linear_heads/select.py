"""Which head of a grid to keep.

By the task's loss on inputs that the heads were not trained on: the held-out ones where there are at least
50, otherwise a fifth of the training inputs where that is at least 50, and then the winner's settings are
trained again on all. Fewer than 50 cannot tell the members apart: then the mean of all heads is kept, which
answers with the mean of their outputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.training.linear_heads.grid import GRID, Heads, Slope, steps_for, train_grid
from zoo.training.linear_heads.solver import LinearHead, Problem
from zoo.training.linear_heads.standardize import ROWS
from zoo.utils.arrays import Array

ENOUGH = 50
"""Inputs that can choose."""
MOST = 10_000
"""Inputs that choose, at most."""


def by_grid(problem: Problem, slope: Slope) -> LinearHead:
    """Train the grid and choose.

    Args:
        problem: of a task whose outputs are logits.
        slope: of its loss.
    """
    features, targets, held_out, seed = problem.features, problem.targets, problem.held_out, problem.seed
    chance = np.random.default_rng([seed, 1])
    rows, examples = np.arange(len(features)), problem.examples

    def trained(rows: Array, **grid: Any) -> Heads:
        width, scaler = problem.size.width, problem.scaler
        return train_grid(features, targets, width, scaler, slope, rows=rows, seed=seed, **grid)

    steps = {"steps": float(steps_for(len(rows)))}
    if held_out is not None and len(held_out[1]) >= ENOUGH:
        judges = np.sort(chance.permutation(len(held_out[1]))[:MOST])
        heads = trained(rows)
        best = least(heads, *held_out, judges, problem)
        weight, bias = heads.weights[best], heads.biases[best]
        settings, how = _named(best), f"chosen by {len(judges):,} held-out inputs"
    elif examples // 5 >= ENOUGH:
        order = chance.permutation(examples)
        judges = np.sort(order[: min(examples // 5, MOST)])
        others = rows[~np.isin(rows % examples, judges)]
        best = least(trained(others), features, targets, judges, problem)
        heads = trained(rows, grid=(GRID[best],))
        weight, bias = heads.weights[0], heads.biases[0]
        settings, how = _named(best), "chosen by a fifth"
    else:
        weight, bias = trained(rows).mean()
        settings, how = {"heads": float(len(GRID))}, f"the mean of {len(GRID)} heads"
    weight, bias = problem.scaler.fold(weight, bias)
    return LinearHead(weight, bias, "gradient grid", {**settings, **steps}, note=how)


def least(heads: Heads, features: Array, targets: Array, rows: Array, problem: Problem) -> int:
    """Return the number of the head with the least loss on some rows of ``features`` and ``targets``."""
    task, losses = problem.task, np.zeros(len(heads.weights))
    for first in range(0, len(rows), ROWS):
        some = rows[first : first + ROWS]
        inputs = problem.scaler.apply(features[some], np.float32)
        for number in range(len(losses)):
            seen = task.observe(heads.outputs(inputs, number), targets[some], problem.class_weights)
            losses[number] += task.loss(seen) * len(some)
    return int(losses.argmin())


def _named(member: int) -> dict[str, float]:
    rate, decay = GRID[member]
    return {"learning_rate": rate, "weight_decay": decay}
