"""The torch engine on a network that has every layer that likes to move while frozen."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch_backbone import RATES, STAGES, TASK, Restless, adapter, backbone, batch, changed
from zoo_torch.engine import TorchEngine

from zoo import MultiLabel, Regression
from zoo.core.protocols.backbone import Stage
from zoo.core.protocols.engine import Batch, LearningRates, StepPlan
from zoo.errors import ConfigError, IntegrityError, NonFiniteError, OutOfMemory, PluginError

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("frozen", [0, 1, 2, 3])
def test_a_frozen_stage_does_not_move_by_one_bit_and_the_rest_does(frozen):
    model = adapter(frozen)
    before = model.weights()
    for step in range(3):
        # What users and libraries do to a module must not matter.
        model.native.train()
        model.native.backbone.train()
        for module in model.native.backbone.children():
            module.train()
        model.step(batch(step), RATES)
    stage = {fact.name: fact.stage for fact in model.tensors()}
    still = {stage.name for stage in STAGES[:frozen]}
    moved = changed(before, model.weights())
    assert not {name for name in moved if stage[name] in still}
    assert {stage[name] for name in moved} == {s.name for s in STAGES[frozen:]} | {"head"}


def test_releasing_a_stage_makes_it_move_again():
    model = adapter(3)
    assert type(model.native.backbone.norm2) is not nn.BatchNorm2d
    assert isinstance(model.native.backbone.norm2, nn.BatchNorm2d)
    model.freeze(0)
    assert type(model.native.backbone.norm2) is nn.BatchNorm2d
    model.begin(StepPlan(task=TASK))
    before = model.weights()
    model.step(batch(), RATES)
    assert "backbone.norm2.running_mean" in changed(before, model.weights())


def test_what_its_author_holds_constant_is_never_trained():
    model = adapter(3)
    model.freeze(0)
    model.begin(StepPlan(task=TASK))
    fact = next(fact for fact in model.tensors() if fact.name == "backbone.shift")
    assert (fact.kind, fact.fixed, fact.trainable, fact.group) == ("parameter", True, False, None)
    before = model.weights()
    model.step(batch(), RATES)
    moved = changed(before, model.weights())
    assert "backbone.shift" not in moved
    assert "backbone.scale" in moved
    assert model.lora(2, 0).added
    model.merge()
    model.freeze(0)
    assert [fact.name for fact in model.tensors() if fact.fixed] == ["backbone.shift"]


def test_a_deep_copy_stays_still():
    twin = copy.deepcopy(adapter(3).native)
    twin.train()
    assert not twin.backbone.norm2.training
    assert twin.head.training


def test_what_was_not_loaded_is_never_frozen():
    model = adapter(3, fresh=frozenset({"norm2.weight", "norm2.running_mean"}))
    before = model.weights()
    model.step(batch(), RATES)
    moved = {name for name in changed(before, model.weights()) if name.startswith("backbone.")}
    assert {"backbone.norm2.weight", "backbone.norm2.running_mean"} <= moved
    assert not {name for name in moved if "norm2" not in name}


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_state_and_weights_are_enough_to_go_on_identically(optimizer):
    whole = adapter(1, optimizer=optimizer)
    for step in range(3):
        whole.step(batch(step), RATES)
    weights, state = whole.weights(), whole.state()
    for step in range(3, 6):
        whole.step(batch(step), RATES)
    resumed = adapter(1, optimizer=optimizer)
    resumed.set_weights(weights)
    resumed.restore(state)
    for step in range(3, 6):
        resumed.step(batch(step), RATES)
    assert not changed(whole.weights(), resumed.weights())
    forgetful = adapter(1, optimizer=optimizer)
    forgetful.set_weights(weights)
    for step in range(3, 6):
        forgetful.step(batch(step), RATES)
    assert changed(whole.weights(), forgetful.weights()), "the test cannot tell a lost state"


def test_a_step_leaves_the_callers_random_state_alone():
    model = adapter()
    torch.manual_seed(123)
    expected = torch.rand(3)
    torch.manual_seed(123)
    model.step(batch(), RATES)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize(
    ("task", "targets"),
    [
        (MultiLabel(labels=("x", "y")), np.eye(2, dtype=np.float32)[np.arange(8) % 2]),
        (Regression(targets=("w", "h")), np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)),
        (TASK, None),
    ],
)
def test_the_loss_of_a_step_is_the_tasks_own(task, targets):
    model = adapter(3, task=task)
    first = batch(targets=targets)
    expected = task.loss(task.observe(model.infer(first.inputs), first.targets))
    assert model.step(first, RATES) == pytest.approx(expected, rel=1e-5)
    for _ in range(30):
        last = model.step(first, RATES)
    assert last < expected


@pytest.mark.parametrize("poison", [np.inf, np.nan, 1e30])
def test_a_step_that_is_not_finite_changes_nothing(poison):
    task = Regression(targets=("w",))
    model = adapter(0, task=task)
    model.step(batch(0, np.zeros((8, 1), np.float32)), RATES)
    weights, state = model.weights(), model.state()
    with pytest.raises(NonFiniteError, match="no weight was changed"):
        model.step(batch(1, np.full((8, 1), poison, np.float32)), RATES)
    assert not changed(weights, model.weights()), "running statistics included"
    assert not changed(state, model.state())
    assert np.isfinite(model.step(batch(2, np.zeros((8, 1), np.float32)), RATES))


@pytest.mark.parametrize("level", ["none", "light", "standard", "strong"])
def test_augmentation_depends_on_the_seed_of_the_step_alone(level):
    def weights(seed: int) -> dict:
        model = adapter(0, augment=level, flip=True)
        one = batch()
        model.step(Batch(one.inputs, one.targets, one.index, seed), RATES)
        return model.weights()

    assert not changed(weights(5), weights(5))
    assert changed(weights(5), weights(6))


def test_weight_decay_spares_vectors():
    model = adapter(0, weight_decay=0.1)
    for fact in model.tensors():
        if fact.kind == "parameter" and not fact.fixed:
            assert fact.group is not None
            assert fact.group.endswith("/decay") == (len(fact.shape) >= 2)
            assert fact.group.startswith("head") == fact.name.startswith("head.")


def test_clipping_bounds_the_update_of_plain_sgd():
    model = adapter(0, optimizer="sgd", momentum=0.0, weight_decay=0.0, clip_norm=0.01)
    before = model.weights()
    model.step(batch(), LearningRates(head=1.0, backbone=1.0))
    after = model.weights()
    names = [fact.name for fact in model.tensors() if fact.kind == "parameter"]
    assert np.sqrt(sum(np.square(after[n] - before[n]).sum() for n in names)) == pytest.approx(0.01, rel=1e-3)


@pytest.mark.parametrize(
    ("stages", "word"),
    [
        (STAGES[:2], "belongs to no stage"),
        ((*STAGES, Stage("again", ("conv",))), "conv"),
    ],
)
def test_a_chain_that_does_not_cover_the_module_once_is_refused(stages, word):
    with pytest.raises(PluginError, match=word):
        TorchEngine().load(backbone(stages), device="cpu")


def test_weights_of_another_shape_are_refused_before_any_is_copied():
    model = adapter()
    before = model.weights()
    wrong = {**before, "head.weight": np.zeros((1, 8), np.float32)}
    with pytest.raises(IntegrityError, match=r"head\.weight"):
        model.set_weights(wrong)
    assert not changed(before, model.weights())


def test_unknown_devices_are_named():
    with pytest.raises(ConfigError, match="cuda:9"):
        TorchEngine().load(backbone(), device="cuda:9")


def test_running_statistics_follow_by_a_tenth_in_each_step_whatever_the_library_built():
    """transformers hands TensorFlow's 0.997 of what stays to torch, as the share of what comes."""
    made = backbone()
    made.module.norm2.momentum = 0.997
    model = TorchEngine().load(made, device="cpu")
    model.freeze(0)
    model.replace_head(TASK, seed=1)
    model.begin(StepPlan(task=TASK))
    with torch.no_grad():
        seen = made.module.conv(made.prepare(torch.from_numpy(batch().inputs))).mean((0, 2, 3))
    model.step(batch(), RATES)
    torch.testing.assert_close(made.module.norm2.running_mean, 0.1 * seen)


