"""The solver of heads whose outputs are numbers."""

from __future__ import annotations

import numpy as np

from zoo.core.rows import joined
from zoo.training.linear_heads.ridge import SIDE, Ridge, ridge
from zoo.training.linear_heads.solver import LinearHead, Problem, ReferenceScores, Size


class LeastSquaresSolver:
    """Ridge regression, alpha by exact leave-one-out."""

    name = "ridge regression"
    softens = False

    def load(self) -> None:
        """Import nothing: NumPy suffices."""

    def can_solve(self, size: Size) -> bool:
        """Return whether the smaller side of the vectors can be decomposed."""
        return min(size.vectors, size.dimensions) <= SIDE

    def single_thread(self, size: Size) -> bool:
        """Always."""
        return True

    def solve(self, problem: Problem) -> LinearHead:
        """Fit the head; its reference scores are those of the ridge itself, by leave-one-out."""
        task, examples = problem.task, problem.examples
        wanted = task.for_loss(problem.targets).astype(np.float64)
        plain = solved = ridge(problem.features[:examples], wanted[:examples], problem.scaler)
        if problem.views > 1:
            # The sum of squares has so many times the terms.
            solved = ridge(problem.features, wanted, problem.scaler, (plain.alpha * problem.views,))
        weight, bias = problem.scaler.fold(solved.weight, solved.bias)
        note = "alpha by exact leave-one-out" + (" of the inputs as they are" if problem.views > 1 else "")
        settings = {"alpha": solved.alpha}
        return LinearHead(weight, bias, "ridge", settings, _scores(problem, plain), note=note)

    def reference_scores(self, problem: Problem) -> tuple[ReferenceScores, list[str]]:
        """Return none beyond those of the ridge itself."""
        return {}, []


def _scores(problem: Problem, solved: Ridge) -> ReferenceScores:
    if problem.examples < 2:
        return {}
    targets = problem.targets[: problem.examples]
    parts = (problem.task.observe(left, targets[where]) for where, left in solved.left_out())
    found = problem.task.metrics(joined(list(parts)))
    finite = {name: value for name, value in found.items() if name != "loss" and np.isfinite(value)}
    return {"ridge": {f"leave_one_out_{name}": value for name, value in finite.items()}}


SOLVER = LeastSquaresSolver()
