"""Construction of a timm model without its head, with memory or on the meta device."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import timm
import timm.models._builder as builder
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from zoo.errors import PluginError
from zoo_timm.names import Tag

_aten = torch.ops.aten

# The functions of timm's and torch's random initialization. Constant filling still runs: a tensor that no
# file has (see zoo_timm.expected_tensors) keeps its proper initial value.
_STEPS = frozenset(
    {
        _aten.normal_.default,
        _aten.uniform_.default,
        _aten.erfinv_.default,
        _aten.mul_.Tensor,
        _aten.add_.Tensor,
        _aten.clamp_.default,
    }
)


class SkipInit(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While active, random initialization of parameters is skipped."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Skip a random function on a parameter, and run everything else."""
        if func in _STEPS and isinstance(args[0], nn.Parameter):
            return args[0]
        return func(*args, **(kwargs or {}))


Tensors = dict[str, Tensor]
Size = tuple[int, int]


@dataclass(frozen=True)
class Filter:
    """The filter that timm applies to a checkpoint of a model before it loads it."""

    function: Callable[..., Tensors] | None


def build(tag: Tag, size: Size | None = None, *, classes: int = 0) -> nn.Module:
    """Return the model with random weights and, by default, without a head; on torch's default device."""
    return _create(tag, size, classes, pretrained=False)


def build_on_meta(tag: Tag, size: Size | None = None, *, classes: int = 0) -> nn.Module:
    """Return the model on the meta device: fast, for names and shapes."""
    with torch.device("meta"), SkipInit():  # type: ignore[no-untyped-call]
        return build(tag, size, classes=classes)


def build_for_loading(tag: Tag, size: Size | None = None) -> tuple[nn.Module, Filter]:
    """Return the model, without weights, and the filter that timm's own loading applies to a checkpoint.

    Families choose their filter while they build (by variant, by tag), so it cannot be looked up by name; it
    is recorded where timm passes it. No random numbers are drawn: the tensors are uninitialized.
    """
    with _catch_filter() as caught, SkipInit():  # type: ignore[no-untyped-call]
        model = _create(tag, size, 0, pretrained=True)
    if len(caught) != 1:
        raise PluginError(
            f"timm:{tag.name} could not be prepared for its weights",
            why=f"timm {timm.__version__} asked {len(caught)} times for a checkpoint instead of once",
            hint="report this together with the version of timm",
        )
    return model, caught[0]


def takes_size(tag: Tag) -> bool:
    """Return whether the architecture is built for one input size, and can be built for another."""
    return bool(tag.config.get("fixed_input_size", False))


def _create(tag: Tag, size: Size | None, classes: int, *, pretrained: bool) -> nn.Module:
    arguments: dict[str, Any] = {"img_size": size} if size is not None and takes_size(tag) else {}
    with _quiet():
        model: nn.Module = timm.create_model(
            tag.name, pretrained=pretrained, num_classes=classes, **arguments
        )
    return give_vectors(model)


_lock = threading.Lock()


@contextmanager
def _catch_filter() -> Iterator[list[Filter]]:
    """Inside the block, timm's ``load_pretrained`` in this thread records its filter and loads nothing."""
    caught: list[Filter] = []
    owner = threading.get_ident()
    with _lock:
        original = builder.load_pretrained

        def record(*args: Any, **kwargs: Any) -> None:
            if threading.get_ident() == owner:
                caught.append(Filter(kwargs.get("filter_fn")))
            else:
                original(*args, **kwargs)

        builder.load_pretrained = record
        try:
            yield caught
        finally:
            builder.load_pretrained = original


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence timm's warnings about configurations while building; zoo raises what matters."""
    logger = logging.getLogger("timm")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


# Vision towers of language models, and MobileNetV5's: they end in tokens (B, T, D) or a map (B, D, h, w).
_UNPOOLED = frozenset({"DeepseekVitEncoder", "Gemma4VitEncoder", "Qwen3VitEncoder", "MobileNetV5Encoder"})


def give_vectors(module: nn.Module) -> nn.Module:
    """Make ``module`` return (B, D): the mean over tokens or positions if timm returns them all.

    A forward hook does this, so names of tensors and submodules stay those of timm.
    """
    if type(module).__name__ in _UNPOOLED:
        module.register_forward_hook(_mean)
    return module


def _mean(module: nn.Module, arguments: Any, output: Tensor) -> Tensor:
    return output.mean(1) if output.ndim == 3 else output.mean((2, 3))
