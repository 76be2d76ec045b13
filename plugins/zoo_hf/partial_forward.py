"""Running part of a chain: the model as the library wrote it, from one boundary to another.

What crosses a boundary is a tensor for images; for texts and sounds a mapping: ``hidden``, the states
(B, T, D); ``hidden.1`` and so on where the first layer behind the boundary takes further tensors that those
in front of it made; and the prepared inputs, of which the library makes masks and positions again. Of sounds
whose states are fewer than their samples the mask is that of the states, and ``samples`` (B,) tells how many
samples there were: no value of a sample is looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from zoo.errors import ConfigError
from zoo.plugin import Stage
from zoo_hf.cut_points import Boundary, Finder, Probes
from zoo_hf.module import Headless, rows_of
from zoo_hf.module_views import Enter, Entered, Leave, Left, Skip, view

HIDDEN = "hidden"
SAMPLES, MASK = "samples", "attention_mask"

Inputs = dict[str, Tensor]


class Chain:
    """Implements :class:`zoo.plugin.Runner` for one model.

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
                f"the chain cannot be divided in front of stage {place}", hint="see Backbone.cuts"
            )
        return found

    def _between(self, value: Any, start: Boundary | None, stop: Boundary | None, tokens: bool) -> Any:
        if isinstance(value, Tensor):
            inputs = start.blank(value) if start else value
            found = self._part(self._module.named(inputs), [value] if start else [], start, stop, tokens)
            return found[0] if stop else found
        inputs = {n: one for n, one in value.items() if not _is_hidden(n)}
        given = [value[_name(i)] for i in range(len(start.carried))] if start else []
        sizes = None
        if SAMPLES in inputs:
            sizes = inputs[MASK].sum(1)
            inputs = self._sampled(inputs[SAMPLES], inputs[MASK])
        elif start and MASK in inputs and "input_ids" in inputs:
            # A batch that was put together again may be padded with anything.
            padding = int(self._module.model.config.pad_token_id)
            inputs["input_ids"] = inputs["input_ids"].masked_fill(inputs[MASK] == 0, padding)
        named = self._module.named(inputs)
        if self._module.padded(named):
            found, sizes = self._alone(inputs, given, sizes, start, stop, tokens)
        else:
            found, sizes = self._part(named, given, start, stop, tokens), None
        return self._crossing(inputs, found, sizes, stop) if stop else found

    def _sampled(self, samples: Tensor, mask: Tensor) -> Inputs:
        """Silent sounds of so many samples."""
        places = torch.arange(int(samples.max()), device=samples.device)
        longer = (places[None] < samples[:, None]).to(mask.dtype)
        dtype = next(self._module.parameters()).dtype
        return {
            MASK: longer,
            self._module.main_input: torch.zeros(1, dtype=dtype, device=mask.device).expand(longer.shape),
        }

    def _part(
        self, inputs: Inputs, given: list[Tensor], start: Boundary | None, stop: Boundary | None, tokens: bool
    ) -> Any:
        """Return features or states; with ``stop`` a list of what crosses there."""
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
        sizes: Tensor | None,
        start: Boundary | None,
        stop: Boundary | None,
        tokens: bool,
    ) -> tuple[Any, Tensor | None]:
        """Return each input by itself, without its padding. ``sizes`` (B,) is how many states each has where
        they are fewer than what the mask counts."""
        full = inputs[MASK].shape[1]
        parts, places = [], []
        for i, (row, begin) in enumerate(rows_of(self._module.named(inputs))):
            first, size = (begin, row[MASK].shape[1]) if sizes is None else (0, int(sizes[i]))
            mine = [one[i : i + 1, first : first + size] if one.ndim > 2 else one[i : i + 1] for one in given]
            parts.append(self._part(row, mine, start, stop, tokens))
            places.append(begin)
        if not stop:
            if tokens:
                parts = [_padded(one, begin, full) for one, begin in zip(parts, places, strict=True)]
            return torch.cat(parts), None
        if stop.short:
            full, places = max(part[0].shape[1] for part in parts), [0] * len(parts)
        merged = []
        for i in range(len(stop.carried)):
            ones = [part[i] for part in parts]
            if ones[0].ndim > 2:
                ones = [_padded(one, place, full) for one, place in zip(ones, places, strict=True)]
            merged.append(torch.cat(ones))
        return merged, torch.tensor([part[0].shape[1] for part in parts], device=merged[0].device)

    def _crossing(self, inputs: Inputs, found: list[Tensor], sizes: Tensor | None, stop: Boundary) -> Inputs:
        value = {_name(i): one for i, one in enumerate(found)}
        if not stop.short:
            return {**inputs, **value}
        mask, hidden = inputs[MASK], found[0]
        if sizes is None:
            shorter = self._module.shortened(mask, hidden.shape[1])
            if shorter is None or set(inputs) != {MASK, self._module.main_input}:
                raise ConfigError("this model does not tell how many states a sound has")
        else:
            shorter = torch.arange(hidden.shape[1], device=mask.device)[None] < sizes[:, None]
        return {**value, MASK: shorter.to(mask.dtype), SAMPLES: mask.sum(1)}


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
