"""Published files that timm loads loosely: exactly which tensors may be missing or unused."""

from __future__ import annotations

import re

from zoo_timm.names import Tag

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
