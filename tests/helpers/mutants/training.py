"""Faults of an engine in what it does: losses, steps, freezing, randomness, saving."""

from __future__ import annotations

import secrets
from dataclasses import replace

import numpy as np

from mutants.sound import parameters, shift
from zoo.core.cards import FreezeReport
from zoo.core.protocols.engine import LearningRates
from zoo.errors import NonFiniteError


class SummedLoss:
    """The sum over labels instead of the mean."""

    def begin(self, plan):
        super().begin(plan)
        self.factor = plan.task.width if plan.task.kind == "multi-label" else 1

    def step(self, batch, rates):
        return super().step(batch, rates) * self.factor


class WeightlessClasses:
    """Class weights are accepted and forgotten."""

    def begin(self, plan):
        super().begin(replace(plan, class_weights=None))


class EvenShares:
    """The parts of a batch weigh the same, however many examples they hold."""

    def begin(self, plan):
        even = type("Even", (type(plan.task),), {"mass": lambda self, targets, class_weights=None: 1.0})
        super().begin(replace(plan, task=even(**plan.task.model_dump())))


class UnweightedShares:
    """The parts of a batch weigh as much as they have examples, whatever the weights of their classes."""

    def begin(self, plan):
        counted = type(
            "Counted",
            (type(plan.task),),
            {"mass": lambda self, targets, class_weights=None: float(len(targets))},
        )
        super().begin(replace(plan, task=counted(**plan.task.model_dump())))


class ViewsByPart:
    """Augmentation counts the images of each part from the beginning."""

    def step(self, batch, rates, *, parts=1):
        sizes = [len(part) for part in np.array_split(batch.index, parts)]
        place = np.concatenate([batch.place[:size] for size in sizes])
        return super().step(replace(batch, place=place), rates, parts=parts)


class ViewsOfTheStep:
    """The images of a batch are all drawn from the seed of its first one."""

    def step(self, batch, rates, *, parts=1):
        place = np.repeat(batch.place[:1], len(batch.place))
        return super().step(replace(batch, place=place), rates, parts=parts)


class OneRate:
    """The backbone trains at the rate of the head."""

    def step(self, batch, rates):
        return super().step(batch, LearningRates(rates.head, rates.head))


class FrozenChance:
    """Something random is left in the frozen stages: their features depend on the seed of the step."""

    depth = 0

    def freeze(self, stages):
        self.depth = stages
        return super().freeze(stages)

    def step(self, batch, rates):
        chance = 1e-4 * (batch.seed % 97) if self.depth == len(self.backbone.stages) else 0.0
        return super().step(batch, rates) + chance


class BatchStatistics:
    """Frozen stages normalise over the batch: half a batch has another loss."""

    depth = 0

    def freeze(self, stages):
        self.depth = stages
        return super().freeze(stages)

    def step(self, batch, rates):
        small = self.depth == len(self.backbone.stages) and len(batch.inputs) < 4
        return super().step(batch, rates) + (0.001 if small else 0.0)


class StepsOverInfinity:
    """A step that is not finite is silently left out."""

    def step(self, batch, rates):
        try:
            return super().step(batch, rates)
        except NonFiniteError:
            return float("nan")


class MovedBeforeLooking:
    """A step that is not finite has moved running statistics before it is refused."""

    def step(self, batch, rates):
        try:
            return super().step(batch, rates)
        except NonFiniteError:
            shift(self, parameters(self)[:1], 0.01)
            raise


class DriftingFrozenStage:
    """A frozen first stage creeps while later ones train."""

    depth = 0

    def freeze(self, stages):
        self.depth = stages
        return super().freeze(stages)

    def step(self, batch, rates):
        loss = super().step(batch, rates)
        if 0 < self.depth < len(self.backbone.stages):
            shift(self, parameters(self, self.backbone.stages[0].name), 1e-5)
        return loss


class Ascent:
    """The sign of the update is wrong."""

    def step(self, batch, rates):
        before = self.weights()
        loss = super().step(batch, rates)
        names = {fact.name for fact in self.tensors() if fact.trainable}
        after = self.weights()
        self.set_weights({n: 2 * before[n] - after[n] if n in names else after[n] for n in after})
        return loss


