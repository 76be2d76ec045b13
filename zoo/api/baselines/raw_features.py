"""Inputs as plain numbers: the control that knows nothing but the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.api.baselines.bag_of_words import learned, pieces
from zoo.api.baselines.pixels import pixels, small
from zoo.api.baselines.spectrum import spectrum
from zoo.api.baselines.time_limit import TimeBudget, limited
from zoo.core.cards import AnyInput, AudioInput, ImageInput, TextInput
from zoo.datasets.batches import raw_batches
from zoo.datasets.dataset import Dataset
from zoo.utils.arrays import Array


@dataclass(frozen=True)
class RawFeatureBaseline:
    """How inputs of one kind become numbers.

    Args:
        name: of the numbers, for people.
        read: one raw input to its row: numbers, or counted pieces of a text.
        learn: training rows to what makes vectors, float32 (N, D), of rows.
        standardise: whether a head standardises the vectors; weights of words are as they should be.
    """

    name: str
    read: Callable[[Any], Any]
    learn: Callable[[Any], Callable[[Any], Array]]
    standardise: bool = True

    def rows(
        self, data: Dataset, positions: Array, form: AnyInput, limit: TimeBudget | None = None
    ) -> list[Any]:
        """Rows of the inputs at ``positions``.

        Raises:
            TooLong: it would take longer than ``limit`` allows.
        """
        if isinstance(form, ImageInput):
            form = small(form)
        found = raw_batches(data.inputs, positions, form, batch_size=64, workers=0)
        return [self.read(one) for _, raw in limited(found, len(positions), limit) for one in raw]


def plain(form: AnyInput) -> RawFeatureBaseline:
    """The control for such inputs."""
    if isinstance(form, TextInput):
        return RawFeatureBaseline("TF-IDF of words and pairs of words", pieces, learned, standardise=False)
    if isinstance(form, AudioInput):
        rate = form.rate
        return RawFeatureBaseline("the spectrum", lambda wave: spectrum(wave, rate), _as_they_are)
    return RawFeatureBaseline("the pixels", pixels, _as_they_are)


def _as_they_are(train: Any) -> Callable[[Any], Array]:
    return lambda rows: np.stack(rows)
