"""Engines with the classic faults of fine-tuning in PyTorch, each one a small change of the real engine."""

from __future__ import annotations

from dataclasses import replace

import tiny_torch
import torch
import zoo_torch
from torch import nn
from zoo_torch.adapter import TorchAdapter
from zoo_torch.engine import TorchEngine
from zoo_torch.freezing import FrozenMixin, release

from zoo import plugin

STILL = "check_frozen_stages_do_not_move"
EVALUATION = "check_frozen_stages_compute_as_in_evaluation"


class OnlyRequiresGrad(TorchAdapter):
    """``requires_grad = False`` and nothing else: batch norm goes on counting, dropout on dropping."""

    caught = frozenset({STILL, EVALUATION})

    def freeze(self, stages):
        report = super().freeze(stages)
        for module in self.network.modules():
            release(module)
        return report


class EvalOnce(TorchAdapter):
    """``eval()`` when it freezes, undone by the next ``train()``."""

    caught = frozenset({STILL, EVALUATION})

    def freeze(self, stages):
        report = super().freeze(stages)
        for module in self.network.modules():
            if isinstance(module, FrozenMixin):
                release(module)
                module.eval()
        return report


class NormsAlone(TorchAdapter):
    """Batch norm is held, dropout in the same stage is forgotten."""

    caught = frozenset({EVALUATION})

    def freeze(self, stages):
        report = super().freeze(stages)
        for module in self.network.modules():
            if not isinstance(module, nn.BatchNorm2d):
                release(module)
        return report


class FrozenDecay(TorchAdapter):
    """Frozen tensors stay in the optimizer with a gradient of zero: weight decay moves them."""

    caught = frozenset({STILL})

    def begin(self, plan):
        super().begin(plan)
        self.decay = plan.weight_decay

    def step(self, batch, rates):
        loss = super().step(batch, rates)
        with torch.no_grad():
            for parameter in self.network.backbone.parameters():
                if not parameter.requires_grad:
                    parameter.mul_(1 - rates.backbone * self.decay)
        return loss


class TrainingInference(TorchAdapter):
    """``eval()`` forgotten: answers depend on the batch and on chance, asking moves statistics."""

    caught = frozenset(
        {
            "check_evaluation_leaves_no_trace",
            "check_prediction_is_independent_of_the_batch",
            "check_saved_run_predicts_the_same",
        }
    )

    @torch.no_grad()
    def infer(self, inputs):
        self.network.train()
        return self.network(self.backbone.prepare(torch.from_numpy(inputs))).numpy()


class ParametersAlone(TorchAdapter):
    """``named_parameters()`` saved instead of ``state_dict()``: running statistics are lost."""

    caught = frozenset({"check_saved_run_predicts_the_same"})

    def weights(self):
        names = {name for name, _ in self.network.named_parameters()}
        return {name: value for name, value in super().weights().items() if name in names}

    def set_weights(self, weights):
        super().set_weights({**super().weights(), **weights})


class PoisonedStatistics(TorchAdapter):
    """The loss is looked at, but the forward pass before it has moved the running statistics."""

    caught = frozenset({"check_non_finite_step_changes_nothing"})

    def begin(self, plan):
        super().begin(plan)
        self._update._statistics = []


class HalfThawed(TorchAdapter):
    """Set free again, a stage stays in evaluation mode: the root says that it is training already."""

    caught = frozenset({"check_thawing_leaves_no_trace"})

    depth = 0

    def freeze(self, stages):
        thawed, self.depth = self.depth > stages, stages
        report = super().freeze(stages)
        if thawed:
            self.network.training = True
        return report


class WrongLayout(TorchAdapter):
    """Moments come back contiguous, the weights are channels-last: a fused kernel pairs the wrong numbers."""

    caught = frozenset({"check_interrupted_training_ends_the_same"})

    def restore(self, state):
        super().restore(state)
        for fields in self._update.optimizer.native.state.values():
            for name, value in fields.items():
                fields[name] = value.contiguous()


class StrangeFresh(TorchAdapter):
    """Tensors are called fresh by the names of another network: nothing would be left trainable for them."""

    caught = frozenset({"check_opens"})
    fresh = frozenset({"layer9.weight"})


class UnseededDropout(TorchAdapter):
    """Randomness from the clock instead of the seed of the step."""

    caught = frozenset(
        {
            "check_a_divided_batch_sees_the_same_images",
            "check_same_seed_gives_same_weights",
            "check_thawing_leaves_no_trace",
            "check_interrupted_training_ends_the_same",
        }
    )

    def step(self, batch, rates):
        return super().step(replace(batch, seed=torch.random.seed() % 2**62), rates)


FAULTS = (
    OnlyRequiresGrad,
    EvalOnce,
    NormsAlone,
    FrozenDecay,
    TrainingInference,
    ParametersAlone,
    PoisonedStatistics,
    HalfThawed,
    WrongLayout,
    StrangeFresh,
    UnseededDropout,
)


class Engine(TorchEngine):
    adapter: type[TorchAdapter]

    def load(self, backbone, *, device="auto"):
        return self.adapter(backbone, torch.device("cpu"))


class Loader(tiny_torch.Loader):
    fault: type[TorchAdapter]

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, weights, input_size=input_size)
        fresh = getattr(self.fault, "fresh", frozenset())
        return replace(backbone, loaded=replace(backbone.loaded, fresh=fresh))

    def describe(self, name):
        return super().describe(name).model_copy(update={"framework": self.source})


def _name(fault):
    return f"x-{fault.__name__.lower()}"


for _fault in FAULTS:
    # What a record points to is a class in a module.
    globals()[f"{_fault.__name__}Engine"] = type(f"{_fault.__name__}Engine", (Engine,), {"adapter": _fault})
    globals()[f"{_fault.__name__}Loader"] = type(
        f"{_fault.__name__}Loader", (Loader,), {"source": _name(_fault), "fault": _fault}
    )


class Plugin:
    @plugin.hookimpl
    def zoo_sources(self):
        for fault in FAULTS:
            yield plugin.Source(
                name=_name(fault),
                framework=_name(fault),
                target=f"{__name__}:{fault.__name__}Loader",
            )

    @plugin.hookimpl
    def zoo_engines(self):
        [sound] = zoo_torch.zoo_engines()
        for fault in FAULTS:
            yield plugin.Engine(
                name=_name(fault),
                framework=_name(fault),
                target=f"{__name__}:{fault.__name__}Engine",
                heads=sound.heads,
            )
