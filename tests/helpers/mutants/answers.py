"""Faults of an engine in what it says: features, answers, reports, tensors."""

from __future__ import annotations

import zlib

import numpy as np

from mutants.sound import parameters, shift


class SpoiltFeatures:
    """Base: features are spoilt on their way out, not on their way to the head."""

    on_the_way_out = True

    def embed(self, inputs):
        features = super().embed(inputs)
        return self.spoilt(features) if self.on_the_way_out else features

    def infer(self, inputs):
        self.on_the_way_out = False
        outputs = super().infer(inputs)
        self.on_the_way_out = True
        return outputs


class DoubleFeatures(SpoiltFeatures):
    """Features in double precision."""

    def spoilt(self, features):
        return features.astype(np.float64)


class NotANumber(SpoiltFeatures):
    """A feature is lost when more than two images come together."""

    def spoilt(self, features):
        features = features.copy()
        features[2:, 0] = np.nan
        return features


class LostFeature(SpoiltFeatures):
    """A batch of three has one feature less."""

    def spoilt(self, features):
        return features[:, 1:] if len(features) == 3 else features


class SameFeatures(SpoiltFeatures):
    """A batch of three gets the features of its first image."""

    def spoilt(self, features):
        return features[[0, 0, 0]] if len(features) == 3 else features


class NoisyInference:
    """No fault, but a network that blows rounding up: answers hang on the last bits of weights and sums."""

    def infer(self, inputs):
        outputs = super().infer(inputs)
        bits = zlib.crc32(b"".join(array.tobytes() for array in self.weights().values()))
        return outputs + np.random.default_rng([bits, len(inputs)]).normal(size=outputs.shape[1:])


class CountingInference:
    """Asking moves a tensor, by too little to be seen in the answer."""

    def infer(self, inputs):
        outputs = super().infer(inputs)
        shift(self, parameters(self, "head")[-1:], 1e-15)
        return outputs


class WearyInference:
    """Every answer is a little smaller than the last one."""

    calls = 0

    def infer(self, inputs):
        self.calls += 1
        return super().infer(inputs) * np.float32(1 - 1e-6 * self.calls)


class LostBatchAxis:
    """One image alone gives (width,) instead of (1, width)."""

    def infer(self, inputs):
        outputs = super().infer(inputs)
        return outputs[0] if len(outputs) == 1 else outputs


class BatchCentred:
    """Outputs are centred over the batch."""

    def infer(self, inputs):
        outputs = super().infer(inputs)
        return outputs - np.float32(0.1) * outputs.mean(0, dtype=np.float32)


class MiscountedFreeze:
    """The report counts one parameter too many as trainable."""

    def freeze(self, stages):
        report = super().freeze(stages)
        return report.model_copy(update={"trainable": report.trainable + 1})


class MiscountedStages:
    """The report counts one stage too many."""

    def freeze(self, stages):
        report = super().freeze(stages)
        return report.model_copy(update={"frozen_stages": report.frozen_stages + 1})


class OneTensorMore:
    """Report and tensors agree that a tensor of the last stage is frozen with the first one."""

    depth = 0

    def freeze(self, stages):
        self.depth = stages
        report = super().freeze(stages)
        size = sum(int(np.prod(fact.shape)) for fact in super().tensors() if fact.name == self.extra)
        lie = {"frozen": report.frozen + size, "trainable": report.trainable - size}
        return report.model_copy(update=lie)

    @property
    def extra(self):
        facts = super().tensors()
        if self.depth != 1 or any(fact.group for fact in facts):
            return None
        last = self.backbone.stages[-1].name
        return [fact.name for fact in facts if fact.stage == last and fact.kind == "parameter"][-1]

    def tensors(self):
        extra = self.extra
        return [
            f.model_copy(update={"trainable": False}) if f.name == extra else f for f in super().tensors()
        ]


class StuckStage:
    """What was frozen once is reported as frozen for ever, though it trains again."""

    once = False

    def freeze(self, stages):
        self.once |= stages > 0
        return super().freeze(stages)

    def tensors(self):
        first = self.backbone.stages[0].name
        stuck = self.once and self.training_nothing
        return [
            f.model_copy(update={"trainable": False}) if stuck and f.stage == first else f
            for f in super().tensors()
        ]

    @property
    def training_nothing(self):
        return not any(fact.group for fact in super().tensors())


class LostAxis:
    """A head with one output gives (B,) instead of (B, 1)."""

    def infer(self, inputs):
        outputs = super().infer(inputs)
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs
