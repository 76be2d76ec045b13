"""Partial forward passes: the model as timm wrote it, from one cut point to another.

A view is a shallow copy of the model that shares every tensor. The modules before the start pass their input
through, the first module after it receives the given value, and the first module after the end returns its
input instead of running. What timm computes between modules is unchanged. Views are created for each run, so
they follow the live model and are safe with threads.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from zoo.plugin import Stage

Method = Callable[..., Any]


class Chain:
    """Implements :class:`zoo.plugin.Runner` for one model.

    Args:
        module: the model.
        stages: its chain.
        steps_over: methods of ``module`` that belong to the first stage, with their replacements when the run
            starts after it.
    """

    def __init__(
        self,
        module: nn.Module,
        stages: tuple[Stage, ...],
        steps_over: Mapping[str, Method],
    ):
        self._module = module
        self._stages = [[m for m in stage.members if _is_module(module, m)] for stage in stages]
        self._steps_over = steps_over

    def __call__(self, value: Any, start: int = 0, stop: int | None = None) -> Any:
        """Return the value that enters stage ``stop``, or the features; ``value`` enters ``start``."""
        stop = len(self._stages) if stop is None else stop
        if start >= stop:
            return value
        swaps: dict[str, nn.Module] = {}
        for members in self._stages[:start]:
            swaps |= {member: _Pass(self._module.get_submodule(member)) for member in members}
        if start:
            first = self._stages[start][0]
            swaps[first] = _Enter(self._module.get_submodule(first), value)
        if stop < len(self._stages):
            first = self._stages[stop][0]
            swaps[first] = _Leave(self._module.get_submodule(first))
        view = _view(self._module, swaps)
        if start:
            view.__dict__ |= self._steps_over
        try:
            return view(value)
        except _Left as left:
            return left.value


class _Left(Exception):
    """Carries the value out of a model without running the rest."""

    def __init__(self, value: Tensor):
        self.value = value


class _Stand(nn.Module):
    """Replacement of a module; attributes that timm reads come from the module itself."""

    def __init__(self, original: nn.Module):
        super().__init__()
        # Not a submodule: the replacement owns no tensors.
        self.__dict__["original"] = original

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["original"], name)


class _Pass(_Stand):
    def forward(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return value


class _Leave(_Stand):
    def forward(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        raise _Left(value)


class _Enter(_Stand):
    def __init__(self, original: nn.Module, value: Any):
        super().__init__(original)
        self.__dict__["value"] = value

    def forward(self, _: Any, *args: Any, **kwargs: Any) -> Any:
        return self.original(self.value, *args, **kwargs)


def _view(module: nn.Module, swaps: Mapping[str, nn.Module]) -> nn.Module:
    """Return a shallow copy of ``module`` with some modules replaced; parents are copied, tensors shared."""
    twin = copy.copy(module)
    twin.__dict__["_modules"] = dict(module._modules)
    below: dict[str, dict[str, nn.Module]] = {}
    for path, other in swaps.items():
        name, _, rest = path.partition(".")
        if rest:
            below.setdefault(name, {})[rest] = other
        else:
            twin._modules[name] = other
    for name, inner in below.items():
        child = module._modules[name]
        assert child is not None
        twin._modules[name] = _view(child, inner)
    return twin


def _is_module(module: nn.Module, path: str) -> bool:
    try:
        module.get_submodule(path)
    except AttributeError:
        return False
    return True
