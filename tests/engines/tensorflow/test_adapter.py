"""The TensorFlow engine on a network that has every layer that likes to move while frozen."""

from __future__ import annotations

import gc
import random
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework.func_graph import FuncGraph
from tensorflow_backbone import RATES, STAGES, TASK, Raw, backbone, batch, changed
from zoo_tensorflow import memory_cleanup
from zoo_tensorflow.engine import TensorFlowEngine

from zoo import Classification, MultiLabel, Regression
from zoo.core.protocols.backbone import Stage
from zoo.core.protocols.engine import Batch, LearningRates, StepPlan
from zoo.errors import ConfigError, IntegrityError, NonFiniteError, PluginError

pytestmark = pytest.mark.tensorflow


def adapter(frozen: int = 0, task=TASK, fresh=frozenset(), module=None, stages=STAGES, **plan):
    made = TensorFlowEngine().load(backbone(stages, fresh, module))
    made.freeze(frozen)
    made.replace_head(task, seed=1)
    made.begin(StepPlan(task=task, **plan))
    return made


@pytest.mark.parametrize("frozen", [0, 1, 2, 3])
def test_a_frozen_stage_does_not_move_by_one_bit_and_the_rest_does(frozen):
    model = adapter(frozen)
    before = model.weights()
    for step in range(3):
        # What users and libraries do to a model must not matter.
        if frozen == 3:
            model.native.backbone(np.full((2, 12, 12, 3), step, np.float32), training=True)
        model.step(batch(step), RATES)
    stage = {fact.name: fact.stage for fact in model.tensors()}
    still = {stage.name for stage in STAGES[:frozen]}
    moved = changed(before, model.weights())
    assert not {name for name in moved if stage[name] in still}
    assert {stage[name] for name in moved} == {s.name for s in STAGES[frozen:]} | {"head"}
    assert ("backbone.norm.moving_mean" in moved) == (frozen == 0)
    assert ("backbone.block.norm.moving_variance" in moved) == (frozen < 3)


def test_a_frozen_layer_computes_as_in_inference_whoever_asks_for_training():
    model = adapter(2).native.backbone
    pixels = np.random.default_rng(0).random((4, 12, 12, 3), np.float32)
    upper = keras.Model(model.inputs, model.get_layer("pool").output)
    assert np.array_equal(upper(pixels, training=True), upper(pixels, training=False))
    assert not np.array_equal(model(pixels, training=True), model(pixels, training=False))


def test_releasing_a_stage_makes_it_move_again():
    model = adapter(3)
    norm = model.native.backbone.get_layer("norm")
    assert type(norm) is not keras.layers.BatchNormalization
    assert isinstance(norm, keras.layers.BatchNormalization)
    model.freeze(0)
    assert type(norm) is keras.layers.BatchNormalization
    model.begin(StepPlan(task=TASK))
    before = model.weights()
    model.step(batch(), RATES)
    assert "backbone.norm.moving_mean" in changed(before, model.weights())


def test_what_was_not_loaded_is_never_frozen():
    model = adapter(3, fresh=frozenset({"norm.gamma", "norm.moving_mean"}))
    before = model.weights()
    model.step(batch(), RATES)
    moved = {name for name in changed(before, model.weights()) if name.startswith("backbone.")}
    assert {"backbone.norm.gamma", "backbone.norm.moving_mean"} <= moved
    assert not {name for name in moved if "backbone.norm." not in name}


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
    model = adapter(augment="strong")

    def draws():
        return random.random(), np.random.rand(), float(tf.random.uniform(()))

    keras.utils.set_random_seed(123)
    expected = draws()
    keras.utils.set_random_seed(123)
    model.step(batch(), RATES)
    assert draws() == expected


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
    assert not changed(weights, model.weights()), "moving statistics included"
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
        if fact.kind == "parameter":
            assert fact.group is not None
            assert fact.group.endswith("/decay") == (len(fact.shape) >= 2)
            assert fact.group.startswith("head") == fact.name.startswith("head.")


def test_clipping_bounds_the_update_of_plain_sgd():
    model = adapter(0, optimizer="sgd", momentum=0.0, weight_decay=0.0, clip_norm=0.01)
    before = model.weights()
    model.step(batch(), LearningRates(head=1.0, backbone=1.0))
    after = model.weights()
    names = [f.name for f in model.tensors() if f.kind == "parameter"]
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
        TensorFlowEngine().load(backbone(stages))


