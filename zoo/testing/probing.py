"""Which tensors that training left alone it should have moved."""

from __future__ import annotations

import numpy as np

from zoo.core.kit_cases import KitCase
from zoo.core.protocols.engine import BackboneAdapter, LearningRates
from zoo.testing.examples import Examples
from zoo.testing.steps import batch_of


def neglected(adapter: BackboneAdapter, examples: Examples, case: KitCase, names: list[str]) -> list[str]:
    """Return those of ``names`` on which the loss of a training step depends.

    Each is disturbed and the loss of the next step looked at, at rates of zero; then all is put back.
    """
    if not names:
        return []
    weights = adapter.weights()
    random = np.random.default_rng(0)

    def loss(disturbed: list[str]) -> float:
        other = dict(weights)
        for name in disturbed:
            value = weights[name]
            noise = (0.1 * value.std() + 0.01) * random.standard_normal(value.shape)
            other[name] = (value + noise).astype(value.dtype)
        adapter.set_weights(other)
        return adapter.step(batch_of(examples, case, 0), LearningRates(0.0, 0.0))

    rest = loss([])
    least = 1e-6 * max(1.0, abs(rest))
    try:
        # Most often none of them matters: asked together, that costs one step.
        together = abs(loss(names) - rest) > least
        return [name for name in names if abs(loss([name]) - rest) > least] if together else []
    finally:
        adapter.set_weights(weights)
