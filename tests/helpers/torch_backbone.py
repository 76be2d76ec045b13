"""A small torch network with every layer that changes in training mode, although it is frozen."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from zoo_torch.engine import TorchEngine

from zoo import Classification
from zoo.core.cards import Features, ImageInput
from zoo.core.protocols.backbone import Backbone, LoadReport, Stage, Tap
from zoo.core.protocols.engine import Batch, LearningRates, StepPlan

TASK = Classification(classes=("a", "b", "c"))
RATES = LearningRates(head=0.05, backbone=0.01)
SIZE = 12


class Restless(nn.Module):
    """Norms of every dimension with running statistics, and dropout of every kind."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)
        self.norm2 = nn.BatchNorm2d(6)
        self.drop = nn.Dropout2d(0.5)
        self.volume = nn.BatchNorm3d(6)
        self.instance = nn.InstanceNorm2d(6, track_running_stats=True, affine=True)
        self.dense = nn.Linear(6, 8)
        self.norm1 = nn.BatchNorm1d(8)
        self.tail_drop = nn.Dropout(0.3)
        self.scale = nn.Parameter(torch.ones(8))
        self.shift = nn.Parameter(torch.zeros(8), requires_grad=False)

    def forward(self, x):
        x = self.drop(self.norm2(self.conv(x)).relu())
        x = self.instance(self.volume(x.unsqueeze(2)).squeeze(2))
        return self.tail_drop(self.norm1(self.dense(x.mean((2, 3))))) * self.scale + self.shift


STAGES = (
    Stage("stem", ("conv", "norm2", "drop")),
    Stage("middle", ("volume", "instance")),
    Stage("last", ("dense", "norm1", "tail_drop", "scale", "shift")),
)


def backbone(stages=STAGES, fresh=frozenset()) -> Backbone:
    torch.manual_seed(0)
    return Backbone(
        module=Restless(),
        prepare=lambda pixels: pixels.permute(0, 3, 1, 2).float() / 255,
        input=ImageInput(height=SIZE, width=SIZE),
        stages=stages,
        taps={"vector": Tap(Features(width=8))},
        loaded=LoadReport("pretrained", 10, 10, fresh=fresh),
    )


def adapter(frozen: int = 0, task=TASK, fresh=frozenset(), **plan):
    made = TorchEngine().load(backbone(fresh=fresh), device="cpu")
    made.freeze(frozen)
    made.replace_head(task, seed=1)
    made.begin(StepPlan(task=task, **plan))
    return made


def batch(step: int = 0, targets=None) -> Batch:
    random = np.random.default_rng(step)
    pixels = random.integers(0, 256, (8, SIZE, SIZE, 3), dtype=np.uint8)
    targets = random.integers(0, 3, 8) if targets is None else targets
    return Batch(inputs=pixels, targets=targets, index=np.arange(8), seed=step)


def changed(before, after) -> set[str]:
    return {name for name in before if before[name].tobytes() != after[name].tobytes()}
