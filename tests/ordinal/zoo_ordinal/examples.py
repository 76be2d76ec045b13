"""Cases for the conformance kit."""

from __future__ import annotations

from collections.abc import Iterator

from zoo.plugin import tasks
from zoo_ordinal.task import Ordinal

_LEVELS = ("low", "middle", "high", "top")


def cases() -> Iterator[tasks.KitCase]:
    """Yield four levels, so that a head has fewer outputs than names."""
    yield tasks.KitCase(Ordinal(levels=_LEVELS), _labels, cancels=False)


def _labels(inputs: tasks.MadeUpInputs) -> list[str]:
    return [_LEVELS[min(3, int(4 * value))] for value in inputs.values]
