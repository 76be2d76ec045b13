"""An application as a chain of stages, and part of the chain as a function."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import keras

from zoo.plugin import Stage


@dataclass(frozen=True)
class Segment:
    """The operations between two joints, in the order in which they run."""

    operations: tuple[Any, ...]
    end: Any
    """The KerasTensor at the joint behind them."""


def segments(module: Any) -> tuple[Segment, ...]:
    """Return the whole graph of a functional model with one input and one output, cut at every joint."""
    operations = module.operations
    last_use: dict[int, int] = {id(tensor): len(operations) for tensor in module.outputs}
    for position, operation in enumerate(operations):
        if not isinstance(operation, keras.layers.InputLayer):
            for tensor in keras.tree.flatten(operation.input):
                last_use[id(tensor)] = max(position, last_use.get(id(tensor), 0))
    found: list[Segment] = []
    alive: dict[int, Any] = {}
    begun = 0
    for position, operation in enumerate(operations):
        for tensor in keras.tree.flatten(operation.output):
            alive[id(tensor)] = tensor
        alive = {key: tensor for key, tensor in alive.items() if last_use.get(key, -1) > position}
        if len(alive) == 1:
            found.append(Segment(tuple(operations[begun : position + 1]), next(iter(alive.values()))))
            begun = position + 1
    return tuple(found)


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


_CELL = re.compile(r"^(?:normal|reduction|separable|adjust)_.*?_(stem_\d+|reduce_\d+|\d+)$")  # NASNet


@dataclass
class _Link:
    label: str
    segments: list[Segment] = field(default_factory=list)
    filled: bool = False


class Chain:
    """The stages of a functional model, and :class:`zoo.plugin.Runner` for it.

    A stage begins where a layer with a kernel begins; activations, statistics, pooling and dropout stay with
    the stage before. Cuts are at joints, so that each is exact; NASNet's cells, which pass on two tensors,
    are stages that can be frozen and not be cut.
    """

    def __init__(self, module: Any):
        self._module = module
        self._at: dict[int, Any] = {0: module.inputs[0]}
        stages: list[tuple[str, tuple[str, ...]]] = []
        for link in _links(segments(module)):
            stages += _stages(link)
            self._at[len(stages)] = link.segments[-1].end
        self._parts: dict[tuple[int, int], Any] = {(0, len(stages)): module}
        names = _unique([name for name, _ in stages])
        self.stages = tuple(Stage(name, stage[1]) for name, stage in zip(names, stages, strict=True))

    @property
    def cuts(self) -> frozenset[int]:
        """The boundaries at which a single tensor carries everything."""
        return frozenset(self._at) - {0, len(self.stages)}

    def __call__(self, value: Any, start: int = 0, stop: int | None = None, *, training: bool = False) -> Any:
        """Run stages ``start`` up to, not including, ``stop``."""
        end = len(self.stages) if stop is None else stop
        return value if start == end else self._part(start, end)(value, training=training)

    def _part(self, start: int, stop: int) -> Any:
        """Return a model that shares the layers."""
        if (start, stop) not in self._parts:
            self._parts[start, stop] = keras.Model(self._at[start], self._at[stop])
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
    """Return the block that a segment belongs to, by the names of its layers."""
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


def _stages(link: _Link) -> list[tuple[str, tuple[str, ...]]]:
    """Name and layers of the stages in a link: one, or NASNet's cells in the order in which they end."""
    layers = [one for part in link.segments for one in part.operations if isinstance(one, keras.layers.Layer)]
    found = [_CELL.match(layer.name) for layer in layers]
    cells = list(dict.fromkeys(match[1] for match in reversed(found) if match))[::-1]
    if len(cells) < 2:
        return [(link.label, tuple(layer.name for layer in layers))]
    members: dict[str, list[str]] = {cell: [] for cell in cells}
    cell = cells[0]
    for layer, match in zip(layers, found, strict=True):
        # Activations and poolings have no name of their own; they hold nothing that could move.
        cell = match[1] if match else cell
        members[cell].append(layer.name)
    return [(f"cell_{cell}", tuple(names)) for cell, names in members.items()]


def _unique(labels: list[str]) -> list[str]:
    names: list[str] = []
    for label in labels:
        name, count = label, 2
        while name in names:
            name, count = f"{label}_part{count}", count + 1
        names.append(name)
    return names
