"""What the tests of the timm source share."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import timm
import torch
from safetensors.torch import save_file
from torch import nn
from zoo_timm.loader import TimmLoader

from zoo.core.cards import ModelCard
from zoo.core.protocols.backbone import Backbone, LocalWeights

LOADER = TimmLoader()
# Small models: a second thread costs more than it brings, and sums keep their order.
torch.set_num_threads(1)


@cache
def card(name: str) -> ModelCard:
    return LOADER.describe(name)


def original(name: str, **arguments: object) -> nn.Module:
    """timm's own model, head included, with no tensor at the constant that it starts from."""
    torch.manual_seed(7)
    module = timm.create_model(name, **arguments).eval()
    stir(module)
    return module


@torch.no_grad()
def stir(module: nn.Module) -> None:
    """Give zero-initialised scales, statistics and the like values that make a difference."""
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            noise = torch.rand_like(tensor)
            tensor.add_(noise * 0.1) if name.endswith("running_var") else tensor.add_((noise - 0.5) * 0.1)


def saved(tensors: nn.Module | dict[str, torch.Tensor], folder: Path) -> LocalWeights:
    state = tensors.state_dict() if isinstance(tensors, nn.Module) else tensors
    path = folder / "model.safetensors"
    save_file({name: tensor.clone().contiguous() for name, tensor in state.items()}, path)
    return LocalWeights(path, sha256="", origin=str(path))


def opened(name: str, weights: LocalWeights | None = None, size: tuple[int, int] | None = None) -> Backbone:
    torch.manual_seed(3)
    return LOADER.open(card(name), weights, input_size=size)


def pictures(backbone: Backbone, count: int = 2) -> torch.Tensor:
    """A prepared batch of noise."""
    shape = (count, backbone.input.height, backbone.input.width, 3)
    generator = torch.Generator().manual_seed(11)
    return backbone.prepare(torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator))
