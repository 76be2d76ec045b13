"""The tasks of the kit: cases of every registered task that a model serves."""

from __future__ import annotations

from functools import cache

from zoo.core.cards import modality_of
from zoo.core.kit_cases import KitCase
from zoo.core.protocols.backbone import Backbone
from zoo.errors import ConfigError, MissingPlugin
from zoo.testing.result import demand


def served_cases(backbone: Backbone, framework: str) -> tuple[KitCase, ...]:
    """Return the cases of the tasks whose features the backbone gives and for which its engine has a head.

    Args:
        backbone: of the model under test.
        framework: of its engine.

    Raises:
        AssertionError: the engine has no head for any of the tasks whose features the backbone gives.
    """
    from zoo.plugins.manager import manager
    from zoo.plugins.tasks import native_head

    modality = modality_of(backbone.input)
    found: list[KitCase] = []
    headless: list[str] = []
    for name, record in manager().tasks().items():
        fits = record.features in backbone.taps and modality in (record.modalities or (modality,))
        if not record.examples or not fits:
            continue
        try:
            native_head(name, framework)
            found += _cases(name)
        except (ConfigError, MissingPlugin):
            headless.append(name)
    demand(
        bool(found) or not headless,
        f"the engine of {framework} has a head for none of the tasks that the features serve: "
        + ", ".join(headless),
        "name the engine's heads in its record: Engine(heads={...})",
    )
    return tuple(found)


@cache
def _cases(name: str) -> tuple[KitCase, ...]:
    from zoo.plugins.tasks import task_part

    return tuple(task_part(name, "examples")())
