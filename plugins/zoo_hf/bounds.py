"""Limits on how large a model a configuration may ask for, checked while the model is built."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from threading import get_ident

from torch import Tensor
from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_parameter_registration_hook,
)

from zoo.errors import IntegrityError

Within = Callable[[], AbstractContextManager[None]]
"""Limits the construction of one model inside."""

Shapes = Mapping[str, tuple[int, ...]]

_MANY = 30_000
"""Tensors of a model without a file. The largest of today's have a few thousand."""
_HEADS = 128 * 2**20
"""Bytes of parameters that a file need not hold: a head, a pooler."""
_TABLES = 512 * 2**20
"""Bytes of buffers that a file need not hold: masks and tables of positions."""


@dataclass(frozen=True)
class Bounds:
    """At most so many tensors, bytes of parameters and bytes of buffers.

    Attributes:
        why: where the limits come from, for messages.
        meta: count tensors on the meta device alone: those that a file fills take their place later.
    """

    tensors: int
    parameters: int
    buffers: int
    why: str
    meta: bool


def bounds_of_shapes(shapes: Shapes, *, meta: bool) -> Bounds:
    """Return what a model may have whose weights are of these shapes.

    One tensor of a file may be several of the model (fused projections), and heads need not be in the file.
    Of an encoder-decoder the file may hold the encoder alone. The library builds the decoder too, which is
    up to one and a half times as large, and a copy of the embeddings for each until they are tied.
    """
    size = sum(4 * math.prod(shape) for shape in shapes.values())
    return Bounds(
        4 * len(shapes) + 256,
        4 * size + _HEADS,
        2 * size + _TABLES,
        f"the file holds {len(shapes):,} tensors of {size // 4:,} numbers",
        meta,
    )


def bounds_of_machine() -> Bounds:
    """Return what a model with random weights may have: no more than there is memory for."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        memory = 2**40
    return Bounds(_MANY, memory, memory, f"this machine has {memory:,} bytes of memory", meta=False)


@contextmanager
def built_within(bounds: Bounds, model_id: str) -> Iterator[None]:
    """Stop the construction of a model as soon as it is beyond ``bounds``, before memory is touched.

    Parameters and buffers are counted when a module registers them, in this thread alone.

    Raises:
        IntegrityError: the configuration asks for more.
    """
    thread = get_ident()
    count = parameters = buffers = 0

    def seen(tensor: Tensor | None, *, buffer: bool) -> None:
        nonlocal count, parameters, buffers
        if tensor is None or get_ident() != thread or (bounds.meta and not tensor.is_meta):
            return
        count += 1
        if buffer:
            buffers += tensor.numel() * tensor.element_size()
        else:
            parameters += tensor.numel() * tensor.element_size()
        if count > bounds.tensors or parameters > bounds.parameters or buffers > bounds.buffers:
            raise IntegrityError(
                f"the configuration of {model_id} asks for a model that is too large",
                why=f"it makes {count:,} tensors of {(parameters + buffers) // 4:,} numbers, {bounds.why}",
                hint="check that config.json and the weights are of one model",
            )

    hooks = (
        register_module_parameter_registration_hook(lambda _, name, one: seen(one, buffer=False)),
        register_module_buffer_registration_hook(lambda _, name, one: seen(one, buffer=True)),
    )
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
