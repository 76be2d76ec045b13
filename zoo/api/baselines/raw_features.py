"""Inputs as plain numbers: features that know nothing but the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.api.baselines.bag_of_words import learned, pieces
from zoo.api.baselines.linear_probe import FeatureExtractor
from zoo.api.baselines.pixels import pixels, small
from zoo.api.baselines.spectrum import spectrum
from zoo.api.baselines.time_limit import TimeBudget, limited
from zoo.core.cards import AnyInput, AudioInput, ImageInput, TextInput
from zoo.datasets.batches import raw_batches
from zoo.datasets.dataset import Dataset
from zoo.utils.arrays import Array


def raw_features(data: Dataset, form: AnyInput) -> FeatureExtractor:
    """Return the raw features of such inputs: pixels, TF-IDF of words, or the spectrum of a sound."""
    read: Any = pixels
    name, learn, standardise = "raw pixels", None, True
    if isinstance(form, TextInput):
        # Weights of words are as they should be.
        name, read, learn, standardise = "TF-IDF of words and pairs of words", pieces, learned, False
    elif isinstance(form, AudioInput):
        rate = form.rate
        name = "the spectrum"

        def read(wave: Array) -> Array:
            return spectrum(wave, rate)

    asked = small(form) if isinstance(form, ImageInput) else form

    def rows(positions: Array, limit: TimeBudget | None) -> Any:
        found = raw_batches(data.inputs, positions, asked, batch_size=64, workers=0)
        every = [read(one) for _, raw in limited(found, len(positions), limit) for one in raw]
        return every if learn is not None else np.stack(every)

    return FeatureExtractor(name, rows, learn, standardise)
