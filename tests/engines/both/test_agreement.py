"""The same network, data, seed and settings in PyTorch and in TensorFlow: the same run."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from torch import nn

import zoo
from zoo.core.cards import Features, ImageInput, ModelCard
from zoo.core.protocols.backbone import Backbone, LoadReport, Stage
from zoo.plugin import Source, Tap, hookimpl
from zoo.plugins.manager import manager
from zoo.training.observer import NullObserver

pytestmark = [pytest.mark.torch, pytest.mark.tensorflow, pytest.mark.needs("timm")]

FORM = ImageInput(height=16, width=16, mode="squash", interpolation="bilinear")


class Loader:
    """One network: 3x3 convolution, relu, batch norm as a frozen constant, 2x2 convolution, mean."""

    name = framework = ""

    def names(self):
        return ["net"]

    def describe(self, name):
        return ModelCard(id=f"{self.name}:net", framework=self.framework, input=FORM)

    def backbone(self, module, prepare, tensors):
        return Backbone(
            module=module,
            prepare=prepare,
            input=FORM,
            stages=(Stage("first", ("first",)), Stage("second", ("second",))),
            taps={"vector": Tap(Features(width=12))},
            loaded=LoadReport("random", 0, tensors),
        )


class TorchNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 12, 2)

    def forward(self, x):
        return self.second(self.first(x).relu()).relu().mean((2, 3))


class TorchLoader(Loader):
    name, framework = "agree-torch", "torch"

    def open(self, card, weights, *, input_size=None):
        return self.backbone(TorchNet(), lambda raw: raw.permute(0, 3, 1, 2).float() / 255, 4)


class TensorFlowLoader(Loader):
    name, framework = "agree-tf", "tensorflow"

    def open(self, card, weights, *, input_size=None):
        x = entry = keras.Input((16, 16, 3))
        x = keras.layers.Conv2D(8, 3, activation="relu", name="first")(x)
        x = keras.layers.Conv2D(12, 2, activation="relu", name="second")(x)
        module = keras.Model(entry, keras.layers.GlobalAveragePooling2D()(x))
        return self.backbone(module, lambda raw: tf.cast(raw, tf.float32) / 255, 4)


class Plugin:
    @hookimpl
    def zoo_sources(self):
        for loader in (TorchLoader, TensorFlowLoader):
            yield Source(loader.name, loader.framework, f"{__name__}:{loader.__name__}")


class Watch(NullObserver):
    """Writes the loss of every step down."""

    def __init__(self):
        self.losses, self.lines = [], []

    def on_step_end(self, step, loss):
        self.losses.append(loss)

    def on_epoch_end(self, line, weights):
        self.lines.append(line)


@pytest.fixture(autouse=True)
def _plugin():
    manager().add(Plugin(), "agree")
    yield
    manager().remove("agree")


def to_keras(weights):
    """torch's tensors under Keras' names and axes."""
    found = {}
    for name, value in weights.items():
        part, _, last = name.rpartition(".")
        axes = {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}[value.ndim]
        found[f"{part}.{ {'weight': 'kernel', 'bias': 'bias'}[last] }"] = value.transpose(axes)
    return found


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_ten_steps_in_both_engines_have_the_same_losses(optimizer):
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (50, 20, 18, 3), dtype=np.uint8)
    data = zoo.data((pixels, [str(i % 3) for i in range(50)]), val=0.2, seed=4)
    settings = zoo.TrainConfig(
        epochs=2,
        batch_size=8,
        optimizer=optimizer,
        lr=0.05 if optimizer == "sgd" else 0.002,
        augment="none",
        precision="float32",
        seed=7,
    )
    models, seen = {}, {}
    for name in ("agree-torch:net", "agree-tf:net"):
        models[name] = zoo.load(name, from_scratch=True)
        models[name].replace_head(data.task)
        models[name].freeze("nothing")
    first = models["agree-torch:net"].adapter.weights()
    models["agree-tf:net"].adapter.set_weights(to_keras(first))
    for name, model in models.items():
        seen[name] = watch = Watch()
        model.train(data, settings, observer=watch)
    one, other = seen.values()
    assert len(one.losses) == 10
    assert one.losses[0] != one.losses[-1]
    np.testing.assert_allclose(other.losses, one.losses, atol=1e-4)
    # The same metrics by the same code on nearly the same outputs.
    assert one.lines[-1].keys() == other.lines[-1].keys()
    assert one.lines[-1]["val_loss"] == pytest.approx(other.lines[-1]["val_loss"], abs=1e-4)
    trained = to_keras(models["agree-torch:net"].adapter.weights())
    for name, value in models["agree-tf:net"].adapter.weights().items():
        np.testing.assert_allclose(value, trained[name], atol=2e-4, err_msg=name)
