"""How many texts are too long for a model, said before it is trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from zoo.core.cards import AnyInput
from zoo.datasets.dataset import Dataset

MOST = 10_000
"""Texts that are looked at, evenly spread over the data."""


def lengths_checked(
    data: Dataset, form: AnyInput, prepare: Callable[[Any], Any]
) -> tuple[Dataset, tuple[str, ...]]:
    """Tokenize the texts of all splits, at most :data:`MOST`, and return what the source says about them.

    Args:
        data: a copy of it comes back, with the warnings.
        form: of the model's input.
        prepare: of the model's backbone; without ``length`` and ``notes`` nothing is known.

    Returns:
        The data, and the warnings: how many texts are cut off, say.
    """
    length, notes = getattr(prepare, "length", None), getattr(prepare, "notes", None)
    if data.inputs.modality != "text" or length is None or notes is None:
        return data, ()
    rows = np.sort(np.concatenate([*data.splits.values()]))
    sample = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST)).astype(np.int64))]
    for row in sample.tolist():
        length(data.inputs.read(row, form))
    found = tuple(notes())
    if len(sample) < len(rows):
        found = tuple(f"of {len(sample):,} texts looked at: {note}" for note in found)
    return replace(data, warnings=(*data.warnings, *found)), found
