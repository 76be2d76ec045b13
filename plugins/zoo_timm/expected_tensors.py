"""Tensors that a published file may lack, or have in excess, compared with the model."""

from __future__ import annotations

import re
from collections.abc import Iterable

from zoo_timm.build import Size, build_on_meta, takes_size
from zoo_timm.cards import data_config
from zoo_timm.names import Tag


def head_names(tag: Tag, headless: Iterable[str], size: Size | None = None) -> frozenset[str]:
    """Return the names of the head's tensors: those with a classifier minus those without."""
    classes = tag.config.get("num_classes")
    count = classes if isinstance(classes, int) and classes > 0 else 1000
    whole = build_on_meta(tag, size, classes=count).state_dict()
    return frozenset(whole) - frozenset(headless)


def sized_names(tag: Tag, size: Size | None = None) -> frozenset[str]:
    """Return the names of tensors whose shape depends on the input size, such as position embeddings."""
    if not takes_size(tag):
        return frozenset()
    _, height, width = data_config(tag)["input_size"]
    own = build_on_meta(tag).state_dict()
    # A window that covers a small map whole grows no further: both directions are tried.
    sizes = (2 * height, 2 * width), size or (height, width)
    others = [build_on_meta(tag, other).state_dict() for other in sizes]
    return frozenset(name for name in own for other in others if other[name].shape != own[name].shape)


# (family, pattern of the full name) to pattern of tensor names.
_Rule = tuple[str, str, str]

_LEFT_OVER: tuple[_Rule, ...] = (
    # The original DLA files carry projections that the published network never runs.
    ("dla", r".*", r"level\d\.(tree\d\.)*project\..*"),
    # torchvision's Inception was trained with an auxiliary classifier.
    ("inception_v3", r".*\.tv_.*", r"AuxLogits\..*"),
    # SigLIP with average pooling in place of the attention pooling that it was trained with.
    ("vision_transformer", r".*siglip.*_gap_.*", r"attn_pool\..*"),
)

_NEVER_PUBLISHED: tuple[_Rule, ...] = (
    # Masked autoencoders were published without the last norm.
    ("convnext", r".*\.fcmae", r"head\.norm\.(weight|bias)"),
)


def excused(tag: Tag, tensor: str) -> bool:
    """Return whether a published file of this tag may hold ``tensor`` although the model does not use it."""
    return _any(_LEFT_OVER, tag, tensor)


def never_published(tag: Tag, tensor: str) -> bool:
    """Return whether no published file has ``tensor`` of the model: it stays random and is never frozen."""
    return _any(_NEVER_PUBLISHED, tag, tensor)


def _any(rules: tuple[_Rule, ...], tag: Tag, tensor: str) -> bool:
    return any(
        tag.family == family and re.fullmatch(name, tag.name) and re.fullmatch(pattern, tensor)
        for family, name, pattern in rules
    )
