"""How many steps and evaluations a training takes: as asked, or as many as fit into a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from zoo.core.protocols.engine import BackboneAdapter, Batch, LearningRates, StepPlan
from zoo.datasets.dataset import Dataset
from zoo.errors import ConfigError
from zoo.training.config import EPOCHS, TrainConfig
from zoo.utils.arrays import Array
from zoo.utils.format import duration

TRIED = 3
"""Batches that are measured, after one that may compile."""
MARGIN = 0.9
"""Share of the time that is planned with; the rest is for what the measurement did not see."""
SHARE = 0.2
"""Of that time, what evaluations on the way may take."""
EVALUATIONS = 20
"""Evaluations of a run that was given steps or seconds, at most."""


def planned(config: TrainConfig, per_epoch: int) -> int:
    """Steps as asked for; a time budget has no part in them."""
    return config.steps or (config.epochs or EPOCHS) * per_epoch


def interval(steps: int, evaluations: int = EVALUATIONS) -> int:
    """Return the least number of steps between two evaluations, so that there are at most ``evaluations``."""
    return max(1, -(-steps // evaluations))


@dataclass(frozen=True)
class Evaluating:
    """What is evaluated in a training, in batches.

    Args:
        each: of one evaluation, on the validation split.
        final: of the figures at the end, on every held-out split.
        later: evaluations that end the phases after this one.
    """

    each: int
    final: int
    later: int = 0


def evaluating(dataset: Dataset, size: int, later: int) -> tuple[Evaluating, Array]:
    """Return what is evaluated in batches of ``size``, and positions of a batch to measure with."""
    held_out = [dataset.splits.get(name, np.zeros(0, np.int64)) for name in ("val", "test")]
    each, test = (-(-len(split) // size) for split in held_out)
    return Evaluating(each, each + test, later), held_out[0 if each else 1][:size]


@dataclass(frozen=True)
class Fit:
    """What fits into a time budget.

    Args:
        steps: of the optimizer.
        step: seconds of one.
        every: least number of steps between two evaluations.
        reserve: seconds that the last evaluation and the final figures take.
    """

    steps: int
    step: float
    every: int
    reserve: float


def steps_within_budget(
    adapter: BackboneAdapter,
    step: Callable[[Batch, LearningRates], float],
    plan: StepPlan,
    batches: Sequence[Batch],
    evaluate: Callable[[], object],
    evaluated: Evaluating,
    seconds: float,
    reading: float = 0.0,
) -> Fit:
    """Measure how many steps and evaluations fit into ``seconds``, the measurement included.

    The steps that are measured are real ones; afterwards weights and optimizer are as before, bit for bit.

    Args:
        adapter: after ``begin``.
        step: takes one, in smaller pieces where memory does not suffice.
        plan: that it was begun with.
        batches: to measure with; the first one may take longer, for what is compiled.
        evaluate: evaluates one batch.
        evaluated: how many such batches there are.
        seconds: that are left.
        reading: seconds to read a batch, which happens while the step before is computed.

    Raises:
        ConfigError: not one step fits.
    """
    if seconds <= 0:
        raise ConfigError(
            "not one step of training fits: the time is spent",
            why="what came before the training took it: the features of frozen stages, say",
            hint="give more time (train.budget), or begin again: what was computed is kept",
        )
    started, before = time.perf_counter(), adapter.weights()
    tiny, first = LearningRates(head=1e-12, backbone=1e-12), time.perf_counter()
    step(batches[0], tiny)
    begun = time.perf_counter()
    for batch in batches:
        step(batch, tiny)
    each = max((time.perf_counter() - begun) / len(batches), reading)
    # Of the first step: what is compiled, and is once more after ``begin``.
    again = max(0.0, begun - first - each)
    batch_seconds = _measured(evaluate) if evaluated.final else 0.0
    adapter.set_weights(before)
    adapter.begin(plan)
    evaluation, final = evaluated.each * batch_seconds, evaluated.final * batch_seconds
    left = MARGIN * (seconds - (time.perf_counter() - started) - again)
    evaluations = min(EVALUATIONS, max(1, int(SHARE * left / evaluation))) if evaluation else EVALUATIONS
    steps = int((left - (evaluations + evaluated.later) * evaluation - final) / each)
    if steps < 1:
        raise ConfigError(
            f"not one step of training fits into {duration(seconds)}",
            why=f"a step takes {each:.2g} s and an evaluation {evaluation:.2g} s",
            hint="give more time (train.budget), a smaller --batch-size, or --method probe",
        )
    return Fit(steps, each, interval(steps, evaluations), evaluation + final)


def _measured(evaluate: Callable[[], object]) -> float:
    evaluate()
    begun = time.perf_counter()
    evaluate()
    return time.perf_counter() - begun
