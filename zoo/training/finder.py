"""A learning rate from a short sweep: ``train.lr = "auto"``.

The range test of Smith (arXiv:1506.01186): the rate rises exponentially from step to step, on the real
batches, and the loss is looked at. Taken is the rate at which the loss falls most steeply, the rule that
fastai's finder (arXiv:2002.04688) calls ``steep``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace

import numpy as np

from zoo.errors import NonFiniteError
from zoo.seams.adapter import BackboneAdapter, Batch, Rates, StepPlan
from zoo.training.config import TrainConfig
from zoo.training.phases import Phase

STEPS = 100
"""Of a sweep, at most."""
RANGE = {"adamw": (1e-6, 1.0), "sgd": (1e-5, 10.0)}
"""Rates of the head at its beginning and end."""
MEMORY = 0.9
"""Of the exponential mean by which losses of single batches are smoothed."""
BROKEN = 4.0
"""A smoothed loss so many times the lowest one ends the sweep."""
LEAST_FALL = 0.05
"""Share of the first loss by which it must have fallen somewhere, or nothing was found."""


def search(
    adapter: BackboneAdapter,
    step: Callable[[Batch, Rates], float],
    plan: StepPlan,
    batches: Generator[Batch],
    config: TrainConfig,
) -> tuple[float, str]:
    """By what the default rates of a phase are to be multiplied, and what was found, in one line.

    Args:
        adapter, step, plan, batches: as in :func:`sweep`; the batches are closed.
        config: of the phase, with its default rates.
    """
    assert isinstance(config.lr, float)
    assert config.backbone_lr is not None
    rates, losses = sweep(adapter, step, plan, batches, config.backbone_lr / config.lr)
    batches.close()
    found = steepest(rates, losses)
    if found is None:
        return 1.0, f"{config.lr:g}, the default: in a sweep of {len(losses)} steps the loss fell nowhere"
    return found / config.lr, f"{found:g}: there the loss fell most steeply in a sweep of {len(losses)} steps"


def sweep(
    adapter: BackboneAdapter,
    step: Callable[[Batch, Rates], float],
    plan: StepPlan,
    batches: Iterable[Batch],
    ratio: float,
) -> tuple[list[float], list[float]]:
    """Rates of the head, and the loss that followed each; the model is afterwards as before, bit for bit.

    Args:
        adapter: right after ``begin``, no step made.
        step: takes one, in smaller pieces where memory does not suffice.
        plan: that it was begun with.
        batches: as many as there are; :data:`STEPS` and one are taken at most.
        ratio: of the backbone's rate to the head's.
    """
    before = adapter.weights()
    low, high = RANGE[plan.optimizer]
    rates: list[float] = []
    losses: list[float] = []
    lowest = math.inf
    try:
        for number, batch in zip(range(STEPS + 1), batches, strict=False):
            rate = low * (high / low) ** (min(number, STEPS - 1) / (STEPS - 1))
            losses.append(step(batch, Rates(head=rate, backbone=rate * ratio)))
            rates.append(rate)
            now = smoothed(losses)[-1]
            lowest = min(lowest, now)
            if now > BROKEN * lowest:
                break
    except NonFiniteError:
        pass
    finally:
        adapter.set_weights(before)
        adapter.begin(plan)
    # A loss is that before its own step, so it tells of the rate of the step before.
    return rates[: len(losses) - 1], losses[1:]


def steepest(rates: Sequence[float], losses: Sequence[float]) -> float | None:
    """The rate at which the smoothed loss falls most steeply, two digits; None: it falls nowhere."""
    if len(losses) < 3:
        return None
    curve = smoothed(losses)
    bottom = int(curve.argmin())
    if curve[0] - curve[bottom] < LEAST_FALL * abs(curve[0]) or not bottom:
        return None
    # The rates grow by one factor from step to step, so a slope by number is one by their logarithm.
    slopes = np.gradient(curve)[: bottom + 1]
    return float(f"{rates[int(slopes.argmin())]:.2g}")


def smoothed(losses: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Exponential means of the losses up to each, without the bias of a beginning at zero."""
    mean, found = 0.0, []
    for number, loss in enumerate(losses, start=1):
        mean = MEMORY * mean + (1 - MEMORY) * loss
        found.append(mean / (1 - MEMORY**number))
    return np.array(found)


def scaled(phases: Sequence[Phase], factor: float) -> list[Phase]:
    """The phases with all their rates multiplied, to three digits."""

    def of(config: TrainConfig) -> TrainConfig:
        assert isinstance(config.lr, float)
        assert config.backbone_lr is not None
        lr, backbone = (float(f"{rate * factor:.3g}") for rate in (config.lr, config.backbone_lr))
        return config.model_copy(update={"lr": lr, "backbone_lr": backbone})

    return [replace(phase, config=of(phase.config)) for phase in phases]
