"""What low-rank adapters taught a model, apart from the weights that they were put on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zoo.core.protocols.engine import BackboneAdapter
from zoo.errors import ConfigError, IntegrityError
from zoo.utils.arrays import Array


def extract_adapters(adapter: BackboneAdapter) -> dict[str, Array]:
    """Return the tensors that the backbone's own weights do not have: adapters, head, and what no file
    filled.

    Args:
        adapter: between ``lora`` and ``merge``.

    Returns:
        Copies, by the names that the live module has them under.
    """
    weights = adapter.weights()
    return {name: weights[name] for name in _names(adapter)}


def load_adapters(adapter: BackboneAdapter, rank: int, tensors: Mapping[str, Array], path: Path) -> None:
    """Put on what :func:`extract_adapters` gave and fold it in: an ordinary model, all its stages trainable.

    Args:
        adapter: holds the weights that the adapters were trained on, and a head of the same task.
        rank: of the adapters.
        tensors: from the run at ``path``.

    Raises:
        ConfigError: the engine trains no adapters.
        MissingPlugin: peft is not installed.
        IntegrityError: a tensor has no place in the model, or a place of the model no tensor.
    """
    if not hasattr(adapter, "lora"):
        raise ConfigError("the engine of this run trains no low-rank adapters", path=path)
    adapter.lora(rank, seed=0)
    names = _names(adapter)
    missing, foreign = sorted(names - set(tensors)), sorted(set(tensors) - names)
    if missing or foreign:
        raise IntegrityError(
            "the run's adapters are those of another model",
            path=path,
            why=f"{len(missing)} missing {missing[:5]}, {len(foreign)} unexpected {foreign[:5]}",
            hint="restore the run, or fine-tune again",
        )
    adapter.set_weights({**adapter.weights(), **tensors})
    adapter.merge()
    adapter.freeze(0)


def _names(adapter: BackboneAdapter) -> set[str]:
    # Adapters, and parameters that no file filled, are all that is trainable of a wholly frozen backbone.
    buffers = {f"backbone.{name}" for name in adapter.backbone.loaded.fresh}
    return {
        one.name
        for one in adapter.tensors()
        if one.trainable or one.stage == "head" or (one.kind == "buffer" and one.name in buffers)
    }
