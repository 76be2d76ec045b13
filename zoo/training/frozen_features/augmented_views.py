"""Views of training images: the image itself, and augmented ones that each have a seed of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.core.protocols.engine import BackboneAdapter, Batch, LearningRates, StepPlan
from zoo.datasets.inputs.protocol import Inputs
from zoo.errors import ConfigError
from zoo.utils.arrays import Array


class Views:
    """Draw the views that a cache would hold, where there is none.

    Args:
        adapter: whose engine draws.
        inputs: of the data set.
        plan: says how views are augmented.

    Raises:
        ConfigError: the engine draws no views.
    """

    def __init__(self, adapter: BackboneAdapter, inputs: Inputs, plan: StepPlan):
        if not hasattr(adapter, "views"):
            raise ConfigError("the engine draws no views of images", hint="leave train.views out")
        self._adapter, self._inputs, self._plan = adapter, inputs, plan
        self._known: dict[int, bytes] = {}

    def draw(self, raw: Array, positions: Array, view: int) -> Array:
        """Return a view, uint8 (B, H, W, C), of the images at ``positions``; view 0 is ``raw`` itself."""
        if not view:
            return raw
        digests = np.frombuffer(b"".join(map(self._digest, positions)), np.uint8).reshape(-1, 32)
        return self._adapter.views(raw, self._plan, seeds_of(view_keys(digests, view, self._plan)))

    def drawing(
        self, step: Callable[[Batch, LearningRates], float]
    ) -> Callable[[Batch, LearningRates], float]:
        """Return ``step`` with the time that drawing a view takes, as in all epochs but those of view 0."""

        def drawn(batch: Batch, rates: LearningRates) -> float:
            self.draw(np.asarray(batch.inputs), batch.index, 1)
            return step(batch, rates)

        return drawn

    def _digest(self, position: Any) -> bytes:
        place = int(position)
        if place not in self._known:
            self._known[place] = bytes.fromhex(self._inputs.digest(place))
        return self._known[place]


def view_keys(digests: Array, view: int, plan: StepPlan) -> Array:
    """Return what names a view of each input, uint8 (N, 32): its content, and how the view is drawn.

    Args:
        digests: uint8 (N, 32), of the contents.
        view: its number; 0 is the input itself, named by its content alone.
        plan: says how views are augmented.
    """
    if not view:
        return digests
    drawn = f"view {view} of {plan.augment} {plan.flip} {plan.seed}".encode()
    keys = [hashlib.sha256(one.tobytes() + drawn).digest() for one in digests]
    return np.frombuffer(b"".join(keys), np.uint8).reshape(-1, 32)


def seeds_of(keys: Array) -> Array:
    """Return int64 (N,), not negative, from the names of views."""
    return np.ascontiguousarray(keys[:, :8]).view(np.int64).reshape(-1) & np.int64(2**63 - 1)