class ForgottenBias:
    """One tensor of the head never reaches the optimizer."""

    def step(self, batch, rates):
        forgotten = parameters(self, "head")[-1]
        before = self.weights()[forgotten]
        loss = super().step(batch, rates)
        self.set_weights({**self.weights(), forgotten: before})
        return loss


class FrozenInGroup:
    """A frozen tensor is still listed in an optimizer group."""

    def tensors(self):
        facts = super().tensors()
        training = any(fact.group for fact in facts)
        return [
            f.model_copy(update={"group": "rest"})
            if training and f.kind == "parameter" and not f.trainable
            else f
            for f in facts
        ]


class SilentFresh:
    """The report does not say what stays trainable inside frozen stages."""

    def freeze(self, stages):
        return super().freeze(stages).model_copy(update={"fresh": ()})


class FreshFreesAll:
    """One tensor that was not loaded sets the whole backbone free."""

    def freeze(self, stages):
        fresh = self.backbone.loaded.fresh
        report = super().freeze(0 if fresh else stages)
        return report.model_copy(update={"fresh": tuple(sorted(fresh))})


class FrozenFresh:
    """Freezing takes no account of what was not loaded, only the report does."""

    def freeze(self, stages):
        fresh = self.backbone.loaded.fresh
        whole = self.backbone
        self.backbone = replace(whole, loaded=replace(whole.loaded, fresh=frozenset()))
        report: FreezeReport = super().freeze(stages)
        self.backbone = whole
        return report.model_copy(update={"fresh": tuple(sorted(fresh)) if stages else ()})


class HalfThawed:
    """What was frozen once trains at half the rate for ever."""

    once = False

    def freeze(self, stages):
        self.once |= stages > 0
        return super().freeze(stages)

    def step(self, batch, rates):
        thawed = self.once and all(f.trainable for f in self.tensors() if f.kind == "parameter")
        return super().step(batch, LearningRates(rates.head, rates.backbone * 0.5) if thawed else rates)


class ForgetfulOptimizer:
    """The optimizer's memory is saved but not put back."""

    def restore(self, state):
        pass


class UnseededAugmentation:
    """Augmentation draws from the operating system."""

    def begin(self, plan):
        super().begin(plan)
        self.augmenting = plan.augment != "none"

    def step(self, batch, rates):
        if self.augmenting:
            noise = np.frombuffer(secrets.token_bytes(batch.inputs.size), np.uint8).reshape(
                batch.inputs.shape
            )
            batch = replace(batch, inputs=batch.inputs // 2 + noise // 2)
        return super().step(batch, rates)


class SeedlessHead:
    """Every head begins with the same weights."""

    def replace_head(self, task, seed):
        super().replace_head(task, 0)


class HeadAlone:
    """The first stages are frozen, and the others do not train either."""

    depth = 0

    def freeze(self, stages):
        self.depth = stages
        return super().freeze(stages)

    def step(self, batch, rates):
        part = 0 < self.depth < len(self.backbone.stages)
        if not part:
            return super().step(batch, rates)
        before = self.weights()
        loss = super().step(batch, rates)
        after = self.weights()
        self.set_weights({n: after[n] if n.startswith("head.") else before[n] for n in after})
        return loss


class RestingHead:
    """With everything frozen the head rests too."""

    depth = 0

    def freeze(self, stages):
        self.depth = stages
        return super().freeze(stages)

    def step(self, batch, rates):
        whole = self.depth == len(self.backbone.stages) and not self.backbone.loaded.fresh
        return super().step(batch, LearningRates(0.0, rates.backbone) if whole else rates)


class UnsavedOffset:
    """Part of the head lives outside the weights."""

    offset = 0.0

    def replace_head(self, task, seed):
        super().replace_head(task, seed)
        self.offset = np.float32(1e-3 * (seed + 1))

    def infer(self, inputs):
        return super().infer(inputs) + self.offset
