"""The door: the best linear head for a task on vectors that no longer change."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import numpy as np

from zoo.core.task import Task
from zoo.errors import ConfigError, DataError
from zoo.training.libraries import require_training_libraries
from zoo.training.linear_heads.grid import GRID
from zoo.training.linear_heads.logistic import FOLDS, choose, fit, fit_labels
from zoo.training.linear_heads.reference_classifiers import reference_scores
from zoo.training.linear_heads.ridge import SIDE, ridge
from zoo.training.linear_heads.select import by_grid
from zoo.training.linear_heads.standardize import Standard, centred, require_finite, standard
from zoo.training.linear_heads.validate import require_fit
from zoo.utils.arrays import Array

WORK = 1e9
"""N x D x width above which a logistic regression would take minutes, and a grid is trained instead."""
CELLS = 1e8
"""N x D above which standardised float64 vectors (0.8 GB) are not held in memory."""
TUNED = 1e7
"""N x D x width up to which C is chosen by cross-validation: some twenty fits, seconds."""
MANY = 10
"""Every class needs more examples than this for C to be chosen."""
GRID_CELLS = 2**28
"""Weights of all heads of the grid together, at most: 3 GB with the optimizer's."""


@dataclass(frozen=True)
class SolvedHead:
    """A linear head: ``features @ weight.T + bias`` are the raw outputs that the task's loss and scores take.

    Args:
        weight: float32 (width, D), on raw features; the standardisation is folded in.
        bias: float32 (width,).
        method: ``logistic regression``, ``ridge`` or ``gradient grid``.
        settings: ``{"C": 1.0}``, ``{"alpha": 100.0}``, or learning rate, weight decay and steps.
        reference_scores: what cheap companions score: ``{"nearest class mean": {"accuracy": 0.9}, ...}``;
            ``accuracy`` on the held-out inputs, ``leave_one_out_...`` on the training inputs.
        seconds: wall-clock time of all of it, companions too.
        note: one sentence for people.
    """

    weight: Array
    bias: Array
    method: str
    settings: dict[str, float]
    reference_scores: dict[str, dict[str, float]] = field(default_factory=dict)
    seconds: float = 0.0
    note: str = ""


def can_solve(task: Task, examples: int, width: int) -> bool:
    """Whether :func:`solve_head` has a way for this task, so many training inputs and vectors so wide."""
    if examples < 1 or width < 1:
        return False
    if task.kind == "regression":
        return min(examples, width) <= SIDE
    if task.kind not in ("classification", "multi-label"):
        return False
    return _small(task, examples, width) or len(GRID) * task.width * width <= GRID_CELLS


def load_solver(task: Task) -> None:
    """Import what solving a head of ``task`` needs, so that the import is not counted as training."""
    require_training_libraries()
    if task.kind != "regression":
        import sklearn.linear_model
        import sklearn.model_selection  # noqa: F401


