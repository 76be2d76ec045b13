"""The solver of heads whose outputs are independent logits, one for each label."""

from __future__ import annotations

import numpy as np

from zoo.training.linear_heads.grid import Slope, fits_grid
from zoo.training.linear_heads.logistic import fit_labels, is_small, linear_head, load_logistic
from zoo.training.linear_heads.select import by_grid
from zoo.training.linear_heads.solver import LinearHead, Problem, ReferenceScores, Size
from zoo.utils.arrays import Array

STRENGTH = 1.0
"""C of every label."""


class SigmoidSolver:
    """A logistic regression for each label, C = 1; what is too large for it, by a grid of heads."""

    name = "logistic regression"
    softens = True

    def load(self) -> None:
        """Import scikit-learn."""
        load_logistic()

    def can_solve(self, size: Size) -> bool:
        """Return whether it is small, or the grid fits into memory."""
        return is_small(size) or fits_grid(size)

    def single_thread(self, size: Size) -> bool:
        """Return all but the grid."""
        return is_small(size)

    def solve(self, problem: Problem) -> LinearHead:
        """Fit the head."""
        if not is_small(problem.size):
            return by_grid(problem, binary_slope(problem.class_weights))
        standardised = problem.scaler.apply(problem.features)
        found = fit_labels(standardised, problem.targets, STRENGTH, problem.class_weights, problem.views)
        return linear_head(problem, found, STRENGTH)

    def reference_scores(self, problem: Problem) -> tuple[ReferenceScores, list[str]]:
        """Return none."""
        return {}, []


def binary_slope(class_weights: Array | None) -> Slope:
    """Of the mean binary cross-entropy, weights on the positive term; targets float32 (B, L)."""

    def slope(outputs: Array, targets: Array) -> Array:
        share = 0.5 * (1 + np.tanh(0.5 * outputs))
        positive = targets if class_weights is None else targets * class_weights
        return np.asarray((share * (positive + 1 - targets) - positive) / targets.size)

    return slope


SOLVER = SigmoidSolver()
