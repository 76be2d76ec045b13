"""What a frozen network says of inputs, whatever its weights."""

from __future__ import annotations

import numpy as np

from zoo.api.baselines.time_limit import TimeBudget, limited
from zoo.api.model import Model
from zoo.datasets.batches import raw_batches
from zoo.datasets.dataset import Dataset
from zoo.utils.arrays import Array


def vectors(model: Model, data: Dataset, positions: Array, limit: TimeBudget | None = None) -> Array:
    """Features of the inputs at ``positions``, float32 (N, D).

    Raises:
        TooLong: it would take longer than ``limit`` allows.
    """
    form = model.adapter.backbone.input
    found = raw_batches(data.inputs, positions, form, batch_size=64, workers=0)
    return np.concatenate([model.adapter.embed(raw) for _, raw in limited(found, len(positions), limit)])
