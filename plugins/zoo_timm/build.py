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

from zoo.errors import PluginError
from zoo_timm.names import Tag
from zoo_timm.pooling import give_vectors
from zoo_timm.skip_init import SkipInit

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
