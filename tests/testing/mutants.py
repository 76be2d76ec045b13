"""One sabotaged plugin for each check: a sound source and engine with a single fault.

The faults are written against the two seams alone, so they can be put into any plugin.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import zoo
from zoo.errors import NonFiniteError, UnknownModel
from zoo.records import FreezeReport
from zoo.seams.adapter import Rates
from zoo.seams.backbone import LoadReport


class Loader:
    """A sound loader under another source name. Every fault of a source overrides one method."""

    sound: Callable[[], Any]
    source: str

    def __init__(self):
        self.inner = type(self).sound()

    def names(self):
        return self.inner.names()

    def describe(self, name):
        card = self.inner.describe(name)
        own = card.id.partition(":")[2]
        return card.model_copy(update={"id": f"{self.source}:{own}", "framework": self.source})

    def open(self, card, weights, *, input_size=None):
        return self.inner.open(self._inner_card(card), weights, input_size=input_size)

    def reference(self, card, picture, *, input_size=None):
        return self.inner.reference(self._inner_card(card), picture, input_size=input_size)

    def _inner_card(self, card):
        return self.inner.describe(card.id.partition(":")[2])


class Engine:
    """A sound engine whose adapters get a fault mixed in."""

    sound: Callable[[], Any]
    fault: type | None

    def __init__(self):
        self.inner = type(self).sound()

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def load(self, backbone, *, device="auto"):
        adapter = self.inner.load(backbone, device=device)
        if self.fault is not None:
            adapter.__class__ = type("Faulty", (self.fault, type(adapter)), {})
        return adapter


def shift(adapter, names, by):
    """Move tensors of a live model."""
    weights = adapter.weights()
    adapter.set_weights({n: v + np.asarray(by, v.dtype) if n in names else v for n, v in weights.items()})


def parameters(adapter, stage=None):
    """Names of parameters, of one stage or all."""
    return [f.name for f in adapter.tensors() if f.kind == "parameter" and stage in (None, f.stage)]


# Faults of a source.


class WrongException(Loader):
    """An unknown name ends in a KeyError, which the command line does not understand."""

    def describe(self, name):
        try:
            return super().describe(name)
        except UnknownModel:
            raise KeyError(name) from None


class AnswersAnything(Loader):
    """An unknown name gets the card of another model."""

    def describe(self, name):
        try:
            return super().describe(name)
        except UnknownModel:
            return super().describe(next(iter(self.names())))


class MuteError(Loader):
    """An unknown name is refused, but the message does not say which."""

    def describe(self, name):
        try:
            return super().describe(name)
        except UnknownModel:
            raise UnknownModel("there is no such model") from None


class FalseOrigin(Loader):
    """Random weights are passed off as pretrained."""

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, weights, input_size=input_size)
        total = backbone.loaded.total
        return replace(backbone, loaded=LoadReport("pretrained", total, total))


class MiscountedCard(Loader):
    """The original head is counted too."""

    def describe(self, name):
        card = super().describe(name)
        return card.model_copy(update={"parameters": (card.parameters or 0) + 1000})


class MiscountedTensors(Loader):
    """The load report counts tensors that are not saved."""

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, weights, input_size=input_size)
        return replace(backbone, loaded=replace(backbone.loaded, total=backbone.loaded.total + 1))


class OtherForm(Loader):
    """The card states another crop than the one that is used."""

    def describe(self, name):
        card = super().describe(name)
        return card.model_copy(update={"input": card.input.model_copy(update={"crop": 0.5})})


class RestlessCard(Loader):
    """The card is another one each time."""

    def describe(self, name):
        return super().describe(name).model_copy(update={"summary": secrets.token_hex(4)})


class RevisionInId(Loader):
    """The card's id carries a revision."""

    def describe(self, name):
        card = super().describe(name)
        return card.model_copy(update={"id": f"{card.id}@v1"})

    def _inner_card(self, card):
        return super()._inner_card(card.model_copy(update={"id": card.id.removesuffix("@v1")}))


class OtherFeatures(Loader):
    """The card states another feature width than the backbone."""

    def describe(self, name):
        card = super().describe(name)
        wider = card.features.model_copy(update={"width": card.features.width + 1})
        return card.model_copy(update={"features": wider})


