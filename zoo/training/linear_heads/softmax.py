"""The solver of heads whose outputs are the logits of one of several classes."""

from __future__ import annotations

import numpy as np

from zoo.training.linear_heads.grid import Slope, fits_grid
from zoo.training.linear_heads.logistic import FOLDS, choose, fit, is_small, linear_head, load_logistic
from zoo.training.linear_heads.reference_classifiers import reference_scores
from zoo.training.linear_heads.select import by_grid
from zoo.training.linear_heads.solver import LinearHead, Problem, ReferenceScores, Size
from zoo.utils.arrays import Array

TUNED = 1e7
"""N x D x width up to which C is chosen by cross-validation: some twenty fits, seconds."""
MANY = 10
"""Every class needs more examples than this for C to be chosen."""


class SoftmaxSolver:
    """Multinomial logistic regression to convergence; what is too large for it, by a grid of heads.

    C is 1; 0.1 where a class has a single example; chosen by cross-validation where every class has more than
    ten and it takes seconds.
    """

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
            return by_grid(problem, cross_entropy_slope(problem.class_weights))
        strength, how = self._strength(problem, standardised := problem.scaler.apply(problem.features))
        found = fit(
            standardised,
            problem.targets,
            problem.size.width,
            strength,
            problem.class_weights,
            problem.views,
        )
        return linear_head(problem, found, strength, how)

    def reference_scores(self, problem: Problem) -> tuple[ReferenceScores, list[str]]:
        """Return the accuracies of nearest class mean, nearest neighbours and ridge."""
        return reference_scores(
            problem.features,
            problem.targets,
            problem.task,
            problem.scaler,
            problem.held_out,
            problem.views,
        )

    def _strength(self, problem: Problem, standardised: Array) -> tuple[float, str]:
        """C, and how it was chosen."""
        counts = np.bincount(problem.targets[: problem.examples])
        counts = counts[counts > 0]
        if counts.min() == 1:
            return 0.1, ""
        if len(counts) > 1 and counts.min() > MANY and standardised.size * problem.size.width <= TUNED:
            strength, _ = choose(
                standardised, problem.targets, problem.class_weights, problem.seed, problem.views
            )
            return strength, f", C by {FOLDS}-fold cross-validation"
        return 1.0, ""


def cross_entropy_slope(class_weights: Array | None) -> Slope:
    """Of the weighted mean of the softmax's cross-entropy; targets int64 (B,)."""

    def slope(outputs: Array, targets: Array) -> Array:
        shares = np.exp(outputs - outputs.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        shares[:, np.arange(len(targets)), targets] -= 1
        weights = np.ones(len(targets), np.float32) if class_weights is None else class_weights[targets]
        return np.asarray(shares * (weights / max(float(weights.sum()), 1e-12))[:, None])

    return slope


SOLVER = SoftmaxSolver()
