"""A model seen from one boundary of its chain to another: a shallow copy that shares every tensor.

In a view, modules in front of the start answer without computing, the first module behind it receives the
values that are given, and the first module behind the end hands its own back. What the library computes
between modules (masks, numbers of positions) runs as it stands. Views are made again for each run, so they
follow the live model and threads do not meet.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as tree


class Left(Exception):
    """Carries what a module was called with out of a model whose rest is not wanted.

    Attributes:
        leaves: of positional and named arguments, in the order in which torch flattens them.
    """

    def __init__(self, args: Any, kwargs: Any):
        self.leaves, _ = tree.tree_flatten((args, kwargs))


class Entered:
    """Whether a run has reached the module behind its start."""

    def __init__(self) -> None:
        self.yet = False


class Stand(nn.Module):
    """Replacement of a module; attributes other than the call come from the module itself."""

    def __init__(self, original: nn.Module):
        super().__init__()
        # Not a submodule: the stand-in owns no tensors.
        self.__dict__["original"] = original

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["original"], name)


class Skip(Stand):
    """Answers by ``answer`` until the run has entered; behind that the module is called again."""

    def __init__(self, original: nn.Module, answer: Callable[[], Any], entered: Entered):
        super().__init__(original)
        self.__dict__["answer"], self.__dict__["entered"] = answer, entered

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Return the answer, or the module's own."""
        return self.original(*args, **kwargs) if self.entered.yet else self.answer()


class Leave(Stand):
    """Hands back what it is called with."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Raises what it is called with."""
        raise Left(args, kwargs)


class Enter(Stand):
    """Calls the module once with other leaves in some places of its arguments; afterwards as it is called."""

    def __init__(self, original: nn.Module, given: Mapping[int, Tensor], entered: Entered):
        super().__init__(original)
        self.__dict__["given"], self.__dict__["entered"] = given, entered

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Return what the module gives on the exchanged arguments."""
        if not self.entered.yet:
            self.entered.yet = True
            leaves, form = tree.tree_flatten((args, kwargs))
            leaves = [self.given.get(i, leaf) for i, leaf in enumerate(leaves)]
            args, kwargs = tree.tree_unflatten(leaves, form)
        return self.original(*args, **kwargs)


class Answer:
    """What a module answered when it was watched, by form alone; tensors by shape and type."""

    def __init__(self, out: Any):
        leaves, self._form = tree.tree_flatten(out)
        self._leaves = [
            (tuple(leaf.shape), leaf.dtype) if isinstance(leaf, Tensor) else leaf for leaf in leaves
        ]
        self._tensors = [isinstance(leaf, Tensor) for leaf in leaves]

    def like(self, hidden: Tensor, batch: int, length: int | None) -> Any:
        """Return an answer of that form for another batch: ``hidden`` where its shape fits, otherwise zeros.

        Args:
            hidden: what crosses the boundary.
            batch: number of inputs when the module was watched.
            length: of axis 1 of what crossed then; None: the same for every batch.
        """

        def size(axis: int, was: int) -> int:
            if axis == 0 and was == batch:
                return hidden.shape[0]
            return hidden.shape[1] if was == length else was

        leaves = []
        for leaf, is_tensor in zip(self._leaves, self._tensors, strict=True):
            if is_tensor:
                shape = tuple(size(axis, was) for axis, was in enumerate(leaf[0]))
                same = shape == tuple(hidden.shape) and leaf[1] == hidden.dtype
                leaf = hidden if same else hidden.new_zeros(shape, dtype=leaf[1])
            leaves.append(leaf)
        return tree.tree_unflatten(leaves, self._form)


def watched(module: nn.Module, once: Callable[[], Any]) -> dict[str, Answer]:
    """Return the answers of all modules that one pass calls, by path, in the order of their first calls."""
    order: dict[str, None] = {}
    found: dict[str, Answer] = {}

    def before(path: str) -> Callable[..., None]:
        return lambda *_: order.setdefault(path)

    def after(path: str) -> Callable[..., None]:
        def hook(_: nn.Module, __: Any, out: Any) -> None:
            if path not in found:
                found[path] = Answer(out)

        return hook

    handles = []
    for path, part in module.named_modules(remove_duplicate=False):
        if path:
            handles += [part.register_forward_pre_hook(before(path)), part.register_forward_hook(after(path))]
    try:
        with torch.no_grad():
            once()
    finally:
        for handle in handles:
            handle.remove()
    return {path: found[path] for path in order if path in found}


def view(module: nn.Module, swaps: Mapping[str, nn.Module]) -> Any:
    """Return a shallow copy of ``module`` with other modules in some places; parents are copied, tensors
    shared."""
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
        twin._modules[name] = view(child, inner)
    return twin
