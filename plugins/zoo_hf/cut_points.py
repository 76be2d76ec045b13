"""Where a chain can be divided exactly, found by trying it out on the model itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from zoo.plugin import Stage, engines
from zoo_hf.module import Headless
from zoo_hf.module_views import Answer, Entered, Leave, Left, Skip, view, watched
from zoo_hf.preserve_state import evaluate, seed_all, undisturbed

_log = logging.getLogger("zoo.hf")

Probes = Callable[[], tuple[Any, Any]]


@dataclass(frozen=True)
class Boundary:
    """A boundary as a run needs it.

    Args:
        entry: path of the module that is called first behind it.
        skipped: modules in front of it that are not computed when a run starts there, and their answers.
        carried: which of the entry's arguments cross it, the hidden states first; the rest of the model
            makes the others again.
        batch: number of inputs when the model was watched.
        length: of axis 1 of the hidden states then; None: the same for every batch.
        image: shape of a prepared image; empty where none is.
        short: whether the states are of sounds, fewer than their samples, and of unlike number.
    """

    entry: str
    skipped: Mapping[str, Answer]
    carried: tuple[int, ...]
    batch: int
    length: int | None
    image: tuple[int, ...]
    short: bool

    def blank(self, hidden: Tensor) -> Tensor:
        """Return an image for each row of ``hidden``, of which only the shape is ever looked at."""
        return hidden.new_zeros(1).expand(len(hidden), *self.image)


Run = Callable[[Any, Boundary | None, Boundary | None, bool], Any]


class Finder:
    """Finds boundaries.

    A boundary holds if on both probes the features (and states of tokens) of the two parts have the bits of
    the whole model's, and if in training mode, all in front of it frozen, the part behind it draws the
    same dropout as the whole model.
    """

    def __init__(
        self, module: Headless, stages: tuple[Stage, ...], probes: Probes, run: Run, *, tokens: bool
    ):
        self._module, self._stages, self._run, self._tokens = module, stages, run, tokens
        self._probes = probes
        self._known: dict[int, Boundary | None] = {}

    def at(self, place: int) -> Boundary | None:
        """Return the boundary in front of stage ``place``; None: the chain cannot be divided there."""
        if place not in self._known:
            self._known[place] = None
            with undisturbed(self._module):
                # If not, embeddings of tokens are made again: some give biases to all layers too.
                for whole in (True, False) if self._of_tokens else (True,):
                    found = self._tried(place, whole)
                    if found is not None:
                        self._known[place] = found
                        break
        return self._known[place]

    def _tried(self, place: int, whole: bool) -> Boundary | None:
        try:
            found = self._proposed(place, whole)
            return found if found and self._holds(place, found) else None
        except Exception as error:
            # Whatever the library's code raises on values of another shape than it expects.
            _log.debug("boundary %d: %s: %s", place, type(error).__name__, error)
            return None

    @property
    def _of_tokens(self) -> bool:
        return isinstance(self._ready[0], Mapping) and "input_ids" in self._ready[0]

    @cached_property
    def _ready(self) -> tuple[Any, Any]:
        device = next(self._module.parameters()).device
        one, other = (_moved(probe, device) for probe in self._probes())
        return one, other

    @cached_property
    def _answers(self) -> dict[str, Answer]:
        # All together, also where inputs are computed one at a time: only the form counts here.
        inputs = self._module.named(self._ready[0])
        return watched(self._module, lambda: self._module.vectors(inputs))

    @cached_property
    def _owners(self) -> set[str]:
        """Paths of modules with tensors of the state in them; only these are skipped or entered."""
        names = self._module.state_dict()
        return {name[:i] for name in names for i, letter in enumerate(name) if letter == "."}

    def _called(self, stage: Stage) -> list[str]:
        """Return the outermost modules of a stage that are called."""
        found: list[str] = []
        for path in sorted(self._answers, key=len):
            mine = path in self._owners and any(_within(path, member) for member in stage.members)
            if mine and not any(_within(path, other) for other in found):
                found.append(path)
        return found

    def _proposed(self, place: int, whole: bool) -> Boundary | None:
        order = list(self._answers)
        behind = self._called(self._stages[place])
        first = 0 if whole else 1
        before = [path for stage in self._stages[first:place] for path in self._called(stage)]
        if not behind or not (before or first):
            return None
        entry = min(behind, key=order.index)
        prepared = self._ready[0]
        batch = _batch(prepared)
        real = self._reached(prepared, {}, entry)
        hidden = next(
            (i for i, one in enumerate(real) if isinstance(one, Tensor) and _states(one, batch)), None
        )
        if hidden is None:
            return None
        states = real[hidden]
        length = states.shape[1] if isinstance(prepared, Mapping) and states.ndim > 2 else None
        skipped = {path: self._answers[path] for path in before}
        image = () if isinstance(prepared, Mapping) else tuple(prepared.shape[1:])
        mask = prepared.get("attention_mask") if isinstance(prepared, Mapping) else None
        short = False
        if mask is not None and length not in (None, mask.shape[1]):
            other = self._reached(self._ready[1], {}, entry)[hidden]
            if other.shape[2:] != states.shape[2:]:
                return None  # of convolutions: the length stands last
            short = other.shape[1] != length
        found = Boundary(entry, skipped, (hidden,), batch, length, image, short)
        inputs = found.blank(states) if image else prepared
        again = self._reached(inputs, self._swaps(found, states), entry)
        if len(again) != len(real):
            return None
        others = [i for i, (one, two) in enumerate(zip(real, again, strict=True)) if not _same(one, two)]
        others = [i for i in others if i != hidden]
        if others and not isinstance(prepared, Mapping):
            return None
        if not all(isinstance(real[i], Tensor) and _crosses(real[i], batch, length) for i in others):
            return None
        return replace(found, carried=(hidden, *others))

    def _swaps(self, boundary: Boundary, states: Tensor) -> dict[str, Any]:
        entered, hidden = Entered(), states.clone()
        return {
            path: Skip(
                self._module.get_submodule(path),
                lambda answer=answer: answer.like(hidden, boundary.batch, boundary.length),
                entered,
            )
            for path, answer in boundary.skipped.items()
        }

    def _reached(self, prepared: Any, swaps: Mapping[str, Any], entry: str) -> list[Any]:
        """Return what ``entry`` is called with."""
        leave = Leave(self._module.get_submodule(entry))
        seen = view(self._module, {**swaps, entry: leave})
        try:
            seen.vectors(self._module.named(prepared))
        except Left as left:
            return left.leaves
        raise RuntimeError(f"{entry} was not called")

    def _holds(self, place: int, found: Boundary) -> bool:
        values = [_stored(self._run(prepared, None, found, False)) for prepared in self._ready]
        if not _alike(*values):
            return False
        for prepared, value in zip(self._ready, values, strict=True):
            if not torch.equal(self._run(value, found, None, False), self._module(prepared)):
                return False
            if self._tokens:
                states = self._module.tokens(prepared)
                if not torch.equal(self._run(value, found, None, True), states):
                    return False
        prepared = self._ready[0]
        value = self._run(prepared, None, found, False)
        holding = engines.StageOwner(
            engines.owners_of(self._module.state_dict(), self._stages), self._stages, (), place
        )
        for path, module in self._module.named_modules(remove_duplicate=False):
            module.training = not holding.whole(path)
        try:
            answers = []
            for run in (self._module, lambda _: self._run(value, found, None, False)):
                with undisturbed(self._module, mode=False):
                    seed_all()
                    answers.append(run(prepared))
        finally:
            evaluate(self._module)
        return torch.equal(*answers)


def _within(path: str, member: str) -> bool:
    return not member or path == member or path.startswith(f"{member}.")


def _batch(prepared: Any) -> int:
    return len(next(iter(prepared.values()))) if isinstance(prepared, Mapping) else len(prepared)


def _states(one: Tensor, batch: int) -> bool:
    return one.is_floating_point() and one.ndim > 1 and one.shape[0] == batch


def _crosses(one: Tensor, batch: int, length: int | None) -> bool:
    """Return whether it has a row for each input, and no more than one axis that follows the length."""
    return one.shape[:1] == (batch,) and length not in one.shape[2:]


def _alike(one: Any, other: Any) -> bool:
    """Return whether what crosses differs in axis 1 alone, but for the number of inputs: as a store can
    batch it."""
    if isinstance(one, Tensor):
        return one.shape[1:] == other.shape[1:]
    return all(value.shape[2:] == other[name].shape[2:] for name, value in one.items())


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor) or isinstance(other, Tensor):
        alike = isinstance(one, Tensor) and isinstance(other, Tensor)
        return alike and one.dtype == other.dtype and torch.equal(one, other)
    return bool(one is other or one == other)


def _stored(value: Any) -> Any:
    """As it comes back from a file: in order of its axes, but for images."""
    if isinstance(value, Tensor):
        return value.clone() if value.ndim == 4 else value.contiguous().clone()
    return {name: one.contiguous().clone() for name, one in value.items()}


def _moved(value: Any, device: torch.device) -> Any:
    if isinstance(value, Tensor):
        return value.to(device)
    return {name: one.to(device) for name, one in value.items()}
