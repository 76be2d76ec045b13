"""The chain of stages: which stage owns a tensor or a module, by dotted names alone."""

from __future__ import annotations

from collections.abc import Iterable

from zoo.core.protocols.backbone import Stage
from zoo.errors import PluginError


def owners_of(names: Iterable[str], stages: tuple[Stage, ...]) -> dict[str, int]:
    """Return the stage number of every tensor name: the longest member that is the name or a parent of it.

    Raises:
        PluginError: a tensor belongs to no stage, or two stages name the same member.
    """
    owner: dict[str, int] = {}
    for number, stage in enumerate(stages):
        for member in stage.members:
            if owner.setdefault(member, number) != number:
                raise PluginError(
                    f"stages {stages[owner[member]].name!r} and {stage.name!r} both claim {member!r}",
                    hint="this is a fault of the source plugin: each member belongs to one stage",
                )
    result: dict[str, int] = {}
    for name in names:
        parts = name.split(".")
        claims = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
        found = next((owner[claim] for claim in claims if claim in owner), owner.get(""))
        if found is None:
            raise PluginError(
                f"tensor {name!r} belongs to no stage of the chain",
                hint="this is a fault of the source plugin: its stages must cover the whole module",
            )
        result[name] = found
    return result


def require_known_tensors(fresh: Iterable[str], names: Iterable[str]) -> None:
    """Refuse a load report that calls tensors fresh which the module does not have.

    Raises:
        PluginError: it does.
    """
    strange = sorted(set(fresh) - set(names))
    if strange:
        raise PluginError(
            f"{strange[0]!r} is said not to be loaded, but the module has no such tensor",
            hint="this is a fault of the source plugin: LoadReport.fresh holds names of the module",
        )


class StageOwner:
    """Which modules are completely frozen when the first ``count`` stages are frozen.

    A module that holds a tensor which stays free (a later stage's, or one that no file filled) is not held,
    nor is any module around it. A module without tensors (a dropout, say) goes with its nearest named parent.

    Args:
        stage_of: stage number of every tensor, from :func:`owners_of`.
        stages: the chain.
        fresh: tensors that no file filled.
        count: number of stages to hold.
    """

    def __init__(self, stage_of: dict[str, int], stages: tuple[Stage, ...], fresh: Iterable[str], count: int):
        loose = set(fresh)
        self.count = count
        self.tensors = {name for name, stage in stage_of.items() if stage < count and name not in loose}
        self._owner = {member: i for i, stage in enumerate(stages) for member in stage.members}
        self._last = len(stages) - 1
        self._above_any = ancestors(stage_of)
        self._above_moving = ancestors(set(stage_of) - self.tensors)

    def whole(self, path: str) -> bool:
        """Return whether the module at ``path`` (the root: an empty text) is completely frozen."""
        if not self.count:
            return False
        if path in self._above_any:
            return path not in self._above_moving
        return self._stage_of_module(path) < self.count

    def _stage_of_module(self, path: str) -> int:
        while path:
            if path in self._owner:
                return self._owner[path]
            path = path.rpartition(".")[0]
        return self._owner.get("", self._last)


def ancestors(names: Iterable[str]) -> set[str]:
    """Return the names themselves and every module above them, the root (an empty text) included."""
    found: set[str] = set()
    for name in names:
        path = name
        while path not in found:
            found.add(path)
            path = path.rpartition(".")[0]
    return found
