"""Cases for the conformance kit."""

from __future__ import annotations

from collections.abc import Iterator

from zoo.core.kit_cases import KitCase, MadeUpInputs
from zoo.tasks.regression.task import Regression


def cases() -> Iterator[KitCase]:
    """Yield one target: a head of one output is the case that loses an axis."""
    yield KitCase(Regression(targets=("brightness",)), _labels, cancels=False)


def _labels(inputs: MadeUpInputs) -> list[list[float]]:
    return [[value] for value in inputs.values]
