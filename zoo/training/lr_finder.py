"""A learning rate from a short sweep: ``train.lr = "auto"``.

The range test of Smith (arXiv:1506.01186): the rate rises exponentially from step to step, on the real
batches, and the loss is looked at. Taken is the rate at which half of its fall is done: the middle of the
slope, where fastai's rule ``steep`` (arXiv:2002.04688) looks for the steepest place. Batches of unequal loss
make up steep places at any rate; what is done of the whole fall they hardly touch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace

import numpy as np

from zoo.core.protocols.engine import BackboneAdapter, Batch, LearningRates, StepPlan
from zoo.errors import NonFiniteError
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
"""Share of the first losses by which it must have fallen somewhere, or nothing was found."""
FIRST = 10
"""Losses whose mean is that of the beginning. Their rates are too small to change anything."""


def search(
    adapter: BackboneAdapter,
    step: Callable[[Batch, LearningRates], float],
    plan: StepPlan,
    batches: Generator[Batch],
    config: TrainConfig,
) -> tuple[float, str]:
    """Return the factor for the default rates of a phase, and the result in one line.

    Args:
        adapter, step, plan, batches: as in :func:`sweep`; the batches are closed.
        config: of the phase, with its default rates.
    """
    assert isinstance(config.lr, float)
    assert config.backbone_lr is not None
    rates, losses = sweep(adapter, step, plan, batches, config.backbone_lr / config.lr)
    batches.close()
    found = halfway(rates, losses)
    if found is None:
        return 1.0, f"{config.lr:g}, the default: in a sweep of {len(losses)} steps the loss fell nowhere"
    return found / config.lr, f"{found:g}: there half of its fall was done in a sweep of {len(losses)} steps"


def sweep(
    adapter: BackboneAdapter,
    step: Callable[[Batch, LearningRates], float],
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
            losses.append(step(batch, LearningRates(head=rate, backbone=rate * ratio)))
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


def halfway(rates: Sequence[float], losses: Sequence[float]) -> float | None:
    """Return the rate at which the smoothed loss has done half of its fall, two digits; None: it falls
    nowhere.

    The last such place before the lowest one. A fall that is no larger than what losses of batches differ by
    in the beginning is none.
    """
    if len(losses) < 2 * FIRST:
        return None
    curve, first = smoothed(losses), float(np.mean(losses[:FIRST]))
    bottom = FIRST + int(curve[FIRST:].argmin())
    fall = first - float(curve[bottom])
    noise = float(np.std(np.diff(losses[: 2 * FIRST]))) / math.sqrt(2)
    if fall < max(LEAST_FALL * abs(first), noise):
        return None
    above = np.flatnonzero(curve[:bottom] > first - fall / 2)
    return float(f"{rates[int(above[-1]) if len(above) else bottom]:.2g}")


def smoothed(losses: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Exponential means of the losses up to each, without the bias of a beginning at zero."""
    mean, found = 0.0, []
    for number, loss in enumerate(losses, start=1):
        mean = MEMORY * mean + (1 - MEMORY) * loss
        found.append(mean / (1 - MEMORY**number))
    return np.array(found)


def scaled(phases: Sequence[Phase], factor: float) -> list[Phase]:
    """Return the phases with all their rates multiplied, to three digits."""

    def of(config: TrainConfig) -> TrainConfig:
        assert isinstance(config.lr, float)
        assert config.backbone_lr is not None
        lr, backbone = (float(f"{rate * factor:.3g}") for rate in (config.lr, config.backbone_lr))
        return config.model_copy(update={"lr": lr, "backbone_lr": backbone})

    return [replace(phase, config=of(phase.config)) for phase in phases]
