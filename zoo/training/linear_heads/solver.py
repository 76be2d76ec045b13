"""What a solver of linear heads is: each task names its own in its record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from zoo.core.rows import Rows, joined
from zoo.core.task import Task
from zoo.plugins.tasks import task_part
from zoo.training.linear_heads.standardize import ROWS, Standard
from zoo.utils.arrays import Array

ReferenceScores = dict[str, dict[str, float]]
"""Figures by the name of a cheaper classifier on the same vectors."""


@dataclass(frozen=True)
class LinearHead:
    """A linear head: ``features @ weight.T + bias`` are the raw outputs that the task's loss and scores take.

    Attributes:
        weight: float32 (width, D), on raw features; the standardisation is folded in.
        bias: float32 (width,).
        method: ``logistic regression``, ``ridge`` or ``gradient grid``.
        settings: ``{"C": 1.0}``, ``{"alpha": 100.0}``, or learning rate, weight decay and steps.
        reference_scores: what cheaper heads score: ``{"nearest class mean": {"accuracy": 0.9}, ...}``;
            ``accuracy`` on the held-out inputs, ``leave_one_out_...`` on the training inputs.
        seconds: wall-clock time of all of it, reference classifiers included.
        note: one sentence for people.
    """

    weight: Array
    bias: Array
    method: str
    settings: dict[str, float]
    reference_scores: ReferenceScores = field(default_factory=dict)
    seconds: float = 0.0
    note: str = ""

    def observe(self, task: Task, features: Array, targets: Array) -> Rows:
        """Return what the task observes of the head's outputs for vectors (N, D), some at a time."""
        starts = range(0, len(features), ROWS)
        parts = ((features[at : at + ROWS], targets[at : at + ROWS]) for at in starts)
        return joined([task.observe(some @ self.weight.T + self.bias, wanted) for some, wanted in parts])


@dataclass(frozen=True)
class Problem:
    """Vectors and targets that a head is fitted to.

    Attributes:
        features: float32 (N, D), raw; an array or a memory map.
        targets: encoded, in the order of ``features``.
        task: fitted.
        scaler: what standardises ``features``.
        class_weights: as ``task.class_weights`` gives, or None.
        seed: of folds and batches.
        held_out: features (M, D) and targets of inputs that were not trained on, or None.
        views: of each input, as :func:`zoo.training.linear_heads.solve_head` has them.
    """

    features: Array
    targets: Array
    task: Task
    scaler: Standard
    class_weights: Array | None = None
    seed: int = 0
    held_out: tuple[Array, Array] | None = None
    views: int = 1

    @property
    def size(self) -> Size:
        """How large it is."""
        vectors, dimensions = self.features.shape
        return Size(vectors, dimensions, self.task.width)

    @property
    def examples(self) -> int:
        """Number of inputs, each with all its views."""
        return len(self.features) // self.views


@dataclass(frozen=True)
class Size:
    """Size of a problem: ``vectors`` of ``dimensions`` to ``width`` outputs."""

    vectors: int
    dimensions: int
    width: int


class LinearSolver(Protocol):
    """Fits the linear head of a task. Having these members is enough; nothing is inherited."""

    @property
    def name(self) -> str:
        """For people: ``logistic regression``."""
        ...

    @property
    def softens(self) -> bool:
        """Whether outputs can be scaled down without another answer: logits can, values cannot."""
        ...

    def load(self) -> None:
        """Import the libraries that ``solve`` needs."""
        ...

    def can_solve(self, size: Size) -> bool:
        """Return whether it takes seconds to minutes, and the memory suffices."""
        ...

    def single_thread(self, size: Size) -> bool:
        """Return whether it is computed by one thread, so that the bits do not depend on their number."""
        ...

    def solve(self, problem: Problem) -> LinearHead:
        """Fit the head; its note says how, without the sizes."""
        ...

    def reference_scores(self, problem: Problem) -> tuple[ReferenceScores, list[str]]:
        """Return the figures of cheaper heads, and the names of those left out as too costly."""
        ...


def solver_of(task: Task) -> LinearSolver | None:
    """Return the solver that the record of a task names; None: its head is trained by gradient.

    Raises:
        MissingPlugin: no plugin offers the task.
        PluginError: the solver cannot be imported.
    """
    found: LinearSolver | None = task_part(task.kind, "solver")
    return found
