"""Rows: what a task keeps of the examples that it observed, instead of a model's outputs.

A task turns each batch of outputs into a few small columns (:meth:`zoo.core.task.Task.observe`), and computes
metrics, intervals and differences from them alone. The columns are its own; here they are only joined and
chosen from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from zoo.utils.arrays import Array

Rows = Mapping[str, Array]
"""Columns by name. The leading axis of each counts the examples; a ragged column is an object array (N,)."""


def joined(parts: Sequence[Rows]) -> Rows:
    """Return the rows of several batches, one after the other.

    Args:
        parts: of one task, at least one.
    """
    first, *rest = parts
    return {name: np.concatenate([column, *(part[name] for part in rest)]) for name, column in first.items()}


def take(rows: Rows, index: Array) -> Rows:
    """Return the rows at ``index``, in this order.

    Args:
        rows: of one task.
        index: int64 positions, or bool (N,).
    """
    return {name: column[index] for name, column in rows.items()}


def count(rows: Rows) -> int:
    """Return the number of examples.

    Raises:
        ValueError: columns differ in their length, or there is none.
    """
    lengths = {name: len(column) for name, column in rows.items()}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"columns of one length are needed, not {lengths}")
    return next(iter(lengths.values()))


def ragged(rows: Sequence[Any]) -> Array:
    """Return arrays of several lengths as an object array (N,)."""
    found = np.empty(len(rows), dtype=object)
    for i, row in enumerate(rows):
        found[i] = row
    return found
