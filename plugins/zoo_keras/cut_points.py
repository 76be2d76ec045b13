"""Joints of a functional graph: the places where a single tensor carries all that was computed before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras


@dataclass(frozen=True)
class Segment:
    """The operations between two joints, in the order in which they run."""

    operations: tuple[Any, ...]
    end: Any
    """The KerasTensor at the joint behind them."""


def segments(module: Any) -> tuple[Segment, ...]:
    """The whole graph of a functional model with one input and one output, cut at every joint."""
    operations = module.operations
    last_use: dict[int, int] = {id(tensor): len(operations) for tensor in module.outputs}
    for position, operation in enumerate(operations):
        if not isinstance(operation, keras.layers.InputLayer):
            for tensor in keras.tree.flatten(operation.input):
                last_use[id(tensor)] = max(position, last_use.get(id(tensor), 0))
    found: list[Segment] = []
    alive: dict[int, Any] = {}
    begun = 0
    for position, operation in enumerate(operations):
        for tensor in keras.tree.flatten(operation.output):
            alive[id(tensor)] = tensor
        alive = {key: tensor for key, tensor in alive.items() if last_use.get(key, -1) > position}
        if len(alive) == 1:
            found.append(Segment(tuple(operations[begun : position + 1]), next(iter(alive.values()))))
            begun = position + 1
    return tuple(found)
