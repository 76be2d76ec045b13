"""Fitting the best linear head for a task on vectors that no longer change."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import numpy as np

from zoo.core.task import Task
from zoo.errors import ConfigError, DataError
from zoo.training.libraries import require_training_libraries
from zoo.training.linear_heads.solver import LinearHead, LinearSolver, Problem, Size, solver_of
from zoo.training.linear_heads.standardize import centred, require_finite, standard
from zoo.training.linear_heads.validate import require_fit
from zoo.utils.arrays import Array


def can_solve(task: Task, examples: int, width: int) -> bool:
    """Return whether the task has a solver that takes so many training inputs and vectors so wide."""
    solver = solver_of(task)
    if solver is None or examples < 1 or width < 1:
        return False
    return solver.can_solve(Size(examples, width, task.width))


def load_solver(task: Task) -> None:
    """Import what solving a head of ``task`` needs, so that the import is not counted as training."""
    require_training_libraries()
    if (solver := solver_of(task)) is not None:
        solver.load()


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
) -> LinearHead:
    """Solve the head of ``task`` on the vectors of a frozen backbone.

    The record of the task names the solver: logistic regression for classes and labels
    (:mod:`zoo.training.linear_heads.softmax`, :mod:`zoo.training.linear_heads.sigmoid`), ridge for numbers
    (:mod:`zoo.training.linear_heads.least_squares`). Classes and labels too large for that: a grid of heads
    trained by gradient (:mod:`zoo.training.linear_heads.grid`), one of them chosen
    (:mod:`zoo.training.linear_heads.select`).

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
    solver = solver_of(task)
    if solver is None:
        raise ConfigError(f"there is no solver for {task.kind}", hint="train the head by gradient")
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
    if class_weights is not None and "class_weights" not in task.settings:
        raise ConfigError(f"class weights have no meaning for {task.kind}", hint="leave class_weights out")
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
    with _threads(solver, Size(len(features), features.shape[1], task.width)):
        scaler = standard(features) if standardise else centred(features)
        problem = Problem(features, targets, task, scaler, class_weights, seed, held_out, views)
        head = solver.solve(problem)
        others, dropped = ({}, []) if alone else solver.reference_scores(problem)
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
    return replace(
        head,
        reference_scores={**head.reference_scores, **others},
        seconds=time.perf_counter() - begun,
        note=note,
    )


def _threads(solver: LinearSolver, size: Size) -> AbstractContextManager[object]:
    if not solver.single_thread(size):
        return nullcontext()
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(1)
    return limits


def _said(settings: dict[str, float]) -> str:
    names = {"learning_rate": "learning rate", "weight_decay": "weight decay"}
    said = [f"{names.get(name, name)} = {value:g}" for name, value in settings.items()]
    return ", ".join(said)