def test_weights_of_another_shape_are_refused_before_any_is_copied():
    model = adapter()
    before = model.weights()
    wrong = {**before, "head.kernel": np.zeros((1, 8), np.float32)}
    with pytest.raises(IntegrityError, match=r"head\.kernel"):
        model.set_weights(wrong)
    assert not changed(before, model.weights())


def test_unknown_devices_are_named():
    with pytest.raises(ConfigError, match="gpu:9"):
        TensorFlowEngine().load(backbone(), device="gpu:9")


@pytest.mark.parametrize("frozen", [0, 1])
def test_a_module_that_is_no_keras_layer_trains_whole_or_not_at_all(frozen):
    raw = Raw()
    model = adapter(frozen, module=raw, stages=(Stage("all", ("",)),), optimizer="sgd", weight_decay=0.0)
    before = model.weights()
    loss = model.step(batch(), RATES)
    moved = {name for name in changed(before, model.weights()) if name.startswith("backbone.")}
    everything = {"backbone.dense/kernel", "backbone.dense/kernel_1", "backbone.mean"}
    assert moved == (set() if frozen else everything)
    # Its regularisation counts while it trains, and not while it is frozen.
    penalty = float(np.square(before["backbone.dense/kernel"]).sum())
    assert (loss > penalty) == (not frozen)


def test_class_weights_and_label_smoothing_are_those_of_the_task():
    weights = np.array([0.5, 2.0, 1.0], np.float32)
    model = adapter(3, class_weights=weights)
    first = batch()
    expected = TASK.loss(TASK.observe(model.infer(first.inputs), first.targets, weights))
    assert model.step(first, RATES) == pytest.approx(expected, rel=1e-5)
    even = Classification(classes=("a", "b"))
    smooth = adapter(3, task=even, label_smoothing=0.2)
    labels = np.arange(8) % 2
    outputs = smooth.infer(first.inputs)
    both = [even.loss(even.observe(outputs, np.full(8, kind))) for kind in (0, 1)]
    hard = even.loss(even.observe(outputs, labels))
    assert smooth.step(batch(targets=labels), RATES) == pytest.approx(0.8 * hard + 0.1 * sum(both), rel=1e-5)


def test_bfloat16_is_refused_by_name():
    with pytest.raises(ConfigError, match="float32"):
        adapter(precision="bfloat16")


def test_moving_statistics_follow_by_a_tenth_in_each_step():
    model = adapter(0)
    norm = model.native.backbone.get_layer("norm")
    conv = model.native.backbone.get_layer("conv")
    one = batch()
    expected = 0.1 * np.mean(conv(one.inputs.astype(np.float32) / 255), (0, 1, 2))
    model.step(one, RATES)
    np.testing.assert_allclose(norm.moving_mean.numpy(), expected, rtol=1e-4)


def test_a_large_model_that_was_let_go_of_is_freed_by_the_next(monkeypatch):
    monkeypatch.setattr(memory_cleanup, "LARGE", 0)
    engine = TensorFlowEngine()
    gc.disable()
    try:
        engine.load(backbone())
        first = engine.load(backbone())
        first.replace_head(TASK, 0)
        first.begin(StepPlan(task=TASK))
        first.step(batch(), RATES)
        # The handle is what owns the memory, and what compiled functions hold.
        slots = [weakref.ref(slot.handle) for slot in first._update.optimizer._slots["exp_avg"]]
        first.begin(StepPlan(task=TASK))
        assert not any(slot() is not None for slot in slots)
        first.step(batch(), RATES)
        held = [weakref.ref(slot.handle) for slot in first._update.optimizer._slots["exp_avg"]]
        del first
        engine.load(backbone())
        assert not any(slot() is not None for slot in held)
    finally:
        gc.enable()


def test_compiled_functions_leave_no_graph_behind():
    def graphs():
        gc.collect()
        return sum(isinstance(one, FuncGraph) for one in gc.get_objects())

    before = graphs()
    # An activation with a gradient of its own.
    layers = [keras.layers.Dense(4, activation="silu", name="a"), keras.layers.Dense(8, name="b")]
    module = keras.Sequential([keras.Input((12, 12, 3)), keras.layers.Flatten(name="flat"), *layers])
    model = adapter(module=module, stages=(Stage("a", ("a",)), Stage("b", ("b",))))
    model.step(batch(), RATES)
    model.infer(batch().inputs)
    del model, module, layers
    assert graphs() == before
