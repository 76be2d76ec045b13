"""Input sizes that an architecture can take, found on the meta device."""

from __future__ import annotations

import torch

from zoo.errors import ConfigError
from zoo_timm.build import Size, build_on_meta
from zoo_timm.cards import data_config
from zoo_timm.names import Tag


def accepted(tag: Tag, size: Size | None) -> Size | None:
    """Return ``size`` if it differs from the model's own, otherwise None.

    Raises:
        ConfigError: the architecture cannot take images of this size.
    """
    own: Size = tuple(data_config(tag)["input_size"][1:])
    if size is None or tuple(size) == own:
        return None
    height, width = int(size[0]), int(size[1])
    why = _refusal(tag, (height, width))
    if why:
        raise ConfigError(
            f"timm:{tag.name} cannot take images of {height} x {width} pixels",
            why=why,
            hint=f"use {_advice(tag, (height, width), own)}",
        )
    return height, width


def accepts(tag: Tag, size: Size) -> bool:
    """Return whether the architecture can take images of this size."""
    return not _refusal(tag, size)


def _refusal(tag: Tag, size: Size) -> str:
    """Return why it cannot; empty: it can."""
    least = tag.config.get("min_input_size")
    if min(size) < 1:
        return "a side must have at least one pixel"
    if isinstance(least, tuple | list) and (size[0] < least[1] or size[1] < least[2]):
        return f"it needs at least {least[1]} x {least[2]}"
    try:
        module = build_on_meta(tag, size).eval()
        with torch.no_grad():
            module(torch.zeros(1, 3, *size, device="meta"))
    except Exception as error:
        # Families refuse a size in different ways: assertions, shapes that do not fit, empty windows.
        text = str(error).strip().splitlines()
        return text[0][:200] if text else type(error).__name__
    return ""


def _advice(tag: Tag, size: Size, own: Size) -> str:
    """Return the model's own size, and the nearest square multiple of 32 that works if there is one."""
    near = max(32, round(max(size) / 32) * 32)
    for side in (near, near + 32, near + 64):
        if (side, side) != own and not _refusal(tag, (side, side)):
            return f"{side} x {side}, or {own[0]} x {own[1]}, its own size"
    return f"{own[0]} x {own[1]}, its own size"
