"""Where the chains of families can be cut exactly, and what a run from the middle steps over.

Not a guess: a family stands here because a run from each boundary gave the whole model's bits, and its
gradients to rounding, on small and on unlike variants. The bits are the same where both parts run in the
same gradient mode: attention picks another kernel under ``no_grad``. A family that is not listed is not
cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from zoo.plugin import Stage

Method = Callable[..., Any]

_WHOLE = """
    byoanet byobnet convmixer convnext cpubone csatv2 cspnet cspnext davit deit densenet dla dpn
    edgenext efficientformer efficientformer_v2 efficientnet efficientvit_mit efficientvit_msra eva
    fasternet fastvit focalnet gcvit ghostnet hardcorenas hgnet hiera hieradet_sam2 iformer
    inception_next inception_resnet_v2 inception_v3 inception_v4 lcnetv2 levit mambaout maxxvit
    mlp_mixer mobilenetv3 mobilevit nest nextvit nfnet pvt_v2 rdnet regnet repghost repvit res2net
    resnest resnet resnetv2 rexnet senet sequencer shvit sknet starnet swiftformer swin_transformer
    swin_transformer_v2 swin_transformer_v2_cr tiny_vit tresnet vgg vision_transformer
    vision_transformer_hybrid vision_transformer_relpos vision_transformer_sam vitamin vovnet
    xception xception_aligned
"""
_EVERYWHERE = frozenset(_WHOLE.split())

# Only in front of stages of these names; elsewhere more than one tensor crosses the boundary.
_IN_FRONT_OF = {
    "beit": r"blocks\.\d+",
    "cait": r"blocks\.\d+",
    "convit": r"blocks\.\d",
    "efficientvim": r"stages\.0",
    "hrnet": r"layer1",
    "lowformer": r"stages\.\d",
    "metaformer": r"stages\.\d",
    "mobilenetv5": r"blocks\.\d",
    "naflexvit": r"blocks\.\d+",
    "nasnet": r"cell_stem_0",
    "pnasnet": r"cell_stem_0",
    "selecsls": r"tail",
    "visformer": r"stage1",
    "volo": r"network\.[01]",
}


def cuts_of(stages: tuple[Stage, ...], family: str) -> frozenset[int]:
    """Boundaries at which a run of this family can stop and go on, exactly."""
    rule = r".*" if family in _EVERYWHERE else _IN_FRONT_OF.get(family)
    if rule is None:
        return frozenset()
    return frozenset(k for k in range(1, len(stages)) if re.fullmatch(rule, stages[k].name))


def steps_over(module: nn.Module, family: str) -> dict[str, Method]:
    """Methods of the model that belong to its stem, with what replaces them in a run from behind it."""
    if not hasattr(module, "_pos_embed"):
        return {}
    return {"_pos_embed": _with_rope(module) if family == "eva" else _same}


def _same(value: Tensor) -> Tensor:
    return value


def _with_rope(module: Any) -> Method:
    """Rotary tables go to every block next to the tokens; they depend on the grid, not on the image."""

    def method(value: Tensor) -> tuple[Tensor, Any]:
        grid = tuple(module.patch_embed.grid_size)
        shape = (
            (*grid, module.embed_dim) if module.dynamic_img_size else (grid[0] * grid[1], module.embed_dim)
        )
        tokens = torch.zeros(1, *shape, device=value.device, dtype=value.dtype)
        return value, module._pos_embed(tokens)[1]

    return method
