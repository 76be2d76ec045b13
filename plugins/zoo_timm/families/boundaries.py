"""Where the chains of families can be cut exactly, and what a run from the middle steps over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

Method = Callable[..., Any]


def steps_over(module: nn.Module, family: str) -> dict[str, Method]:
    """Methods of the model that belong to its stem, with what replaces them in a run from behind it."""
    if not hasattr(module, "_pos_embed"):
        return {}
    return {"_pos_embed": _with_rope(module) if family == "eva" else _same}


def _same(value: Tensor) -> Tensor:
    return value


def _with_rope(module: Any) -> Method:
    """Rotary tables go to every block beside the tokens; they depend on the grid, not on the picture."""

    def method(value: Tensor) -> tuple[Tensor, Any]:
        grid = tuple(module.patch_embed.grid_size)
        shape = (
            (*grid, module.embed_dim) if module.dynamic_img_size else (grid[0] * grid[1], module.embed_dim)
        )
        return value, module._pos_embed(torch.zeros(1, *shape, device=value.device, dtype=value.dtype))[1]

    return method
