"""Running part of a chain: the model as the library wrote it, from one boundary to another.

What crosses a boundary is a tensor for pictures; for texts and sounds a mapping: ``hidden``, the states
(B, T, D); ``hidden.1`` and so on where the first layer behind the boundary takes further tensors that those
in front of it made; and the prepared inputs, of which the library makes masks and positions anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from zoo.errors import ConfigError
from zoo.seams.backbone import Stage
from zoo_hf.boundaries import Boundary, Finder, Probes
from zoo_hf.module import Headless, rows_of
from zoo_hf.views import Enter, Entered, Leave, Left, Skip, view

HIDDEN = "hidden"
LENGTHS = "hidden_length"
"""Where inputs are computed one at a time and a state stands for many samples: how many states each has."""

Inputs = dict[str, Tensor]


class Chain:
    """Implements :class:`zoo.seams.backbone.Runner` for one model.

    Args:
        module: the model.
        stages: its chain.
        probes: makes two prepared batches that differ in size, with padding in them, on which boundaries are
            tried out.
        tokens: whether the model has states for tokens.
    """

    def __init__(self, module: Headless, stages: tuple[Stage, ...], probes: Probes, *, tokens: bool):
        self._module, self._links = module, len(stages)
        self._finder = Finder(module, stages, probes, self._between, tokens=tokens)

    @property
    def cuts(self) -> Cuts:
        """The boundaries where a run can be divided."""
        return Cuts(self._finder, self._links)

    def __call__(self, value: Any, start: int = 0, stop: int | None = None, *, tokens: bool = False) -> Any:
        """The value that enters stage ``stop``, or the features; ``value`` is what enters ``start``.

        Args:
            tokens: at the end of the chain the states that ``Headless.tokens`` gives, not the features.

        Raises:
            ConfigError: the chain cannot be divided there.
        """
        stop = self._links if stop is None else stop
        if start >= stop:
            return value
        return self._between(value, self._at(start), self._at(stop), tokens)

    def _at(self, place: int) -> Boundary | None:
        if place in (0, self._links):
            return None
        found = self._finder.at(place)
        if found is None:
            raise ConfigError(
                f"the chain cannot be divided in front of stage {place}", mend="see Backbone.cuts"
            )
        return found

    def _between(self, value: Any, start: Boundary | None, stop: Boundary | None, tokens: bool) -> Any:
        if isinstance(value, Tensor):
            inputs = start.blank(value) if start else value
            found = self._part(self._module.named(inputs), [value] if start else [], start, stop, tokens)
            return found[0] if stop else found
        inputs = {n: one for n, one in value.items() if n != LENGTHS and not _is_hidden(n)}
        given = [value[_name(i)] for i in range(len(start.carried))] if start else []
        named = self._module.named(inputs)
        if self._module.padded(named):
            return self._alone(inputs, given, value.get(LENGTHS), start, stop, tokens)
        found = self._part(named, given, start, stop, tokens)
        return self._crossing(inputs, found) if stop else found

    def _part(
        self, inputs: Inputs, given: list[Tensor], start: Boundary | None, stop: Boundary | None, tokens: bool
    ) -> Any:
        """Features or states; with ``stop`` a list of what crosses there."""
        swaps: dict[str, Any] = {}
        entered = Entered()
        if start:
            # A copy: the library writes zeros over what is padding in place.
            hidden = given[0].clone()
            for path, answer in start.skipped.items():
                made = answer.like(hidden, start.batch, start.length)
                swaps[path] = Skip(self._module.get_submodule(path), lambda made=made: made, entered)
            swaps[start.entry] = Enter(
                self._module.get_submodule(start.entry),
                dict(zip(start.carried, given, strict=True)),
                entered,
            )
        if stop:
            swaps[stop.entry] = Leave(self._module.get_submodule(stop.entry))
        seen = view(self._module, swaps)
        try:
            whole = seen.states(inputs) if tokens and not stop else seen.vectors(inputs)
        except Left as left:
            assert stop is not None
            return [left.leaves[i] for i in stop.carried]
        if stop:
            raise ConfigError("the model ended in front of the boundary")
        return whole

    def _alone(
        self,
        inputs: Inputs,
        given: list[Tensor],
        lengths: Tensor | None,
        start: Boundary | None,
        stop: Boundary | None,
        tokens: bool,
    ) -> Any:
        """Each input by itself, without its padding."""
        full = inputs["attention_mask"].shape[1]
        parts, begins = [], []
        for i, (row, begin) in enumerate(rows_of(self._module.named(inputs))):
            size = row["attention_mask"].shape[1] if lengths is None else int(lengths[i])
            first = begin if lengths is None else 0
            mine = [one[i : i + 1, first : first + size] if one.ndim > 2 else one[i : i + 1] for one in given]
            parts.append(self._part(row, mine, start, stop, tokens))
            begins.append((begin, row["attention_mask"].shape[1]))
        if not stop:
            if not tokens:
                return torch.cat(parts)
            return torch.cat(
                [_padded(one, begin, full) for one, (begin, _) in zip(parts, begins, strict=True)]
            )
        aligned = all(part[0].shape[1] == size for part, (_, size) in zip(parts, begins, strict=True))
        longest = full if aligned else max(part[0].shape[1] for part in parts)
        merged = []
        for i in range(len(stop.carried)):
            ones = [part[i] for part in parts]
            if ones[0].ndim > 2:
                places = [begin if aligned else 0 for begin, _ in begins]
                ones = [_padded(one, place, longest) for one, place in zip(ones, places, strict=True)]
            merged.append(torch.cat(ones))
        sizes = torch.tensor([part[0].shape[1] for part in parts], device=merged[0].device)
        return self._crossing(inputs, merged, sizes)

    def _crossing(self, inputs: Inputs, found: list[Tensor], sizes: Tensor | None = None) -> Inputs:
        value = {**inputs, **{_name(i): one for i, one in enumerate(found)}}
        hidden, mask = found[0], inputs.get("attention_mask")
        if self._module.alone and mask is not None and hidden.ndim > 2 and hidden.shape[1] != mask.shape[1]:
            value[LENGTHS] = torch.full_like(mask[:, 0], hidden.shape[1]) if sizes is None else sizes
        return value


class Cuts(Set[int]):
    """Boundaries where two runs make the whole, each tried out when it is first asked for."""

    def __init__(self, finder: Finder, links: int):
        self._finder, self._links = finder, links

    def __contains__(self, place: object) -> bool:
        return isinstance(place, int) and 0 < place < self._links and self._finder.at(place) is not None

    def __iter__(self) -> Iterator[int]:
        return (place for place in range(1, self._links) if place in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"Cuts({sorted(self)})"

    @classmethod
    def _from_iterable(cls, it: Any) -> Any:
        return frozenset(it)


def _name(number: int) -> str:
    return f"{HIDDEN}.{number}" if number else HIDDEN


def _is_hidden(name: str) -> bool:
    return name == HIDDEN or name.startswith(f"{HIDDEN}.")


def _padded(one: Tensor, begin: int, length: int) -> Tensor:
    """(1, t, ...) to (1, length, ...), zeros around it."""
    behind = length - begin - one.shape[1]
    return functional.pad(one, [0, 0] * (one.ndim - 2) + [begin, behind])
