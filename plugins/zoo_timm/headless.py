"""The head of an architecture, and tensors that depend on the image size, found on the meta device."""

from __future__ import annotations

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
