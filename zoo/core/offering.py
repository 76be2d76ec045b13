"""Whether a model gives the kind of features that a task needs."""

from __future__ import annotations

from collections.abc import Iterable

from zoo.core.cards import FeatureKind
from zoo.core.task import Task
from zoo.errors import ConfigError

_WORDS: dict[FeatureKind, str] = {
    "vector": "one vector per input",
    "map": "a map of vectors per input",
    "tokens": "states per token",
}


def require_offers(model: str, kinds: Iterable[FeatureKind], task: Task) -> None:
    """Refuse a task that the model's features cannot serve.

    Args:
        model: its id.
        kinds: of features that it gives.
        task: what is wanted.

    Raises:
        ConfigError: it does not; names what it gives and what to look for.
    """
    given = list(kinds)
    if task.requires not in given:
        raise ConfigError(
            f"{model} offers {' and '.join(_WORDS[kind] for kind in given)}; "
            f"{task.kind.replace('-', ' ')} needs {_WORDS[task.requires]}",
            hint=f"choose another model: zoo list --task {task.kind}",
        )
