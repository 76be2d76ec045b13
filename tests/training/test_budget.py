"""How long a training is: what was asked for, whatever the method."""

from __future__ import annotations

import numpy as np
import pytest
from starters import MODELS, stripes

import zoo
import zoo.training.loop
from zoo.errors import ConfigError
from zoo.training.observer import Unwatched


class Told(Unwatched):
    def __init__(self):
        self.said = []

    def noted(self, what, text):
        self.said.append((what, text))


def test_auto_does_as_many_epochs_as_were_asked_for():
    told, model, data = Told(), zoo.load(MODELS[0]), zoo.data(stripes(24))
    model.train(data, zoo.TrainConfig(batch_size=16, epochs=2), method="auto", observer=told)
    assert model.report.steps == 2 * -(-len(data.splits["train"]) // 16)
    assert dict(told.said)["method"].startswith("probe-then-full, 2 epochs: ")


def test_few_that_may_not_choose_an_epoch_do_not_end_the_training_either():
    model = zoo.load(MODELS[0])
    data = zoo.data(stripes(24))
    assert len(data.splits["val"]) < 50
    model.train(data, zoo.TrainConfig(batch_size=16, patience=1, steps=40), method="auto")
    assert (model.report.steps, model.report.stopped) == (40, "all epochs")
    model.train(data, zoo.TrainConfig(batch_size=16, patience=1, steps=40, keep="best"), method="auto")
    assert model.report.stopped == "patience"


def test_every_phase_of_a_budget_is_planned_by_its_own_steps(monkeypatch):
    """One that frees more takes longer for a step than the one before, and less time is left."""
    asked = []

    def fitting(adapter, step, plan, tried, evaluate, seconds):
        asked.append(seconds)
        if len(asked) == 3:
            raise ConfigError("not one step of training fits")
        return 3 * 1000, 0.001

    monkeypatch.setattr(zoo.training.loop, "fitting", fitting)
    model, data = zoo.load(MODELS[0]), zoo.data(stripes(24))
    config = zoo.TrainConfig(batch_size=16, budget=600, head="gradient")
    model.train(data, config, method="gradual")
    assert len(asked) == 3
    assert asked[0] > asked[1] > asked[2]
    assert model.report.stopped == "budget"
    assert model.report.steps == 2 * -(-len(data.splits["train"]) // 16)


def test_a_budget_that_is_spent_before_the_first_step_says_so():
    model, data = zoo.load(MODELS[0]), zoo.data(stripes(24))
    with pytest.raises(ConfigError, match="the time is spent"):
        model.train(data, zoo.TrainConfig(budget=1e-6, head="gradient"), method="full")


@pytest.mark.parametrize("examples", [10, 40])
def test_norms_go_by_the_batches_that_there_are(examples):
    """Ten examples are no batch of 32."""
    model = zoo.load(MODELS[0])
    pixels = np.random.default_rng(0).integers(0, 256, (examples, 32, 32, 3), dtype=np.uint8)
    data = zoo.data((pixels, [str(i % 2) for i in range(examples)]), val=0)
    model.train(data, zoo.TrainConfig(epochs=1), method="full")
    assert model.report.settings["bn"] == ("eval" if examples < 16 else "train")
    assert model.report.settings["batch_size"] == 32
