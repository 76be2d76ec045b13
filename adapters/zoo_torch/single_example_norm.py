"""A batch, or a piece of one, that is a single example."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn


@contextmanager
def single_example(network: nn.Module) -> Iterator[None]:
    """Inside, a norm that is given one value of each channel goes by its running statistics.

    One value has no spread, so torch refuses it in training mode: the last batch of an epoch is such a one
    where images have shrunk to a single pixel. Norms that see more of the example are trained as before.
    """
    met: list[nn.Module] = []

    def look(module: nn.Module, given: tuple[Any, ...]) -> None:
        if given and given[0].dim() > 1 and given[0].numel() == given[0].shape[1]:
            module.training = False
            met.append(module)

    norms = [one for one in network.modules() if one.training and hasattr(one, "running_mean")]
    hooks = [one.register_forward_pre_hook(look) for one in norms]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for module in met:
            module.training = True
