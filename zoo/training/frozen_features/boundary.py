"""The boundary of the frozen part of a chain, and where the chain can be cut."""

from __future__ import annotations

from zoo.core.protocols.engine import BackboneAdapter
from zoo.core.task import Task


def boundary(adapter: BackboneAdapter, task: Task, frozen: int) -> int:
    """Return the last place before which nothing moves and at which the chain can be cut; 0: there is none.

    Args:
        adapter: frozen as it will be trained.
        task: says which features the head takes; only a chain that a source runs up to these can be cut.
        frozen: number of stages that are frozen.
    """
    if not hasattr(adapter, "cross"):
        return 0
    backbone = adapter.backbone
    number = {stage.name: i for i, stage in enumerate(backbone.stages)}
    fresh = {f"backbone.{name}" for name in backbone.loaded.fresh}
    # A tensor that no file filled is never held, nor is the module around it.
    moving = (
        number[fact.stage]
        for fact in adapter.tensors()
        if fact.stage in number and (fact.trainable or fact.name in fresh)
    )
    still = min(frozen, *moving, len(backbone.stages))
    if still == len(backbone.stages):
        return still
    if backbone.taps[task.requires].run is None:
        return 0
    # From the last one on: a source may have to try a boundary out to know whether it is a cut.
    return next((cut for cut in range(still, 0, -1) if cut in backbone.cuts), 0)
