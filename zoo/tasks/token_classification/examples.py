"""Cases for the conformance kit."""

from __future__ import annotations

from collections.abc import Iterator

from zoo.core.kit_cases import KitCase, MadeUpInputs
from zoo.tasks.token_classification.task import TokenClassification

_TAGS = ("B-X", "I-X", "O")


def cases() -> Iterator[KitCase]:
    """Yield three tags, by the length of a word."""
    yield KitCase(TokenClassification(tags=_TAGS), _labels)


def _labels(inputs: MadeUpInputs) -> list[list[str]]:
    return [[_TAGS[len(word) % len(_TAGS)] for word in words] for words in inputs.words]
