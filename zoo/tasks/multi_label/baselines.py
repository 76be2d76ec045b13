"""Baselines of multi-label classification."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from zoo.core.baselines import Answer, Baseline, BaselineCase
from zoo.utils.arrays import Array
from zoo.utils.format import plural


def baselines(case: BaselineCase) -> Iterator[Baseline]:
    """Yield the most frequent labels."""
    yield Baseline("majority", "most frequent labels", _majority, blind=True)


def _majority(case: BaselineCase) -> Answer:
    """Return the most frequent labels that together have the highest F1 on the training examples."""
    chosen = _labels(case.targets(case.every))
    words = f"the {int(chosen.sum())} most frequent of {plural(len(chosen), 'label')}"
    outputs = np.where(chosen, 1.0, -1.0).astype(np.float32)
    return Answer(case.observe_constant(outputs), len(case.every), words)


def _labels(targets: Array) -> Array:
    """bool (L,): of k labels always predicted, F1 is 2 right / (N k + real)."""
    counts = (targets > 0.5).sum(0)
    order = np.argsort(-counts, kind="stable")
    sizes = np.arange(1, len(counts) + 1)
    scores = 2 * np.cumsum(counts[order]) / (len(targets) * sizes + max(counts.sum(), 1))
    chosen = np.zeros(len(counts), bool)
    chosen[order[: int(scores.argmax()) + 1]] = True
    return chosen
