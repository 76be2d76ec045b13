"""Which head of a grid to keep.

By the task's loss on inputs that the heads were not trained on: the held-out ones where there are at least
50, otherwise a fifth of the training inputs where that is at least 50, and then the winner's settings are
trained again on all. Fewer than 50 cannot tell the members apart: then the mean of all heads is kept, which
answers with the mean of their outputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.core.task import Task
from zoo.training.linear_heads.grid import (
    GRID,
    Heads,
    binary_slope,
    cross_entropy_slope,
    steps_for,
    train_grid,
)
from zoo.training.linear_heads.standardize import ROWS, Standard
from zoo.utils.arrays import Array

ENOUGH = 50
"""Inputs that can choose."""
MOST = 10_000
"""Inputs that choose, at most."""


@dataclass(frozen=True)
class Choice:
    """The head that was kept, on standardised features.

    Args:
        weight: (width, D).
        bias: (width,).
        settings: the member's learning rate and weight decay, or the number of heads averaged; the steps.
        how: in words.
    """

    weight: Array
    bias: Array
    settings: dict[str, float]
    how: str


def by_grid(
    features: Array,
    targets: Array,
    task: Task,
    scaler: Standard,
    *,
    class_weights: Array | None,
    seed: int,
    held_out: tuple[Array, Array] | None,
    views: int = 1,
) -> Choice:
    """Train the grid and choose.

    Args:
        features: (N, D), raw.
        targets: as ``task.encode`` gives.
        task: classification or multi-label.
        scaler: what standardises ``features``.
        class_weights: as the task's loss takes them.
        seed: of the batches and of the part that is held out.
        held_out: features (M, D) and targets, or None.
        views: of each input, as :func:`zoo.training.linear_heads.solve_head` has them.
    """
    slope = binary_slope(class_weights) if task.kind == "multi-label" else cross_entropy_slope(class_weights)
    chance = np.random.default_rng([seed, 1])
    rows, examples = np.arange(len(features)), len(features) // views
    setting: dict[str, Any] = {"width": task.width, "scaler": scaler, "slope": slope, "seed": seed}
    steps = {"steps": float(steps_for(len(rows)))}
    if held_out is not None and len(held_out[1]) >= ENOUGH:
        judges = np.sort(chance.permutation(len(held_out[1]))[:MOST])
        heads = train_grid(features, targets, rows=rows, **setting)
        best = least(heads, held_out[0], held_out[1], judges, task, scaler, class_weights)
        how = f"chosen by {len(judges):,} held-out inputs"
    elif examples // 5 >= ENOUGH:
        order = chance.permutation(examples)
        judges = np.sort(order[: min(examples // 5, MOST)])
        others = rows[~np.isin(rows % examples, judges)]
        heads = train_grid(features, targets, rows=others, **setting)
        best = least(heads, features, targets, judges, task, scaler, class_weights)
        heads, how = (
            train_grid(features, targets, rows=rows, grid=(GRID[best],), **setting),
            "chosen by a fifth",
        )
        return Choice(heads.weights[0], heads.biases[0], {**_named(best), **steps}, how)
    else:
        weight, bias = train_grid(features, targets, rows=rows, **setting).mean()
        return Choice(weight, bias, {"heads": float(len(GRID)), **steps}, f"the mean of {len(GRID)} heads")
    return Choice(heads.weights[best], heads.biases[best], {**_named(best), **steps}, how)


def least(
    heads: Heads,
    features: Array,
    targets: Array,
    rows: Array,
    task: Task,
    scaler: Standard,
    class_weights: Array | None,
) -> int:
    """Number of the head with the least loss on some rows."""
    losses = np.zeros(len(heads.weights))
    for first in range(0, len(rows), ROWS):
        some = rows[first : first + ROWS]
        inputs = scaler.apply(features[some], np.float32)
        for number in range(len(losses)):
            seen = task.observe(heads.outputs(inputs, number), targets[some], class_weights)
            losses[number] += task.loss(seen) * len(some)
    return int(losses.argmin())


def _named(member: int) -> dict[str, float]:
    rate, decay = GRID[member]
    return {"learning_rate": rate, "weight_decay": decay}
