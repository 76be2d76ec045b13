"""Freezing that holds: frozen modules cannot be put into training mode, frozen tensors get no gradient."""

from __future__ import annotations

from collections.abc import Iterable, Set
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


class Freezer:
    """Knows which stage owns every tensor and module of a backbone, and holds stages still.

    Args:
        module: the backbone.
        stages: its chain.
        fresh: names of tensors that no file filled; they and the modules around them are never held.

    Raises:
        PluginError: the chain does not cover the module's tensors exactly once, or ``fresh`` names others.
    """

    def __init__(self, module: nn.Module, stages: tuple[Stage, ...], fresh: Set[str]):
        self._module = module
        self._fresh = fresh
        self._owner = {member: i for i, stage in enumerate(stages) for member in stage.members}
        self._last = len(stages) - 1
        self.stage_of = assign(module.state_dict(), stages)
        if strange := sorted(fresh - self.stage_of.keys()):
            raise PluginError(
                f"{strange[0]!r} is said not to be loaded, but the module has no such tensor",
                mend="this is a fault of the source plugin: LoadReport.fresh holds names of the module",
            )

    def hold(self, count: int) -> set[str]:
        """Hold the first ``count`` stages still and release the others; the names of the tensors held."""
        held = {name for name, stage in self.stage_of.items() if stage < count and name not in self._fresh}
        for name, parameter in self._module.named_parameters(remove_duplicate=False):
            parameter.requires_grad_(name not in held)
            if name in held:
                parameter.grad = None
        above_any, above_moving = _ancestors(self.stage_of), _ancestors(set(self.stage_of) - held)
        for path, module in self._module.named_modules(remove_duplicate=False):
            whole = path not in above_moving if path in above_any else self._stage_of_module(path) < count
            hold_still(module) if whole and count else release(module)
        return held

    def _stage_of_module(self, path: str) -> int:
        """Stage of a module without tensors (a dropout, say): that of its nearest named parent."""
        while path:
            if path in self._owner:
                return self._owner[path]
            path = path.rpartition(".")[0]
        return self._owner.get("", self._last)


def _ancestors(names: Iterable[str]) -> set[str]:
    """The names themselves and every module above them, the root (an empty text) included."""
    found: set[str] = set()
    for name in names:
        path = name
        while path not in found:
            found.add(path)
            path = path.rpartition(".")[0]
    return found
