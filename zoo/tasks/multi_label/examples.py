"""Cases for the conformance kit."""

from __future__ import annotations

from collections.abc import Iterator

from zoo.core.kit_cases import KitCase, MadeUpInputs
from zoo.tasks.multi_label.task import MultiLabel

_LABELS = ("red", "striped", "bright")


def cases() -> Iterator[KitCase]:
    """Yield three labels, of which inputs have none to all."""
    yield KitCase(MultiLabel(labels=_LABELS), _labels)


def _labels(inputs: MadeUpInputs) -> list[tuple[str, ...]]:
    return [_LABELS[: i % (len(_LABELS) + 1)] for i in range(len(inputs.groups))]
