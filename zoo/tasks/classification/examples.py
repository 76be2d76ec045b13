"""Cases for the conformance kit."""

from __future__ import annotations

from collections.abc import Iterator

from zoo.core.kit_cases import KitCase, MadeUpInputs
from zoo.tasks.classification.task import Classification

_CLASSES = ("dusk", "meadow", "sea", "snow", "town")


def cases() -> Iterator[KitCase]:
    """Yield two classes, which training checks use, and five, so that a head has a width of its own."""
    yield KitCase(Classification(classes=_CLASSES[:2]), _labels, main=True)
    yield KitCase(Classification(classes=_CLASSES), _labels)


def _labels(inputs: MadeUpInputs) -> list[str]:
    return [_CLASSES[group] for group in inputs.groups]