def test_biases_by_any_name_are_biases_and_tables_of_them_are_not():
    class Attending(Restless):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2)
            self.position_bias = nn.Parameter(torch.zeros(8, 2))

        def forward(self, x):
            x = super().forward(x)
            return self.attention(x, x, x)[0] + self.position_bias.sum(1)

    made = replace(
        backbone(), module=Attending(), stages=(*STAGES, Stage("attention", ("attention", "position_bias")))
    )
    model = TorchEngine().load(made, device="cpu")
    model.replace_head(TASK, seed=1)
    model.freeze(0, only="biases")
    named = {fact.name.removeprefix("backbone.") for fact in model.tensors() if fact.trainable}
    assert {"attention.in_proj_bias", "attention.out_proj.bias", "dense.bias"} <= named
    assert not {"position_bias", "attention.in_proj_weight", "scale"} & named


def test_memory_that_runs_out_while_a_model_is_asked_is_told_as_that(monkeypatch):
    model = adapter(0)

    def short(*args, **kwargs):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")

    free = [one.requires_grad for one in model.native.parameters()]
    monkeypatch.setattr(model.native.backbone, "forward", short)
    for ask in (model.embed, model.infer):
        with pytest.raises(OutOfMemory, match="asked"):
            ask(batch().inputs)
    assert [one.requires_grad for one in model.native.parameters()] == free


def test_weight_decay_of_sgd_stays_out_of_the_momentum():
    """Where nothing pulls, each step takes rate x decay away, however often it did before."""
    model = adapter(0, optimizer="sgd", weight_decay=0.5, momentum=0.9)
    before = model.weights()["head.weight"]
    update = model._update.optimizer
    for _ in range(5):
        for one in update.parameters:
            one.grad = torch.zeros_like(one)
        update.step(LearningRates(head=0.1, backbone=0.1))
    after = model.weights()
    np.testing.assert_allclose(after["head.weight"], before * 0.95**5, rtol=1e-5)
    assert not np.array_equal(after["head.weight"], before)
