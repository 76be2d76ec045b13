"""Multinomial logistic regression to convergence.

The objective, on standardised features z, of weights W (K, D) and biases b (K,) of the K classes present:

    C * sum_i v_i * (-log softmax(W z_i + b)[y_i])  +  1/2 * ||W||^2

with v the weight of the example's class, scaled to mean 1 over the examples, and 1 without class weights.
The biases are not penalised. C multiplies the *sum* of the losses, so it is scikit-learn's C. scikit-learn
solves it; of two classes it fits a single vector w and penalises 1/2 ||w||^2, where the two rows -w/2 and
w/2 of this objective cost 1/4 ||w||^2, so it is given 2 C there: one objective for every number of classes.

Of several labels each is a problem of its own, with w (D,) and b: C * sum_i v_i * log(1 + e^(-s_i (w z_i +
b))) + 1/2 ||w||^2, s = 1 where the label is present and -1 where not, v the label's class weight where it
is present.

Of several views of each input every row is one of an input's, so the sum has so many times the terms and C
is divided by their number: the loss of an input is the mean over its views, and N counts inputs.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.training.linear_heads.solver import LinearHead, Problem, Size
from zoo.utils.arrays import Array

ITERATIONS = 2000
TOLERANCE = 1e-6
"""Of the largest component of the gradient of the objective divided by C N."""
ROUGH, FEW = 1e-3, 100
"""Tolerance and iterations where C is only chosen. On 150 to 600 digits (two draws each) the loss of C = 10
is up to 7% below that of converged fits, and the choice is the same in 6 of 6."""

STRENGTHS = (0.01, 0.1, 1.0, 10.0)
FOLDS = 5


WORK = 1e9
"""N x D x width above which it would take minutes."""
CELLS = 1e8
"""N x D above which standardised float64 vectors (0.8 GB) are not held in memory."""


@dataclass(frozen=True)
class Fit:
    """One solution: weight float64 (width, D) and bias (width,) on standardised features."""

    weight: Array
    bias: Array
    iterations: int
    converged: bool


def is_small(size: Size) -> bool:
    """Return whether a logistic regression takes seconds, and its vectors fit into memory."""
    cells = size.vectors * size.dimensions
    return cells <= CELLS and cells * size.width <= WORK


def load_logistic() -> None:
    """Import scikit-learn."""
    import sklearn.linear_model
    import sklearn.model_selection  # noqa: F401


def linear_head(problem: Problem, found: Fit, strength: float, how: str = "") -> LinearHead:
    """Return a fit on standardised features as a head on raw ones."""
    weight, bias = problem.scaler.fold(found.weight, found.bias)
    ended = "converged in" if found.converged else "stopped, not converged, after"
    iterations = f"{found.iterations:,} iteration{'' if found.iterations == 1 else 's'}"
    return LinearHead(weight, bias, "logistic regression", {"C": strength}, note=f"{ended} {iterations}{how}")


def fit(
    features: Array,
    targets: Array,
    width: int,
    strength: float,
    class_weights: Array | None = None,
    views: int = 1,
) -> Fit:
    """Solve for one C.

    A class without an example gets zero weights and the bias -log(N + width) beside biases whose mean is 0.
    The logits of the classes present have mean 0 too, so the largest is never negative: such a class is
    never the answer, and its probability is below 1 / N.

    Args:
        features: float64 (N, D), standardised.
        targets: int64 (N,), 0..width - 1.
        width: number of classes of the head.
        strength: C.
        class_weights: float32 (width,) or None; positive for every class present.
        views: of each input, as :func:`zoo.training.linear_heads.solve_head` has them.
    """
    present = np.unique(targets)
    weight = np.zeros((width, features.shape[1]))
    bias = np.full(width, -np.log(len(targets) / views + width))
    if len(present) == 1:
        bias[present] = 0.0
        return Fit(weight, bias, iterations=0, converged=True)
    found = _estimator(strength / views, two=len(present) == 2)
    with warnings.catch_warnings():
        # Not converging is said in the note of the head.
        warnings.simplefilter("ignore")
        found.fit(features, targets, sample_weight=example_weights(targets, class_weights))
    weight[present], bias[present] = rows_of(found)
    iterations = int(np.max(found.n_iter_))
    return Fit(weight, bias, iterations, converged=iterations < ITERATIONS)


def fit_labels(
    features: Array, targets: Array, strength: float, class_weights: Array | None = None, views: int = 1
) -> Fit:
    """Solve each label by itself for one C.

    A label that every training input has, or none, gets zero weights and the bias log((n + 1/2) / (N - n +
    1/2)).

    Args:
        features: float64 (N, D), standardised.
        targets: float32 (N, L) of 0 and 1.
        strength: C.
        class_weights: float32 (L,), weights of the positive term, or None.
        views: of each input, as in :func:`fit`.
    """
    examples, width = targets.shape
    weight, bias = np.zeros((width, features.shape[1])), np.zeros(width)
    iterations = 0
    for label in range(width):
        present = targets[:, label] > 0.5
        count = int(present.sum())
        if count in (0, examples):
            bias[label] = np.log((count / views + 0.5) / ((examples - count) / views + 0.5))
            continue
        found = _estimator(strength / views)
        positive = 1.0 if class_weights is None else float(class_weights[label])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found.fit(features, present, sample_weight=np.where(present, positive, 1.0))
        weight[label], bias[label] = found.coef_[0], found.intercept_[0]
        iterations = max(iterations, int(np.max(found.n_iter_)))
    return Fit(weight, bias, iterations, converged=iterations < ITERATIONS)


def choose(
    features: Array, targets: Array, class_weights: Array | None, seed: int, views: int = 1
) -> tuple[float, dict[float, float]]:
    """C of :data:`STRENGTHS` with the least held-out loss, by stratified cross-validation.

    Every class present needs at least :data:`FOLDS` examples. The folds share the standardisation of all.
    Of several ``views`` (:func:`zoo.training.linear_heads.solve_head`) all of an example are in one fold,
    and the first is judged.

    Returns:
        C, and for each C the mean cross-entropy of the examples while they were held out.
    """
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed % 2**32)
    weights = example_weights(targets, class_weights)
    lost = dict.fromkeys(STRENGTHS, 0.0)
    two = len(np.unique(targets)) == 2
    _, numbers = np.unique(targets, return_inverse=True)
    examples = len(targets) // views
    for kept, outside in folds.split(features[:examples], targets[:examples]):
        inside = np.concatenate([kept + view * examples for view in range(views)])
        found = _estimator(STRENGTHS[0], two=two, tolerance=ROUGH, iterations=FEW)
        found.warm_start = True
        for strength in STRENGTHS:
            found.C = strength * (2 if two else 1) / views
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found.fit(features[inside], numbers[inside], sample_weight=weights[inside])
            sure = found.predict_log_proba(features[outside])[np.arange(len(outside)), numbers[outside]]
            lost[strength] -= float((sure * weights[outside]).sum()) / examples
    return min(lost, key=lambda strength: lost[strength]), lost


def example_weights(targets: Array, class_weights: Array | None) -> Array:
    """float64 (N,), mean 1: the weight of each example's class."""
    if class_weights is None:
        return np.ones(len(targets))
    each = class_weights.astype(np.float64)[targets]
    return np.asarray(each / each.mean())


def rows_of(found: Any) -> tuple[Array, Array]:
    """Return a fitted estimator's weights and biases, a row for each class, biases of mean 0."""
    weight, bias = np.asarray(found.coef_, np.float64), np.asarray(found.intercept_, np.float64)
    if len(weight) == 1:
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    return weight, bias - bias.mean()


def _estimator(
    strength: float, *, two: bool = False, tolerance: float = TOLERANCE, iterations: int = ITERATIONS
) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength * (2 if two else 1), tol=tolerance, max_iter=iterations)
