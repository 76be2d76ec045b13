"""The moving average of the weights: what it is, where it is used, and that it disturbs nothing."""

from __future__ import annotations

import numpy as np
import pytest
from interrupted_runs import digest, log, pictures, run
from starters import MODELS, stripes

import zoo
import zoo.training.training_context
from zoo.core.protocols.engine import Batch, LearningRates, StepPlan
from zoo.errors import ConfigError
from zoo.training.observer import NullObserver

pytestmark = pytest.mark.engine

DECAY = 0.6


class Watching(NullObserver):
    """Copies the live weights after each step."""

    def __init__(self, model):
        self.model, self.seen = model, []

    def on_step_end(self, step, loss):
        self.seen.append(self.model.adapter.weights())


@pytest.mark.parametrize("model", MODELS)
def test_what_is_kept_is_the_average_over_the_steps_and_frozen_tensors_are_still(model):
    data = zoo.data(stripes(24))
    found = zoo.load(model)
    found.replace_head(data.task)
    found.freeze(2)
    before, watching = found.adapter.weights(), Watching(found)
    config = zoo.TrainConfig(epochs=3, batch_size=16, ema=DECAY, keep="last")
    report = found.train(data, config, observer=watching)
    facts = {fact.name: fact for fact in found.adapter.tensors()}
    names, kept = [stage.name for stage in found.adapter.backbone.stages[:2]], found.adapter.weights()
    moved = 0
    for name, start in before.items():
        if facts[name].stage in names:
            assert kept[name].tobytes() == start.tobytes(), name
        elif np.issubdtype(start.dtype, np.floating):
            expected = start.astype(np.float64)
            for number, live in enumerate((one[name] for one in watching.seen), start=1):
                decay = min(DECAY, (1 + number) / (10 + number))
                expected = decay * expected + (1 - decay) * live
            np.testing.assert_allclose(kept[name], expected, rtol=1e-4, atol=1e-6, err_msg=name)
            moved += not np.allclose(kept[name], watching.seen[-1][name], rtol=1e-5, atol=1e-7)
    assert moved > 3, "the average must differ from the weights for this to show anything"
    # What was evaluated after the last epoch is what was kept.
    assert report.metrics["val"]["loss"] == pytest.approx(report.epochs[-1]["val_loss"], rel=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_the_steps_are_those_of_a_training_without(model):
    ends = []
    for ema in (None, 0.9):
        data = zoo.data(stripes(24))
        found = zoo.load(model)
        found.replace_head(data.task)
        found.freeze("nothing")
        watching = Watching(found)
        report = found.train(data, zoo.TrainConfig(epochs=2, batch_size=16, ema=ema), observer=watching)
        ends.append((watching.seen[-1], report))
    (plain, one), (averaged, other) = ends
    assert all(plain[name].tobytes() == averaged[name].tobytes() for name in plain)
    assert one.epochs[-1]["val_loss"] != other.epochs[-1]["val_loss"]


@pytest.mark.parametrize("model", MODELS)
def test_an_epoch_that_was_chosen_is_one_of_the_average(model):
    found = zoo.load(model)
    report = found.train(
        zoo.data(stripes(24)), zoo.TrainConfig(epochs=3, batch_size=16, ema=DECAY, head="gradient")
    )
    best = next(line for line in report.epochs if line["epoch"] == report.best_epoch)
    assert report.metrics["val"]["loss"] == pytest.approx(best["val_loss"], rel=1e-6)


def begun(model, **plan):
    data = zoo.data(stripes(8), val=0.0)
    found = zoo.load(model)
    found.replace_head(data.task)
    found.freeze("nothing")
    found.adapter.begin(StepPlan(data.task, **plan))
    form = found.adapter.backbone.input
    pixels = np.stack([data.inputs.read(i, form) for i in range(12)])
    return found.adapter, Batch(pixels, data.targets[:12], np.arange(12), 7)


@pytest.mark.parametrize("model", MODELS)
def test_a_batch_in_parts_is_one_step_for_the_average(model):
    adapter, batch = begun(model, ema=DECAY)
    adapter.step(batch, LearningRates(1e-2, 1e-3), parts=3)
    assert int(adapter.state()["average"]) == 1


@pytest.mark.parametrize("model", MODELS)
def test_on_and_off(model):
    adapter, batch = begun(model, ema=DECAY)
    adapter.step(batch, LearningRates(1e-2, 1e-3))
    live, said = adapter.weights(), adapter.infer(batch.inputs)
    adapter.average(True)
    shown = adapter.weights()
    assert any(shown[name].tobytes() != live[name].tobytes() for name in live)
    assert not np.array_equal(adapter.infer(batch.inputs), said)
    with pytest.raises(ConfigError, match="while the average is shown"):
        adapter.step(batch, LearningRates(1e-2, 1e-3))
    adapter.freeze(0)
    assert all(array.tobytes() == live[name].tobytes() for name, array in adapter.weights().items())
    plain, _ = begun(model)
    plain.average(False)
    with pytest.raises(ConfigError, match="no average is kept"):
        plain.average(True)


@pytest.mark.parametrize("model", MODELS)
def test_interrupted_while_it_is_evaluated_the_end_is_the_same(tmp_path, model, monkeypatch):
    """What the checkpoint then holds are the live weights, not the average."""
    settings = {"freeze": "nothing", "epochs": 3, "batch_size": 16, "ema": 0.9}
    through = run(tmp_path / "through", model, **settings)
    observe_split, left = zoo.training.training_context.observe_split, [1, 0]

    def interrupted(*arguments, **more):
        if left and not left.pop():
            raise KeyboardInterrupt
        return observe_split(*arguments, **more)

    monkeypatch.setattr(zoo.training.training_context, "observe_split", interrupted)
    stopped, data = tmp_path / "stopped", zoo.data(pictures())
    with pytest.raises(KeyboardInterrupt):
        zoo.finetune(model, data, out=stopped, report=False, **settings)
    zoo.resume(stopped, data=data)
    assert digest(stopped) == digest(through)
    assert log(stopped) == log(through)


def test_an_engine_that_keeps_none_is_refused_by_name(monkeypatch):
    from importlib import import_module

    data, found = zoo.data(stripes(8)), zoo.load(MODELS[0])
    found.replace_head(data.task)
    module, name = type(found.adapter).__module__, type(found.adapter).__name__
    monkeypatch.delattr(getattr(import_module(module), name), "average")
    with pytest.raises(ConfigError, match="keeps no average"):
        found.train(data, zoo.TrainConfig(ema=0.9))
