"""Baselines of classification."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from zoo.core.baselines import Answer, Baseline, BaselineCase


def baselines(case: BaselineCase) -> Iterator[Baseline]:
    """Yield the majority class."""
    yield Baseline("majority", "majority class", _majority, blind=True)


def _majority(case: BaselineCase) -> Answer:
    """Return the most frequent class of the training examples, the first one of equals."""
    names = case.task.names
    counts = np.bincount(case.targets(case.every), minlength=len(names))
    outputs = np.log(counts + 1.0) - np.log(counts.sum() + len(names))
    words = f"majority class, {names[int(counts.argmax())]}"
    return Answer(case.observe_constant(outputs.astype(np.float32)), len(case.every), words)
