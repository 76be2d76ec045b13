"""A timm model as a chain of stages: stem, then the network's stages or blocks, then what follows them.

timm registers modules in the order in which they run, so the chain follows the module tree. The few
exceptions are listed in :mod:`zoo_timm.families.order`.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from zoo.plugin import Stage
from zoo_timm.families import order

# Containers whose elements are links of their own, under the names that timm gives them.
_TRUNKS = frozenset(
    {"blocks", "stages", "layers", "levels", "features", "network", "transformers", "dense_stages", "body"}
    | {"blocks_token_only", "cls_attn_blocks", "post_network"}
)
# Of these, lists that mix single layers with blocks: only a block begins a link.
_MIXED = frozenset({"features"})
# Wrappers around the whole network: looked into, never a link themselves.
_SHELLS = frozenset({"encoder"})


def stages_of(module: nn.Module, family: str) -> tuple[Stage, ...]:
    """Return the chain of ``module``; every parameter and buffer belongs to exactly one stage."""
    links: list[tuple[str, list[str]]] = [("stem", [])]
    units = list(_units(module, family))
    last = max((n for n, unit in enumerate(units) if unit.begins), default=-1)
    stem_is_full = tail_is_open = False
    for number, unit in enumerate(units):
        if unit.direct:
            # Tokens, position embeddings and shared tables belong to the first link.
            links[0][1].append(unit.path)
            continue
        opens = unit.begins and stem_is_full
        if number > last and not tail_is_open:
            opens = tail_is_open = unit.filled and (unit.heavy or units[last].element)
        if opens:
            # timm's heads hold a norm or a projection that belongs to the features; "head" is zoo's own.
            links.append(("tail" if unit.path == "head" else unit.path, []))
        links[-1][1].append(unit.path)
        stem_is_full = stem_is_full or unit.filled
    _move(links, order.moves(module, family))
    _close_gaps(links, {unit.path for unit in units if unit.direct or unit.filled})
    _claim_shared(links, module)
    return tuple(Stage(name, tuple(members)) for name, members in links)


class _Unit:
    """An entry of the module tree."""

    def __init__(self, path: str, module: nn.Module | None, family: str, trunk: str = ""):
        self.path = path
        self.direct = module is None
        self.element = bool(trunk)
        # Tables that are computed, not learned or loaded, are no link.
        tensors = [] if module is None else list(module.state_dict().values())
        self.filled = bool(tensors)
        self.heavy = any(tensor.ndim > 1 for tensor in tensors)
        block = isinstance(module, (nn.Sequential, nn.ModuleList, *order.BEGINS.get(family, ())))
        block = block or type(module).__module__.startswith("timm.models.")
        self.begins = self.filled and (block or (self.element and trunk not in _MIXED))


def _units(module: nn.Module, family: str, prefix: str = "") -> Iterator[_Unit]:
    for name, _ in (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)):
        yield _Unit(prefix + name, None, family)
    split = _TRUNKS | order.SPLIT.get(family, frozenset())
    for name, child in module.named_children():
        if name in _SHELLS:
            yield from _units(child, family, f"{prefix}{name}.")
        elif name in split and isinstance(child, nn.Sequential | nn.ModuleList) and len(child) > 1:
            for element, inner in child.named_children():
                yield _Unit(f"{prefix}{name}.{element}", inner, family, trunk=name)
        else:
            yield _Unit(prefix + name, child, family)


def _move(links: list[tuple[str, list[str]]], moves: dict[str, str]) -> None:
    for member, beside in moves.items():
        source = next((members for _, members in links if member in members), None)
        target = next((members for _, members in links if beside in members), None)
        if source is not None and target is not None:
            source.remove(member)
            target.append(member)


def _close_gaps(links: list[tuple[str, list[str]]], filled: set[str]) -> None:
    """Join a link without tensors (such as a dropout after a move) to the one before it."""
    for number in range(len(links) - 1, -1, -1):
        members = links[number][1]
        if not filled.intersection(members):
            links[max(number - 1, 0) if number else 1][1].extend(members)
            del links[number]


def _claim_shared(links: list[tuple[str, list[str]]], module: nn.Module) -> None:
    """Assign every further name of a shared tensor to the first link that uses the tensor."""
    names: dict[int, list[str]] = {}
    for name, tensor in module.state_dict(keep_vars=True).items():
        names.setdefault(id(tensor), []).append(name)
    for shared in names.values():
        if len(shared) > 1:
            home = {name: _owner(links, name) for name in shared}
            first = min(home.values())
            links[first][1].extend(name for name in shared if home[name] != first)


def _owner(links: list[tuple[str, list[str]]], name: str) -> int:
    parts = name.split(".")
    claims = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next(n for claim in claims for n, (_, members) in enumerate(links) if claim in members)
