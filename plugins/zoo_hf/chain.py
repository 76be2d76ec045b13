"""The chain of stages of any model, by watching it run once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

import torch
from torch import nn

from zoo.plugin import Stage

BEFORE, AFTER = "embeddings", "final"


def stages_of(module: nn.Module, prepared: Any) -> tuple[Stage, ...]:
    """Return the chain of a module in the order in which one pass over ``prepared`` reaches its parts.

    The layers are the members of the outermost ``ModuleList``s, as far as they are called and made of parts
    (a list of plain embeddings or norms is none of layers). Tensors that are
    reached before the first layer are the stage ``embeddings``, those after the last one ``final``; what is
    reached between two layers belongs to the one before. A tensor is reached when its module is called, or,
    where it is used without that, the nearest module around it. A module without tensors that is called
    outside of those (a dropout) goes by its first call. Without layers the chain has one link.
    """
    order = _first_calls(module, prepared)
    tensors = list(module.state_dict())
    parents = {parent for name in tensors for parent in _parents(name)}
    layers = sorted((path for path in _layers(module, order) if path in parents), key=order.__getitem__)
    if not layers:
        return (Stage("backbone", ("",)),)

    def place_of(name: str) -> str:
        layer = next((path for path in _parents(name) if path in layers), "")
        reached = next((order[path] for path in _parents(name) if path in order), -1)
        begun = sum(order[path] < reached for path in layers)
        between = AFTER if begun == len(layers) else layers[begun - 1] if begun else BEFORE
        return layer or between

    members: dict[str, list[str]] = {place: [] for place in (BEFORE, *layers, AFTER)}
    for name in tensors:
        members[place_of(name)].append(name)
    _together(members, module)
    sizes = Counter(parent for name in tensors for parent in _parents(name))
    joined = {place: list(_joined(held, sizes)) for place, held in members.items() if held}
    claimed = {one for held in joined.values() for one in held}
    for path in sorted(order, key=len):
        # A dropout between the parts of a model is frozen with the stage that it follows.
        if path not in parents and claimed.isdisjoint(_parents(path)):
            claimed.add(path)
            until = list(members)[: list(members).index(place_of(path)) + 1]
            home = next((place for place in reversed(until) if place in joined), next(iter(joined)))
            joined[home].append(path)
    return tuple(Stage(place.removeprefix("model."), tuple(held)) for place, held in joined.items())


def _together(members: dict[str, list[str]], module: nn.Module) -> None:
    """Put a tensor with several names (tied embeddings) whole into the first of its stages."""
    state = module.state_dict(keep_vars=True)
    first: dict[int, str] = {}
    for place, held in members.items():
        for name in list(held):
            home = first.setdefault(id(state[name]), place)
            if home != place:
                held.remove(name)
                members[home].append(name)


def _joined(names: list[str], sizes: Counter[str]) -> tuple[str, ...]:
    """Return the same tensors named by the largest modules that hold no others: so that a dropout between
    them is theirs too. ``sizes`` is the number of tensors in every module."""
    held = Counter(parent for name in names for parent in _parents(name))
    return tuple(
        dict.fromkeys([one for one in _parents(name) if held[one] == sizes[one]][-1] for name in names)
    )


def _layers(module: nn.Module, called: Collection[str]) -> list[str]:
    """Paths of the called members of the outermost lists of modules."""
    found: list[str] = []
    for path, part in module.named_modules():
        if isinstance(part, nn.ModuleList) and len(part) > 1 and set(found).isdisjoint(_parents(path)):
            inner = {f"{path}.{name}": list(one.children()) for name, one in part.named_children()}
            found += [name for name, parts in inner.items() if parts and name in called]
    return found


def _first_calls(module: nn.Module, prepared: Any) -> dict[str, int]:
    """When each module is first called, counted from 0."""
    order: dict[str, int] = {}

    def note(path: str) -> Callable[..., None]:
        def hook(*_: object) -> None:
            order.setdefault(path, len(order))

        return hook

    handles = [part.register_forward_pre_hook(note(path)) for path, part in module.named_modules() if path]
    try:
        with torch.no_grad():
            module(prepared)
    finally:
        for handle in handles:
            handle.remove()
    return order


def _parents(name: str) -> list[str]:
    """Return the name itself and all above it, the nearest first."""
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
