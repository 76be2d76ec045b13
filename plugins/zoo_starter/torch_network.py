"""The starter architecture in PyTorch."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.plugin import Stage
from zoo_starter.architecture import BLOCKS, EPSILON, FLAT, STEM, Block


class Stem(nn.Module):
    """Images (B, 3, H, W) to (B, 16, H/2, W/2)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, STEM, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(STEM, eps=EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        """Convolution, norm, ReLU."""
        return F.relu(self.norm(self.conv(x)))


class Residual(nn.Module):
    """A residual block of the architecture."""

    def __init__(self, plan: Block):
        super().__init__()
        self.conv1 = nn.Conv2d(plan.inputs, plan.outputs, 3, stride=plan.stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(plan.outputs, eps=EPSILON)
        self.conv2 = nn.Conv2d(plan.outputs, plan.outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(plan.outputs, eps=EPSILON)
        self.around: nn.Module = nn.Identity()
        if plan.shortcut:
            self.around = nn.Sequential(
                nn.Conv2d(plan.inputs, plan.outputs, 1, stride=plan.stride, bias=False),
                nn.BatchNorm2d(plan.outputs, eps=EPSILON),
            )

    def forward(self, x: Tensor) -> Tensor:
        """Compute relu(f(x) + shortcut(x))."""
        inner = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(inner)) + self.around(x))


class GlyphNetwork(nn.Module):
    """The network, float32 (B, 3, H, W) to features (B, 128), and its partial forward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Stem()
        for plan in BLOCKS:
            self.add_module(plan.name, Residual(plan))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """Run all stages, then the mean over positions."""
        return self.run(x)

    def run(self, value: Any, start: int = 0, stop: int | None = None) -> Any:
        """Implements :class:`zoo.plugin.Runner`; the mean belongs to the last stage."""
        stages = list(self.children())
        end = len(stages) if stop is None else stop
        for stage in stages[start:end]:
            value = stage(value)
        return value.mean((2, 3)) if start < end == len(stages) else value


def stages(module: nn.Module) -> tuple[Stage, ...]:
    """Return the stem and the blocks."""
    return tuple(Stage(name, (name,)) for name, _ in module.named_children())


class Normalize:
    """uint8 (B, H, W, 3) to float32 (B, 3, H, W), each image by its own mean and deviation."""

    def __call__(self, pixels: Tensor) -> Tensor:
        """See :data:`zoo_starter.architecture.FLAT`; the permuted view keeps the memory order of the
        images."""
        values = pixels.permute(0, 3, 1, 2).to(torch.float32) / 255
        centred = values - values.mean((1, 2, 3), keepdim=True)
        return centred * torch.rsqrt(centred.square().mean((1, 2, 3), keepdim=True) + FLAT)
