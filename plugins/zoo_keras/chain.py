"""An application as a chain of stages, and part of the chain as a function."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import keras

from zoo.seams.backbone import Stage
from zoo_keras.joints import Segment, segments

# How Keras' layers name the block that they belong to. The first pattern that fits a layer decides.
_BLOCKS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(stage_\d+_block_\d+)_",  # ConvNeXt
        r"(downsampling_block_\d+)$",
        r"_(stem)$",
        r"^(conv\d+_block\d+)_",  # ResNet, DenseNet
        r"^(conv\d+|pool\d+|stem|top)_",  # what stands before, between and behind the blocks
        r"^(block_?\d+[a-z]?)_(?!\d)",  # VGG, Xception, MobileNetV2, EfficientNet
        r"^(block\d+_\d+)",  # InceptionResNetV2
        r"^(expanded_conv(?:_\d+)?)_",  # MobileNetV2, MobileNetV3
    )
)
_SEPARABLE = re.compile(r"^conv_[dp]w_(\d+)$")  # MobileNet: a depthwise and a pointwise layer make a block


@dataclass
class _Link:
    label: str
    segments: list[Segment] = field(default_factory=list)
    filled: bool = False


class Chain:
    """The stages of a functional model, and :class:`zoo.seams.backbone.Runner` for it.

    A stage begins where a layer with a kernel begins; activations, statistics, pooling and dropout stay with
    the stage before. Each boundary is a joint, so that every cut is exact.
    """

    def __init__(self, module: Any):
        self._module = module
        links = _links(segments(module))
        self._ends = [link.segments[-1].end for link in links]
        self._parts: dict[tuple[int, int], Any] = {(0, len(links)): module}
        self.stages = tuple(
            Stage(name, _members(link)) for name, link in zip(_unique(links), links, strict=True)
        )

    @property
    def cuts(self) -> frozenset[int]:
        """Every boundary between two stages."""
        return frozenset(range(1, len(self.stages)))

    def __call__(self, value: Any, start: int = 0, stop: int | None = None) -> Any:
        """Run stages ``start`` up to, not including, ``stop``, in evaluation mode."""
        end = len(self.stages) if stop is None else stop
        return value if start == end else self._part(start, end)(value, training=False)

    def _part(self, start: int, stop: int) -> Any:
        """A model that shares the layers."""
        if (start, stop) not in self._parts:
            begin = self._module.inputs[0] if start == 0 else self._ends[start - 1]
            self._parts[start, stop] = keras.Model(begin, self._ends[stop - 1])
        return self._parts[start, stop]


def _links(parts: tuple[Segment, ...]) -> list[_Link]:
    links = [_Link("")]
    for part in parts:
        kernels = [one for one in part.operations if _has_kernel(one)]
        label = _label(part, kernels) if kernels else ""
        if label and links[-1].filled and label != links[-1].label:
            links.append(_Link(label))
        link = links[-1]
        link.segments.append(part)
        if kernels and not link.filled:
            link.label, link.filled = label, True
    return links


def _has_kernel(operation: Any) -> bool:
    return any(len(weight.shape) > 1 for weight in getattr(operation, "weights", ()))


def _label(part: Segment, kernels: list[Any]) -> str:
    """The block that a segment belongs to, by the names of its layers."""
    for operation in part.operations:
        found = next(filter(None, (pattern.search(operation.name) for pattern in _BLOCKS)), None)
        if found:
            return found[1]
    separable = _SEPARABLE.match(kernels[0].name)
    if separable:
        return f"conv_{separable[1]}"
    last = part.operations[-1]
    # Inception's blocks have their name at the layer that joins the branches.
    return str(last.name if isinstance(last, keras.layers.Concatenate) else kernels[0].name)


def _members(link: _Link) -> tuple[str, ...]:
    layers = (one for part in link.segments for one in part.operations if isinstance(one, keras.layers.Layer))
    return tuple(layer.name for layer in layers)


def _unique(links: list[_Link]) -> list[str]:
    names: list[str] = []
    for link in links:
        name, count = link.label, 2
        while name in names:
            name, count = f"{link.label}_part{count}", count + 1
        names.append(name)
    return names
