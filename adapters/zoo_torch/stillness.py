"""Freezing that holds: frozen modules cannot be put into training mode, frozen tensors get no gradient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import nn

from zoo.errors import PluginError
from zoo.seams.backbone import Stage


class Still:
    """Mixed into the class of a frozen module: ``train()`` leaves it in evaluation mode.

    Running statistics, dropout and stochastic depth all hang on that mode, so nothing in the module moves,
    whoever calls ``train()`` on it or on a parent, now or later. ``isinstance`` and ``state_dict`` see the
    module as before.
    """

    def train(self, mode: bool = True) -> Any:
        """Stay in evaluation mode."""
        return super().train(False)  # type: ignore[misc]


_still_classes: dict[type[nn.Module], type[nn.Module]] = {}


def hold_still(module: nn.Module) -> None:
    """Keep ``module`` in evaluation mode until :func:`release`; its children are not touched."""
    kind = type(module)
    if not issubclass(kind, Still):
        if kind not in _still_classes:
            _still_classes[kind] = type(kind.__name__, (Still, kind), {"__module__": kind.__module__})
        module.__class__ = _still_classes[kind]
    module.training = False


def release(module: nn.Module) -> None:
    """Undo :func:`hold_still`."""
    kind = type(module)
    if issubclass(kind, Still):
        module.__class__ = kind.__mro__[2]


def assign(names: Iterable[str], stages: tuple[Stage, ...]) -> dict[str, int]:
    """The stage number of every tensor name: the longest member that is the name or a parent of it.

    Raises:
        PluginError: a tensor belongs to no stage, or two stages name the same member.
    """
    owner: dict[str, int] = {}
    for number, stage in enumerate(stages):
        for member in stage.members:
            if owner.setdefault(member, number) != number:
                raise PluginError(
                    f"stages {stages[owner[member]].name!r} and {stage.name!r} both claim {member!r}",
                    mend="this is a fault of the source plugin: each member belongs to one stage",
                )
    result: dict[str, int] = {}
    for name in names:
        parts = name.split(".")
        claims = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
        found = next((owner[claim] for claim in claims if claim in owner), owner.get(""))
        if found is None:
            raise PluginError(
                f"tensor {name!r} belongs to no stage of the chain",
                mend="this is a fault of the source plugin: its stages must cover the whole module",
            )
        result[name] = found
    return result
