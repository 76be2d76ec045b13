"""Labels that a task has read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zoo.errors import DataError


@dataclass(frozen=True)
class Labels:
    """Labels as one task reads them.

    Args:
        kind: name of the task.
        names: classes, labels or targets that occur, in order.
        values: one label for each input, in the form that the task encodes: a class name, a tuple of label
            names, a tuple of floats, say.
        note: what was inferred, for people, and the option that overrides it; empty where nothing was.
    """

    kind: str
    names: tuple[str, ...]
    values: tuple[Any, ...]
    note: str = ""


def unfit(kind: str, why: str) -> DataError:
    """Return the error about labels that a task which was asked for cannot read."""
    return DataError(
        f"the labels do not fit task {kind}", why=why, hint="leave the task out to have it inferred"
    )
