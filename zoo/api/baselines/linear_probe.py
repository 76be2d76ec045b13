"""A control's head: solved, and asked."""

from __future__ import annotations

from dataclasses import dataclass

from zoo.core.task import Task
from zoo.training.linear_heads import solve_head
from zoo.utils.arrays import Array


@dataclass(frozen=True)
class Answers:
    """Raw outputs (N, width) of what was asked, and how the head was found, for people."""

    outputs: Array
    note: str


def answers(
    train: tuple[Array, Array],
    asked: Array,
    task: Task,
    *,
    seed: int,
    class_weights: Array | None = None,
    standardise: bool = True,
) -> Answers:
    """Solve a head on vectors (M, D) and targets, and ask it about other vectors (N, D).

    Raises:
        ZooError: as :func:`zoo.training.linear_heads.solve_head`.
    """
    head = solve_head(
        *train, task, class_weights=class_weights, seed=seed, standardise=standardise, alone=True
    )
    return Answers(asked @ head.weight.T + head.bias, head.note)
