"""Families whose modules do not run in the order in which they are registered.

A tensor that joins the value between two blocks belongs to the link before: what enters a block is made by
the links in front of it.
"""

from __future__ import annotations

from collections.abc import Callable

from timm.layers.patch_embed import PatchEmbed
from torch import nn

# Lists next to the trunk that are walked in step with it; they are split so that each element can be moved.
SPLIT: dict[str, frozenset[str]] = {
    "coat": frozenset({"parallel_blocks"}),
    "efficientvim": frozenset({"norm"}),
    "twins": frozenset({"patch_embeds", "pos_block"}),
}

# Modules that begin a link though they come from torch or timm.layers.
BEGINS: dict[str, tuple[type[nn.Module], ...]] = {
    "coat": (PatchEmbed,),
    "vgg": (nn.Conv2d,),
}

Moves = dict[str, str]


def moves(module: nn.Module, family: str) -> Moves:
    """Members that belong to the link of another member: ``{member: member of that link}``.

    Members that a variant does not have are named all the same.
    """
    make = _MOVES.get(family)
    return make(module) if make is not None else {}


def _cait(module: nn.Module) -> Moves:
    return {"cls_token": "blocks_token_only.0"}


def _coat(module: nn.Module) -> Moves:
    parts = ("patch_embed", "cls_token", "cpe", "crpe")
    return {f"{part}{n}": f"serial_blocks{n}" for n in (1, 2, 3, 4) for part in parts}


def _convit(module: nn.Module) -> Moves:
    return {"cls_token": f"blocks.{int(module.local_up_to_layer) - 1}"}  # type: ignore[arg-type]


def _efficientvim(module: nn.Module) -> Moves:
    return {**{f"norm.{n}": f"stages.{n}" for n in (0, 1, 2)}, "weights": "norm.3"}


def _gemma4(module: nn.Module) -> Moves:
    # The encoder's output is standardised by these two.
    return {
        f"{shell}{name}": f"{shell}pooler" for shell in ("", "encoder.") for name in ("std_bias", "std_scale")
    }


def _hrnet(module: nn.Module) -> Moves:
    return {"downsamp_modules": "incre_modules"}


def _twins(module: nn.Module) -> Moves:
    return {f"{part}.{n}": f"blocks.{n}" for n in range(4) for part in ("patch_embeds", "pos_block")}


def _visformer(module: nn.Module) -> Moves:
    return {"pos_embed2": "patch_embed2", "pos_embed3": "patch_embed3"}


def _volo(module: nn.Module) -> Moves:
    return {"pos_embed": "network.1", "cls_token": _last(module, "network")}


def _xcit(module: nn.Module) -> Moves:
    return {"pos_embed": "patch_embed", "cls_token": _last(module, "blocks")}


def _last(module: nn.Module, name: str) -> str:
    return f"{name}.{len(module.get_submodule(name)) - 1}"  # type: ignore[arg-type]


_MOVES: dict[str, Callable[[nn.Module], Moves]] = {
    "cait": _cait,
    "coat": _coat,
    "convit": _convit,
    "efficientvim": _efficientvim,
    "gemma4_vit": _gemma4,
    "hrnet": _hrnet,
    "twins": _twins,
    "visformer": _visformer,
    "volo": _volo,
    "xcit": _xcit,
}