def solve_head(
    features: Array,
    targets: Array,
    task: Task,
    *,
    class_weights: Array | None = None,
    seed: int = 0,
    held_out: tuple[Array, Array] | None = None,
    standardise: bool = True,
    alone: bool = False,
    views: int = 1,
) -> SolvedHead:
    """Solve the head of ``task`` on the vectors of a frozen backbone.

    Classification: multinomial logistic regression to convergence (:mod:`zoo.training.linear_heads.logistic`
    states the objective). C is 1; 0.1 where a class has a single example; chosen by cross-validation where
    every class has more than ten and it takes seconds. Multi-label: a logistic regression for each label, C
    = 1.
    Regression: ridge, alpha by exact leave-one-out (:mod:`zoo.training.linear_heads.ridge`). Classifications
    and labels too large for that: a grid of heads trained by gradient
    (:mod:`zoo.training.linear_heads.grid`), one of them chosen (:mod:`zoo.training.linear_heads.select`).

    The same input and seed give the same bits, whatever the number of threads: all but a grid is computed by
    one. Products of this size gain little from a second thread, and where another program has its core, the
    threads wait for each other: ten times as long was measured.

    Args:
        features: float32 (N, D), of the training inputs; an array or a memory map.
        targets: as ``task.encode`` gives: int64 (N,); (N, L), float32 of labels, float64 of numbers.
        task: what comes out; a regression as ``task.fitted`` left it: the outputs are in its standard units.
        class_weights: as ``task.class_weights`` gives, or None.
        seed: of folds and batches.
        held_out: features (M, D) and targets of inputs to compare companions on; a grid is chosen by them.
        standardise: whether every dimension gets the same say; without, features are only centred, so C and
            alpha hold for their own scale.
        alone: without companions.
        views: of each input: the rows are all inputs as they are, then all of them changed, and so on. An
            input counts once, so C of a row is a share of C, and none of its views is judged by a head that
            learned from another.

    Raises:
        DataError: no example, or a target that is not finite.
        NonFiniteError: a vector that is not finite.
        ConfigError: shapes that do not belong together, or a task that has no solver; ask :func:`can_solve`.
    """
    begun = time.perf_counter()
    require_fit(features, targets, task)
    if not can_solve(task, len(features), features.shape[1]):
        raise ConfigError(
            f"there is no solver for {task.kind} of {task.width} outputs on {len(features)} vectors of "
            f"{features.shape[1]}",
            hint="train the head by gradient",
        )
    if views < 1 or len(features) % views:
        raise ConfigError(
            f"{len(features)} vectors are not {views} views of each input",
            hint="give all views of each input",
        )
    if class_weights is not None and task.kind == "regression":
        raise ConfigError("class weights have no meaning for regression", hint="leave class_weights out")
    if held_out is not None:
        held_out = held_out if len(held_out[1]) else None
    if held_out is not None:
        require_fit(*held_out, task, of="held-out")
        if held_out[0].shape[1] != features.shape[1]:
            raise ConfigError(
                f"the held-out vectors have {held_out[0].shape[1]} dimensions, the training vectors "
                f"{features.shape[1]}",
                hint="give vectors of one backbone",
            )
        require_finite(held_out[0], of="held-out")
    with _one_thread(task, *features.shape):
        scaler = standard(features) if standardise else centred(features)
        if task.kind == "regression":
            head = _regression(features, targets, task, scaler, views)
        elif _small(task, *features.shape):
            head = _logistic(features, targets, task, scaler, class_weights, seed, views)
        else:
            chosen = by_grid(
                features,
                targets,
                task,
                scaler,
                class_weights=class_weights,
                seed=seed,
                held_out=held_out,
                views=views,
            )
            weight, bias = scaler.fold(chosen.weight, chosen.bias)
            head = SolvedHead(weight, bias, "gradient grid", chosen.settings, note=chosen.how)
        others = head.reference_scores
        dropped: list[str] = []
        if task.kind == "classification" and not alone:
            others, dropped = reference_scores(features, targets, task, scaler, held_out, views)
    if not (np.isfinite(head.weight).all() and np.isfinite(head.bias).all()):
        raise DataError(
            "no head on these vectors has finite weights",
            why=f"their values reach {float(np.abs(features).max()):.3g}",
            hint="scale the features",
        )
    of = f"{len(features):,} vectors of {features.shape[1]:,}"
    note = f"{head.method}, {_said(head.settings)}, on {of}, {head.note}"
    if dropped:
        note += f"; left out, as too costly: {', '.join(dropped)}"
    return SolvedHead(
        weight=head.weight,
        bias=head.bias,
        method=head.method,
        settings=head.settings,
        reference_scores=others,
        seconds=time.perf_counter() - begun,
        note=note,
    )


def _one_thread(task: Task, examples: int, width: int) -> AbstractContextManager[object]:
    if task.kind != "regression" and not _small(task, examples, width):
        return nullcontext()
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(1)
    return limits


def _small(task: Task, examples: int, width: int) -> bool:
    return examples * width <= CELLS and examples * width * task.width <= WORK


def _logistic(
    features: Array,
    targets: Array,
    task: Task,
    scaler: Standard,
    class_weights: Array | None,
    seed: int,
    views: int,
) -> SolvedHead:
    standardised = scaler.apply(features)
    strength, how = 1.0, ""
    if task.kind == "multi-label":
        found = fit_labels(standardised, targets, strength, class_weights, views)
    else:
        counts = np.bincount(targets[: len(targets) // views])
        counts = counts[counts > 0]
        if counts.min() == 1:
            strength = 0.1
        elif len(counts) > 1 and counts.min() > MANY and features.size * task.width <= TUNED:
            strength, _ = choose(standardised, targets, class_weights, seed, views)
            how = f", C by {FOLDS}-fold cross-validation"
        found = fit(standardised, targets, task.width, strength, class_weights, views)
    weight, bias = scaler.fold(found.weight, found.bias)
    ended = "converged in" if found.converged else "stopped, not converged, after"
    iterations = f"{found.iterations:,} iteration{'' if found.iterations == 1 else 's'}"
    note = f"{ended} {iterations}{how}"
    return SolvedHead(weight, bias, "logistic regression", {"C": strength}, note=note)


def _regression(features: Array, targets: Array, task: Task, scaler: Standard, views: int) -> SolvedHead:
    wanted, examples = task.for_loss(targets).astype(np.float64), len(features) // views
    plain = solved = ridge(features[:examples], wanted[:examples], scaler)
    if views > 1:
        # The sum of squares has so many times the terms.
        solved = ridge(features, wanted, scaler, (plain.alpha * views,))
    weight, bias = scaler.fold(solved.weight, solved.bias)
    figures = {}
    if examples > 1:
        scored = task.metrics(task.observe(plain.left_out, targets[:examples]))
        figures["ridge"] = {
            f"leave_one_out_{name}": scored[name]
            for name in ("mae", "rmse", "r2")
            if np.isfinite(scored[name])
        }
    note = "alpha by exact leave-one-out" + (" of the inputs as they are" if views > 1 else "")
    return SolvedHead(weight, bias, "ridge", {"alpha": solved.alpha}, reference_scores=figures, note=note)


def _said(settings: dict[str, float]) -> str:
    names = {"learning_rate": "learning rate", "weight_decay": "weight decay"}
    said = [f"{names.get(name, name)} = {value:g}" for name, value in settings.items()]
    return ", ".join(said)
