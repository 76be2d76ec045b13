"""What is told to be still is, and nothing else is: in Keras layers and in a SavedModel."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_backbone import RATES, SIZE, TASK, backbone, batch
from zoo_tensorflow.engine import TensorFlowEngine

from zoo.core.cards import Features
from zoo.core.protocols.backbone import Backbone, LoadReport, Stage, Tap
from zoo.core.protocols.engine import LearningRates, StepPlan
from zoo.errors import ConfigError, OutOfMemory

pytestmark = pytest.mark.tensorflow

NOTHING = LearningRates(head=0.0, backbone=0.0)


def ready(made: Backbone, frozen: int = 0, plan: StepPlan | None = None, **freezing):
    adapter = TensorFlowEngine().load(made, device="cpu")
    adapter.replace_head(TASK, 0)
    adapter.freeze(frozen, **freezing)
    adapter.begin(plan or StepPlan(task=TASK))
    return adapter


def one_stage(module, width: int) -> Backbone:
    return replace(
        backbone(),
        module=module,
        stages=(Stage("all", ("",)),),
        taps={"vector": Tap(Features(width=width))},
        loaded=LoadReport("pretrained", 0, 9),
    )


def moved(adapter, rates=RATES, **given) -> set[str]:
    before = adapter.weights()
    for number in range(3):
        adapter.step(batch(number), rates, **given)
    after = adapter.weights()
    return {name for name in before if not np.array_equal(before[name], after[name])}


def test_a_held_layer_does_not_silence_the_free_ones_after_it():
    """Keras hands ``training`` on from layer to layer; the free block's dropout is told nothing."""
    adapter = ready(backbone(), 2, norms="affine")
    losses = {adapter.step(replace(batch(), seed=seed), NOTHING) for seed in range(4)}
    assert len(losses) > 1


class Saved(tf.Module):
    """A SavedModel with a norm, as Keras names its tensors there."""

    def __init__(self, kind=tf.float32):
        super().__init__()
        self.kernel = tf.Variable(tf.random.stateless_normal((3, 8), (0, 1), dtype=kind), name="dense/kernel")
        self.bias = tf.Variable(tf.zeros(8, kind), name="dense/bias")
        self.gamma = tf.Variable(tf.ones(8, kind), name="dense/norm/gamma")
        self.beta = tf.Variable(tf.zeros(8, kind), name="dense/norm/beta")
        self.mean = tf.Variable(tf.zeros(8, kind), trainable=False, name="dense/norm/moving_mean")

    def __call__(self, inputs, training=False):
        value = tf.cast(tf.reduce_mean(inputs, (1, 2)), self.kernel.dtype) @ self.kernel + self.bias
        mean = tf.reduce_mean(value, 0) if training else self.mean
        if training:
            self.mean.assign(0.9 * self.mean + 0.1 * mean)
        return tf.cast((value - mean) * self.gamma + self.beta, tf.float32)


class Paced(tf.Module):
    """A SavedModel whose moving statistics move by ``move(statistic, mean of the batch)``, and a counter."""

    def __init__(self, move):
        super().__init__()
        self.kernel = tf.Variable(tf.random.stateless_normal((3, 8), (0, 1)), name="dense/kernel")
        self.mean = tf.Variable(tf.ones(8), trainable=False, name="norm/moving_mean")
        self.calls = tf.Variable(0, dtype=tf.int64, trainable=False, name="calls")
        self.move = move

    def __call__(self, inputs, training=False):
        value = tf.reduce_mean(inputs, (1, 2)) @ self.kernel
        mean = self.mean.read_value()
        if training:
            mean = tf.reduce_mean(value, 0)
            # Random numbers that no seed reaches, as before a norm behind dropout.
            self.mean.assign(self.move(self.mean, mean * tf.random.uniform((8,), 0.999, 1.001)))
            self.calls.assign_add(1)
        return value - mean


def follow(momentum):
    return lambda old, new: momentum * old + (1 - momentum) * new


def twice(old, new):
    return follow(0.99)(follow(0.99)(old, new), new)


@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize(
    ("move", "share"),
    [(follow(0.9), 0.1), (follow(0.999), 0.1), (twice, 0.1), (follow(0.4), 0.6), (follow(1.0), 0.0)],
    ids=["0.9", "0.999", "twice 0.99", "0.4", "1"],
)
def test_statistics_of_a_saved_model_follow_by_a_tenth_whatever_its_momentum(move, share, parts, caplog):
    adapter = ready(one_stage(Paced(move), 8))
    before = adapter.weights()
    assert before["backbone.norm/moving_mean"].tolist() == [1.0] * 8, "measuring leaves the model as it was"
    assert before["backbone.calls"] == 0
    adapter.step(batch(), NOTHING, parts=parts)
    after, one = adapter.weights(), batch().inputs.astype(np.float32) / 255
    expected = np.ones(8)
    for piece in np.split(one, parts):
        seen = piece.mean((1, 2)) @ before["backbone.dense/kernel"]
        expected += share * (seen.mean(0) - expected)
    np.testing.assert_allclose(after["backbone.norm/moving_mean"], expected, rtol=3e-3, atol=3e-3)
    assert after["backbone.calls"] == parts
    assert not caplog.messages


