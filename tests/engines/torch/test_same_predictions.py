"""What an answer must not hang on: what is frozen, and what a module keeps from weights that are gone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from zoo_torch.engine import TorchEngine

from zoo import Regression
from zoo.core.cards import Features, ImageInput
from zoo.core.protocols.backbone import Backbone, LoadReport, Stage, Tap
from zoo.core.protocols.engine import Batch, LearningRates, StepPlan
from zoo.errors import NonFiniteError

pytestmark = pytest.mark.torch

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
TASK = Regression(targets=("w",))


class Turned(nn.Module):
    """Multiplies rows that do not lie in order: torch folds such a product by whether the matrix wants a
    gradient."""

    def __init__(self):
        super().__init__()
        self.matrix = nn.Parameter(torch.randn(256, 160))

    def forward(self, x):
        rows = x.flatten(2).transpose(0, 1).contiguous().unsqueeze(2).transpose(0, 1)
        return (rows @ self.matrix).flatten(1, 2).mean(1)


class Keeping(nn.Module):
    """Keeps a product of its weight in evaluation mode, as LeViT keeps its biases."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
        self.kept = None

    def train(self, mode=True):
        self.kept = None if mode else self.kept
        return super().train(mode)

    def forward(self, x):
        if self.training:
            return x.mean((2, 3)) * self.weight
        self.kept = self.weight * 1 if self.kept is None else self.kept
        return x.mean((2, 3)) * self.kept


class Exchanging(nn.Module):
    """Puts a new tensor in the place of a buffer, as I-BERT does with its ranges."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
        self.register_buffer("largest", torch.zeros(1))

    def forward(self, x):
        if self.training:
            self.largest = torch.maximum(self.largest * 0.9, x.detach().max())
        return x.mean((2, 3)) * self.weight


def adapter(module, width=3):
    backbone = Backbone(
        module=module,
        prepare=lambda pixels: pixels.permute(0, 3, 1, 2).float() / 255,
        input=ImageInput(height=16, width=16),
        stages=(Stage("all", ("",)),),
        taps={"vector": Tap(Features(width=width))},
        loaded=LoadReport("random", 0, len(module.state_dict())),
    )
    found = TorchEngine().load(backbone, device="cpu")
    found.replace_head(TASK, 0)
    return found


def test_the_bits_of_an_answer_do_not_hang_on_what_is_frozen():
    torch.manual_seed(0)
    model = adapter(Turned(), 160)
    free = model.embed(PIXELS)
    model.freeze(1)
    assert np.array_equal(model.embed(PIXELS), free)
    model.freeze(0)
    assert all(parameter.requires_grad for parameter in model.native.parameters())


@pytest.mark.parametrize("depth", [0, 1])
def test_what_a_module_keeps_goes_with_the_weights_it_came_from(depth):
    model = adapter(Keeping())
    model.freeze(depth)
    before = model.embed(PIXELS)
    model.set_weights({n: v * np.float32(2) for n, v in model.weights().items()})
    assert np.array_equal(model.embed(PIXELS), before * 2)


def test_a_step_that_is_not_finite_puts_exchanged_buffers_back():
    model = adapter(Exchanging())
    model.begin(StepPlan(task=TASK, precision="float32"))
    index = np.arange(4)

    def step(target):
        model.step(Batch(PIXELS, np.full((4, 1), target, np.float32), index, 0), LearningRates(0.1, 0.1))

    step(0.0)
    before = model.weights()
    assert before["backbone.largest"] > 0
    with pytest.raises(NonFiniteError):
        step(np.inf)
    assert all(np.array_equal(value, before[name]) for name, value in model.weights().items())
