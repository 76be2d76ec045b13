"""How long a training is: what was asked for, whatever the method."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest
from starters import MODELS, stripes

import zoo
import zoo.training.budget
import zoo.training.epoch_runner
import zoo.training.phase_runner
import zoo.training.training_context
from zoo.errors import ConfigError
from zoo.training.budget import Fit
from zoo.training.observer import NullObserver

pytestmark = pytest.mark.engine

TIMED = (
    zoo.training.budget,
    zoo.training.epoch_runner,
    zoo.training.phase_runner,
    zoo.training.training_context,
)
"""Modules that look at the clock in a training."""


class Clock:
    """Stands in for the module ``time``."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now

    def advanced_by(self, owner, name, seconds):
        call = getattr(owner, name)

        @functools.wraps(call)
        def timed(*args, **kwargs):
            self.now += seconds
            return call(*args, **kwargs)

        setattr(owner, name, timed)


class Told(NullObserver):
    def __init__(self):
        self.said = []

    def on_message(self, what, text):
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

    def steps_within_budget(adapter, step, plan, tried, evaluate, evaluated, seconds, reading):
        asked.append(seconds)
        assert evaluated.later == 6 - len(asked)
        if len(asked) == 3:
            raise ConfigError("not one step of training fits")
        return Fit(3 * 1000, 0.001, 150, 0.0)

    monkeypatch.setattr(zoo.training.phase_runner, "steps_within_budget", steps_within_budget)
    model, data = zoo.load(MODELS[0]), zoo.data(stripes(24))
    config = zoo.TrainConfig(batch_size=16, budget=600, head="gradient")
    model.train(data, config, method="gradual")
    assert len(asked) == 3
    assert asked[0] > asked[1] > asked[2]
    assert model.report.stopped == "budget"
    assert model.report.steps == 2 * -(-len(data.splits["train"]) // 16)


@pytest.mark.parametrize("split", ["val", "test"])
@pytest.mark.parametrize("dear", [0.001, 0.1, 1.0])
def test_a_budget_pays_for_its_evaluations(dear, split, monkeypatch):
    """By a clock that steps and evaluated batches alone move; an evaluation takes ``dear`` seconds."""
    clock = Clock()
    for module in TIMED:
        monkeypatch.setattr(module, "time", clock)
    model, pixels = zoo.load(MODELS[0]), stripes(48)
    data = zoo.data(pixels, val=0.5)
    data = replace(
        data, splits={**data.splits, split: data.splits["val"], **({"val": []} if split == "test" else {})}
    )
    model.replace_head(data.task)
    model.freeze("nothing")
    clock.advanced_by(model.adapter, "step", 0.2)
    clock.advanced_by(model.adapter, "infer", dear / 3)
    model.train(data, zoo.TrainConfig(batch_size=16, budget=10, augment="none", keep="last"))
    report = model.report
    assert clock.now <= 10
    assert clock.now > 6
    assert report.stopped == "all epochs"
    assert report.epochs[-1]["lr"] < 0.1 * report.settings["lr"], "the schedule was gone through"
    assert len(report.epochs) <= 20


@pytest.mark.parametrize("dear", ["views", "compiling"])
def test_a_budget_pays_for_views_and_for_what_is_compiled_twice(dear, monkeypatch):
    """An engine may compile a step after each ``begin``, and the measurement ends with one."""
    clock = Clock()
    for module in TIMED:
        monkeypatch.setattr(module, "time", clock)
    model, data = zoo.load(MODELS[0]), zoo.data(stripes(24), val=0)
    model.replace_head(data.task)
    model.freeze("nothing")
    adapter = model.adapter
    begin, step, compiled = adapter.begin, adapter.step, []

    def begun(plan):
        compiled.clear()
        begin(plan)

    def stepped(batch, rates):
        clock.now += 0.2 if compiled or dear != "compiling" else 3.0
        compiled.append(True)
        return step(batch, rates)

    monkeypatch.setattr(adapter, "begin", begun)
    monkeypatch.setattr(adapter, "step", stepped)
    clock.advanced_by(adapter, "views", 0.4 if dear == "views" else 0.0)
    model.train(data, zoo.TrainConfig(batch_size=16, budget=20, views=4))
    assert 12 < clock.now <= 20
    assert model.report.stopped == "all epochs"


@pytest.mark.parametrize(("steps", "evaluations"), [(200, 20), (39, 20), (7, 7)])
def test_steps_have_twenty_evaluations_at_most(steps, evaluations):
    model, data = zoo.load(MODELS[0]), zoo.data(stripes(4), val=0.5)
    model.freeze("backbone")
    model.train(data, zoo.TrainConfig(batch_size=16, steps=steps, head="gradient"))
    assert len(model.report.epochs) == evaluations


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
