"""What the moving average of the weights is, and that it leaves no trace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zoo.core.protocols.ema import ema_rate
from zoo.testing.prints import changed, prints
from zoo.testing.result import NotApplicable, demand, listed
from zoo.testing.steps import batch_of, plan_for, rates_for
from zoo.testing.subject import Subject
from zoo.utils.arrays import Array

DECAY = 0.3
"""From the second step on: what the formula says at the first one is smaller."""


def check_average_stands_in_for_the_weights(subject: Subject) -> None:
    """The average of the weights is that of the formula, frozen tensors have no part in it, and switching it
    off gives the live weights back bit for bit, as if it had never been on.
    """
    model = subject.open()
    adapter = model.adapter
    if not hasattr(adapter, "average"):
        raise NotApplicable("the engine keeps no average of weights")
    model.replace_head(subject.main.task)
    adapter.freeze(max(1, subject.stages // 2))
    adapter.begin(replace(plan_for(subject.main.task), ema=DECAY))
    facts = adapter.tensors()
    still = {fact.name for fact in facts if not fact.trainable and fact.kind == "parameter"}
    start = adapter.weights()
    wanted = {
        name: value.astype(np.float64)
        for name, value in start.items()
        if name not in still and np.issubdtype(value.dtype, np.floating)
    }
    for step in range(3):
        adapter.step(batch_of(subject.examples, subject.main, step), rates_for(adapter))
        live = adapter.weights()
        for name, value in wanted.items():
            value += ema_rate(step + 1, DECAY) * (live[name] - value)
    before = prints(live)
    adapter.average(True)
    shown = adapter.weights()
    moved = sorted(changed(before, prints(shown)) & still)
    demand(
        not moved, f"the average moved frozen tensors: {listed(moved)}", "keep it of what is trained alone"
    )
    apart = sorted(
        name
        for name, value in wanted.items()
        if not np.allclose(shown[name], value, rtol=1e-3, atol=1e-3 * _moved(live[name], start[name]) + 1e-7)
    )
    demand(
        not apart,
        f"what stands in for the weights is not their average: {listed(apart)}",
        "average <- average + zoo.core.protocols.ema.ema_rate(n, decay) x (weights - average), once a step",
    )
    adapter.average(False)
    traces = sorted(changed(before, prints(adapter.weights())))
    demand(
        not traces,
        f"after average(True) and average(False) the weights are others: {listed(traces)}",
        "put aside what the average replaces, and put the same bits back",
    )


def _moved(now: Array, start: Array) -> float:
    """Return the largest change of an entry."""
    return float(np.abs(now.astype(np.float64) - start).max(initial=0.0))
