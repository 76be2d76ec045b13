"""Faults of an engine in what it keeps of frozen stages, and in heads that come from outside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zoo.core.protocols.activations import Activations


class OtherWhole:
    """Cuts are held against something that is not the module."""

    def run(self, inputs, cut=0):
        return super().run(inputs, cut) * np.float32(1.001)


class RoundedCrossing:
    """What crosses a cut is rounded too coarsely."""

    def cross(self, inputs, cut):
        crossing = super().cross(inputs, cut)
        if cut == len(self.backbone.stages):
            return crossing
        coarse = {name: np.round(array, 1) for name, array in crossing.arrays.items()}
        return replace(crossing, arrays=coarse)


class HalvedEntrance:
    """A step takes what was kept at half its size."""

    def step(self, batch, rates):
        inputs = batch.inputs
        if isinstance(inputs, Activations):
            shrunk = {name: array * np.float32(0.5) for name, array in inputs.arrays.items()}
            batch = replace(batch, inputs=replace(inputs, arrays=shrunk))
        return super().step(batch, rates)


class OrderedCrossing:
    """Answers from kept rows hang on the place in the batch."""

    def infer(self, inputs):
        outputs = super().infer(inputs)
        if isinstance(inputs, Activations):
            outputs = outputs + np.linspace(0, 0.01, len(outputs), dtype=np.float32)[:, None]
        return outputs


class LostBias:
    """A head from outside loses its bias."""

    def set_head(self, weight, bias):
        super().set_head(weight, np.zeros_like(bias))


class SharedDraw:
    """The views of a batch are all drawn from the first seed."""

    def views(self, inputs, plan, seeds):
        return super().views(inputs, plan, np.repeat(seeds[:1], len(seeds)))


class SeedlessViews:
    """Views are drawn from numbers of the engine's own."""

    def views(self, inputs, plan, seeds):
        return super().views(inputs, plan, np.arange(len(seeds)) * 0)
