"""A source of one tiny torch network in which everything moves: batch norm, dropout, a bare parameter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from zoo.core.cards import Features, ImageInput, ModelCard
from zoo.core.protocols.backbone import Backbone, LoadReport, Stage, Tap
from zoo.errors import UnknownModel
from zoo.plugin import Source, hookimpl

FORM = ImageInput(
    height=16, width=16, mode="squash", interpolation="bilinear", mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25)
)
NAME = "tiny"


class Tiny(nn.Module):
    """16 x 16 pixels to 12 features."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU())
        self.body = nn.Sequential(nn.Conv2d(8, 12, 3, 2, 1), nn.BatchNorm2d(12), nn.Dropout(0.2), nn.ReLU())
        self.scale = nn.Parameter(torch.ones(12))

    def links(self) -> list:
        return [self.stem, self.body, lambda value: (value * self.scale[:, None, None]).mean((2, 3))]

    def forward(self, value: Tensor) -> Tensor:
        for link in self.links():
            value = link(value)
        return value


def fill(module: nn.Module, weights) -> LoadReport:
    """Fill every tensor from a file, where there is one."""
    total = len(module.state_dict())
    if weights is None:
        return LoadReport("random", 0, total)
    module.load_state_dict(load_file(weights))
    return LoadReport("pretrained", total, total)


class Loader:
    """Structural: nothing is inherited."""

    def names(self):
        return [NAME]

    def describe(self, name):
        if name != NAME:
            raise UnknownModel(f"there is no {name!r}", hint=f"there is only {NAME}")
        return ModelCard(
            id=f"{self.source}:{NAME}",
            framework="torch",
            parameters=sum(p.numel() for p in Tiny().parameters()),
            input=FORM,
            features=Features(width=12),
        )

    source = "tiny"

    def open(self, card, weights, *, input_size=None):
        module = Tiny()

        def run(value, start=0, stop=None):
            for link in module.links()[start:stop]:
                value = link(value)
            return value

        return Backbone(
            module=module,
            prepare=lambda pixels: (pixels.permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.25,
            input=FORM,
            stages=(Stage("stem", ("stem",)), Stage("body", ("body",)), Stage("last", ("scale",))),
            taps={"vector": Tap(Features(width=12), run=run)},
            loaded=fill(module, weights),
            cuts=frozenset({1, 2}),
        )

    def reference(self, card, picture, *, input_size=None):
        pixels = np.asarray(picture.resize((16, 16), 2), dtype=np.float32)
        return ((pixels / 255 - 0.5) / 0.25).transpose(2, 0, 1)


class Projection(nn.Module):
    """16 x 16 pixels to 12 features, without a parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("matrix", torch.randn(3 * 16 * 16, 12) / 28)

    def forward(self, value: Tensor) -> Tensor:
        return torch.relu(value.flatten(1) @ self.matrix)


class ProjectionLoader(Loader):
    """The same, of a random projection."""

    source = "projection"

    def describe(self, name):
        return super().describe(name).model_copy(update={"parameters": 0})

    def open(self, card, weights, *, input_size=None):
        whole, module = super().open(card, None, input_size=input_size), Projection()
        stages = (Stage("matrix", ("matrix",)),)
        taps = {"vector": Tap(whole.features)}
        loaded = fill(module, weights)
        return replace(whole, module=module, stages=stages, loaded=loaded, taps=taps, cuts=frozenset())


class Plugin:
    """Offers the networks."""

    @hookimpl
    def zoo_sources(self):
        yield Source(name="tiny", framework="torch", target=f"{__name__}:Loader")
        yield Source(name="projection", framework="torch", target=f"{__name__}:ProjectionLoader")