def test_statistics_that_follow_no_momentum_are_reported_and_left_to_their_pace(caplog):
    shares = np.linspace(0.9, 0.99, 8, dtype=np.float32)
    adapter = ready(one_stage(Paced(lambda old, new: shares * old + 1.0), 8))
    assert "norm/moving_mean" in caplog.text
    assert "--bn affine" in caplog.text
    adapter.step(batch(), NOTHING)
    np.testing.assert_array_equal(adapter.weights()["backbone.norm/moving_mean"], shares + 1)


@pytest.mark.parametrize(
    ("freezing", "names"),
    [
        ({}, {"kernel", "norm/gamma", "norm/beta", "norm/moving_mean"}),
        ({"norms": "affine"}, {"kernel", "bias", "norm/gamma", "norm/beta"}),
        ({"norms": "eval"}, {"kernel", "bias"}),
        ({"only": "biases", "norms": "affine"}, {"bias", "norm/beta"}),
        ({"only": "norms", "norms": "affine"}, {"norm/gamma", "norm/beta"}),
    ],
)
def test_norms_and_biases_of_a_saved_model_are_known_by_their_names(freezing, names):
    found = moved(ready(one_stage(Saved(), 8), **freezing)) - {"head.weight", "head.kernel", "head.bias"}
    # As a norm in training takes the mean away, the bias before it has no gradient but rounding.
    assert found - {"backbone.dense/bias"} == {f"backbone.dense/{name}" for name in names - {"bias"}}
    assert ("backbone.dense/bias" in found) or "bias" not in names


def test_a_norm_that_sees_one_value_of_each_channel_goes_by_its_statistics():
    """A variance of nothing, again and again, would make what the model answers explode."""
    entry = keras.Input((SIZE, SIZE, 3))
    value = keras.layers.Conv2D(4, SIZE, name="conv")(entry)
    value = keras.layers.BatchNormalization(name="norm")(value)
    adapter = ready(one_stage(keras.Model(entry, keras.layers.Flatten()(value)), 4))
    before = adapter.weights()
    names = moved(adapter, parts=len(batch().index))
    assert "backbone.conv.kernel" in names
    assert not {"backbone.norm.moving_mean", "backbone.norm.moving_variance"} & names
    # Together they have a spread.
    assert "backbone.norm.moving_variance" in moved(adapter)
    assert before["backbone.norm.moving_variance"].tolist() == [1.0] * 4


def test_biases_of_two_dimensions_are_not_shrunk_either():
    entry = keras.Input((SIZE, SIZE, 3))
    value = keras.layers.Reshape((9, 8))(keras.layers.Conv2D(8, 4, strides=4, name="conv")(entry))
    value = keras.layers.MultiHeadAttention(2, 4, name="attention")(value, value)
    module = keras.Model(entry, keras.layers.GlobalAveragePooling1D()(value))
    facts = {one.name: one for one in ready(one_stage(module, 8)).tensors()}
    biases = {name: one.group for name, one in facts.items() if name.endswith(".bias")}
    assert any(len(facts[name].shape) == 2 for name in biases)
    assert all(group.endswith("/no-decay") for group in biases.values())


def test_what_is_not_float32_is_refused_before_the_first_step():
    with pytest.raises(ConfigError, match=r"dense/norm/beta is float64"):
        ready(one_stage(Saved(tf.float64), 8))


@pytest.mark.parametrize(("name", "value"), [("image_data_format", "channels_first"), ("floatx", "float16")])
def test_settings_of_keras_that_would_change_the_meaning_of_layers_are_refused(name, value):
    made = backbone()
    before = getattr(keras.config, name)()
    try:
        getattr(keras.config, f"set_{name}")(value)
        for begun in (lambda: TensorFlowEngine().load(made), lambda: TensorFlowEngine().seed(0)):
            with pytest.raises(ConfigError, match=f"{name} '{value}'"):
                begun()
    finally:
        getattr(keras.config, f"set_{name}")(before)


@pytest.mark.parametrize(
    ("scope", "why"),
    [
        (lambda: tf.Graph().as_default(), "does not execute eagerly"),
        (lambda: tf.distribute.MirroredStrategy(["CPU:0"]).scope(), "strategy is active"),
    ],
    ids=["graph", "strategy"],
)
def test_scopes_of_tensorflow_in_which_no_step_works_are_named(scope, why):
    engine, adapter = TensorFlowEngine(), ready(backbone())
    with scope():
        for begun in (
            lambda: engine.seed(0),  # before a source builds anything
            lambda: engine.load(backbone(), device="cpu"),
            lambda: adapter.begin(StepPlan(task=TASK)),
        ):
            with pytest.raises(ConfigError, match=why):
                begun()


@pytest.mark.parametrize(
    "error",
    [
        tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor"),
        tf.errors.InternalError(None, None, "Dst tensor is not initialized."),
    ],
)
def test_memory_that_runs_out_is_told_as_that(monkeypatch, error):
    adapter = ready(backbone())

    def short(*args):
        raise error

    monkeypatch.setattr("zoo_tensorflow.adapter.compiled", lambda *args: short)
    with pytest.raises(OutOfMemory, match="asked"):
        adapter.embed(batch().inputs)
    before = adapter.weights()
    monkeypatch.setattr("zoo_tensorflow.train_step.compiled", lambda *args: short)
    with pytest.raises(OutOfMemory, match="step"):
        adapter.step(batch(), RATES)
    assert all(np.array_equal(before[name], value) for name, value in adapter.weights().items())