class OtherFramework(Loader):
    """The card names a framework for which there is no engine, so a saved run cannot be opened either."""

    def describe(self, name):
        return super().describe(name).model_copy(update={"framework": "abacus"})


class IgnoredSize(Loader):
    """Another input size is accepted and forgotten."""

    def open(self, card, weights, *, input_size=None):
        return super().open(card, weights)

    def reference(self, card, picture, *, input_size=None):
        return super().reference(card, picture)


class StageCalledHead(Loader):
    """The last stage has the name of what comes after the chain."""

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, weights, input_size=input_size)
        *others, last = backbone.stages
        return replace(backbone, stages=(*others, replace(last, name="head")))


class RunlessCuts(Loader):
    """Cuts are claimed, but nothing can make them."""

    def open(self, card, weights, *, input_size=None):
        return replace(super().open(card, weights, input_size=input_size), run=None)


class OtherScale(Loader):
    """Pixels are divided by another number than in the library."""

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, weights, input_size=input_size)
        return replace(backbone, prepare=lambda pixels: backbone.prepare(pixels) * 0.5)


class InexactCut(Loader):
    """Something happens twice, or not at all, when the chain is entered in the middle."""

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, weights, input_size=input_size)

        def run(value, start=0, stop=None):
            return backbone.run(value if start != 1 else value * 1.001, start, stop)

        return replace(backbone, run=run)


class CutOutside(Loader):
    """The end of the chain is called a cut."""

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, weights, input_size=input_size)
        return replace(backbone, cuts=backbone.cuts | {len(backbone.stages)})


class SeedlessWeights(Loader):
    """Random weights that are the same for every seed."""

    def open(self, card, weights, *, input_size=None):
        from zoo.plugins.manager import manager

        manager().engine(self.source).seed(0)
        return super().open(card, weights, input_size=input_size)


# Faults of an engine.


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
    """A feature is lost when more than two pictures come together."""

    def spoilt(self, features):
        features = features.copy()
        features[2:, 0] = np.nan
        return features


class LostFeature(SpoiltFeatures):
    """A batch of three has one feature less."""

    def spoilt(self, features):
        return features[:, 1:] if len(features) == 3 else features


class SameFeatures(SpoiltFeatures):
    """A batch of three gets the features of its first picture."""

    def spoilt(self, features):
        return features[[0, 0, 0]] if len(features) == 3 else features


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
    """One picture alone gives (width,) instead of (1, width)."""

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


class OneRate:
    """The backbone trains at the rate of the head."""

    def step(self, batch, rates):
        return super().step(batch, Rates(rates.head, rates.head))


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
        return super().step(batch, Rates(rates.head, rates.backbone * 0.5) if thawed else rates)


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
        return super().step(batch, Rates(0.0, rates.backbone) if whole else rates)


class UnsavedOffset:
    """Part of the head lives outside the weights."""

    offset = 0.0

    def replace_head(self, task, seed):
        super().replace_head(task, seed)
        self.offset = np.float32(1e-3 * (seed + 1))

    def infer(self, inputs):
        return super().infer(inputs) + self.offset


@dataclass(frozen=True)
class Mutant:
    """A fault and the check that must find it.

    ``also`` names the checks that must fail with it, where one fault breaks two promises.
    """

    check: str
    fault: type
    also: tuple[str, ...] = ()
    input_size: int | None = None

    @property
    def source(self):
        return f"m-{self.fault.__name__.lower()}"


