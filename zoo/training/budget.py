"""How many steps a training takes: as asked, or as many as fit into a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from zoo.errors import ConfigError
from zoo.seams.adapter import BackboneAdapter, Batch, Rates, StepPlan
from zoo.training.config import EPOCHS, TrainConfig

TRIED = 3
"""Batches that are measured, after one that may compile."""
MARGIN = 0.9
"""Share of the time that is planned with; the rest is for what the measurement did not see."""
EVALUATIONS = 20
"""Evaluations of a run that was given steps or seconds, at most."""


def planned(config: TrainConfig, per_epoch: int) -> int:
    """Steps as asked for; with a time budget the most that ``measured`` may give."""
    return config.steps or (config.epochs or EPOCHS) * per_epoch


def fitting(
    adapter: BackboneAdapter,
    step: Callable[[Batch, Rates], float],
    plan: StepPlan,
    batches: Sequence[Batch],
    evaluate: Callable[[], int],
    seconds: float,
) -> tuple[int, float]:
    """How many steps fit into ``seconds``, and how long one takes.

    The steps that are measured are real ones; afterwards weights and optimizer are as before, bit for bit.

    Args:
        adapter: after ``begin``.
        step: takes one, in smaller pieces where memory does not suffice.
        plan: that it was begun with.
        batches: to measure with; the first one may take longer, for what is compiled.
        evaluate: evaluates a batch; returns how many such batches an evaluation has.
        seconds: that are left.

    Raises:
        ConfigError: not one step fits.
    """
    if seconds <= 0:
        raise ConfigError(
            "not one step of training fits: the time is spent",
            why="what frozen layers say about the data took it",
            mend="give more time (train.budget), or begin again: what was computed is kept",
        )
    before = adapter.weights()
    tiny = Rates(head=1e-12, backbone=1e-12)
    step(batches[0], tiny)
    begun = time.perf_counter()
    for batch in batches:
        step(batch, tiny)
    each = (time.perf_counter() - begun) / len(batches)
    count = evaluate()
    begun = time.perf_counter()
    evaluate()
    evaluation = (time.perf_counter() - begun) * count
    adapter.set_weights(before)
    adapter.begin(plan)
    # The validation split is gone through at most so often, and once more at the end.
    left = MARGIN * seconds
    evaluations = min(EVALUATIONS, max(1, int(0.2 * left / evaluation))) if evaluation else 0
    steps = int((left - (evaluations + 1) * evaluation) / each)
    if steps < 1:
        raise ConfigError(
            f"not one step of training fits into {seconds:.0f} s",
            why=f"a step takes {each:.2g} s and an evaluation {evaluation:.2g} s",
            mend="give more time (train.budget), a smaller --batch-size, or --method probe",
        )
    return steps, each