MUTANTS = (
    Mutant("check_unknown_name_is_a_lookup_error", WrongException),
    Mutant("check_unknown_name_is_a_lookup_error", AnswersAnything),
    Mutant("check_unknown_name_is_a_lookup_error", MuteError),
    Mutant("check_opens", FalseOrigin),
    Mutant("check_opens", MiscountedTensors),
    Mutant("check_card_tells_the_truth", MiscountedCard),
    Mutant("check_card_tells_the_truth", OtherForm),
    Mutant("check_card_tells_the_truth", RestlessCard),
    Mutant("check_card_tells_the_truth", RevisionInId),
    Mutant("check_card_tells_the_truth", OtherFeatures),
    Mutant("check_card_tells_the_truth", OtherFramework, also=("check_saved_run_predicts_the_same",)),
    Mutant("check_card_tells_the_truth", IgnoredSize, input_size=48),
    Mutant("check_card_tells_the_truth", StageCalledHead),
    Mutant("check_preprocessing_is_the_librarys_own", OtherScale),
    Mutant("check_features_have_the_stated_shape", DoubleFeatures),
    Mutant("check_features_have_the_stated_shape", NotANumber),
    Mutant("check_features_have_the_stated_shape", LostFeature),
    Mutant("check_features_have_the_stated_shape", SameFeatures),
    Mutant("check_evaluation_leaves_no_trace", CountingInference),
    Mutant("check_evaluation_leaves_no_trace", WearyInference),
    Mutant("check_prediction_is_independent_of_the_batch", BatchCentred),
    Mutant("check_prediction_is_independent_of_the_batch", LostBatchAxis),
    Mutant("check_cuts_of_the_chain_are_exact", InexactCut),
    Mutant("check_cuts_of_the_chain_are_exact", CutOutside),
    Mutant("check_cuts_of_the_chain_are_exact", RunlessCuts),
    Mutant("check_freezing_more_trains_less", MiscountedFreeze),
    Mutant("check_freezing_more_trains_less", MiscountedStages),
    Mutant("check_freezing_more_trains_less", OneTensorMore),
    Mutant("check_freezing_more_trains_less", StuckStage),
    Mutant("check_head_answers_every_task", LostAxis),
    Mutant("check_loss_is_the_loss_of_the_task", SummedLoss),
    Mutant("check_loss_is_the_loss_of_the_task", WeightlessClasses),
    Mutant("check_learning_rates_are_kept_apart", OneRate),
    Mutant("check_frozen_stages_compute_as_in_evaluation", FrozenChance),
    Mutant("check_frozen_stages_compute_as_in_evaluation", BatchStatistics),
    Mutant("check_non_finite_step_changes_nothing", MovedBeforeLooking),
    Mutant("check_non_finite_step_changes_nothing", StepsOverInfinity),
    Mutant("check_frozen_stages_do_not_move", DriftingFrozenStage),
    Mutant("check_frozen_stages_do_not_move", HeadAlone),
    Mutant("check_frozen_stages_do_not_move", RestingHead),
    Mutant("check_loss_falls", Ascent),
    Mutant("check_every_trainable_parameter_is_updated", ForgottenBias),
    Mutant("check_every_trainable_parameter_is_updated", FrozenInGroup),
    Mutant("check_nothing_unloaded_is_frozen", FrozenFresh),
    Mutant("check_nothing_unloaded_is_frozen", SilentFresh),
    Mutant("check_nothing_unloaded_is_frozen", FreshFreesAll),
    Mutant("check_thawing_leaves_no_trace", HalfThawed),
    Mutant("check_interrupted_training_ends_the_same", ForgetfulOptimizer),
    Mutant("check_same_seed_gives_same_weights", UnseededAugmentation),
    Mutant("check_same_seed_gives_same_weights", SeedlessHead),
    Mutant("check_same_seed_gives_same_weights", SeedlessWeights),
    Mutant("check_saved_run_predicts_the_same", UnsavedOffset),
)


class Sound(Loader):
    """No fault: what the others are measured against."""


SOUND = Mutant("", Sound).source


class Plugin:
    """All mutants of a sound source and engine, each under its own name."""

    def __init__(self, loader, engine):
        for mutant in (*MUTANTS, Mutant("", Sound)):
            of_source = issubclass(mutant.fault, Loader)
            bases = (mutant.fault,) if of_source else (Loader,)
            name = mutant.fault.__name__
            # What a record points to is a class in a module.
            globals()[f"{name}Source"] = type(
                f"{name}Source", bases, {"sound": loader, "source": mutant.source}
            )
            fault = None if of_source else mutant.fault
            globals()[f"{name}Engine"] = type(f"{name}Engine", (Engine,), {"sound": engine, "fault": fault})

    @zoo.hookimpl
    def zoo_sources(self):
        for mutant in (*MUTANTS, Mutant("", Sound)):
            target = f"{__name__}:{mutant.fault.__name__}Source"
            yield zoo.Source(name=mutant.source, framework=mutant.source, target=target)

    @zoo.hookimpl
    def zoo_engines(self):
        for mutant in (*MUTANTS, Mutant("", Sound)):
            target = f"{__name__}:{mutant.fault.__name__}Engine"
            yield zoo.Engine(name=mutant.source, framework=mutant.source, target=target)
