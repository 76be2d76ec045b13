"""The learning rate from a sweep: what it finds, that it leaves no trace, and where it is written down."""

from __future__ import annotations

import numpy as np
import pytest
from interrupted_runs import Stop, digest, log, pictures
from starters import MODELS, stripes

import zoo
from zoo.core.protocols.engine import Batch, StepPlan
from zoo.errors import ConfigError
from zoo.runs.manifest import read_manifest
from zoo.training.batches import step_seed
from zoo.training.lr_finder import STEPS, halfway, sweep
from zoo.training.observer import NullObserver

pytestmark = pytest.mark.engine

SETTINGS = {"epochs": 3, "batch_size": 16, "lr": "auto", "report": False, "baselines": "none"}


def test_the_middle_of_a_fall_is_found_and_a_flat_curve_has_none():
    rates = np.geomspace(1e-6, 1, STEPS)
    place = np.linspace(0, 1, STEPS)
    curve = 2 - 1.5 / (1 + np.exp(-(place - 0.5) * 40)) + 30 * np.maximum(place - 0.8, 0) ** 2
    noise = np.random.default_rng(0).normal(0, 0.01, STEPS)
    found = halfway(rates, curve + noise)
    # The fall is in the middle, at 1e-3; smoothing looks back some steps.
    assert 3e-4 < found < 1e-2
    assert halfway(rates, np.full(STEPS, 0.7) + noise) is None
    assert halfway(rates, np.linspace(1, 9, STEPS)) is None
    assert halfway(rates[:2], [1.0, 0.5]) is None


@pytest.mark.parametrize("seed", range(20))
def test_batches_of_unequal_loss_do_not_hide_the_fall(seed):
    """A head for numbers, begun at random: losses of small batches differ by nearly as much as they fall."""
    place, random = np.linspace(0, 1, STEPS), np.random.default_rng(seed)
    curve = 1 - 0.8 / (1 + np.exp(-(place - 0.55) * 40))
    found = halfway(np.geomspace(1e-6, 1, STEPS), curve * random.gamma(8, 1 / 8, STEPS))
    # The fall is in the middle, at 2e-3.
    assert 5e-4 < found < 3e-2
    flat = random.gamma(8, 1 / 8, STEPS)
    assert halfway(np.geomspace(1e-6, 1, STEPS), flat) is None


def batches(data, adapter):
    form = adapter.backbone.input
    for step in range(1000):
        index = np.arange(8) + 8 * (step % 3)
        pixels = np.stack([data.inputs.read(int(i), form) for i in index])
        yield Batch(pixels, data.targets[index], index, step_seed(0, step))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_sweep_leaves_no_trace(model, optimizer):
    ends = []
    for swept in (True, False):
        data, found = zoo.data(stripes(16)), zoo.load(model)
        found.replace_head(data.task)
        found.freeze("nothing")
        adapter, plan = found.adapter, StepPlan(data.task, optimizer, ema=0.9)
        adapter.begin(plan)
        before = adapter.weights(), adapter.state()
        if swept:
            rates, losses = sweep(adapter, adapter.step, plan, batches(data, adapter), 0.1)
            assert 20 < len(losses) == len(rates) <= STEPS
            assert max(losses) > 2 * min(losses), "the sweep went to where the loss breaks"
        for one, other in zip(before, (adapter.weights(), adapter.state()), strict=True):
            assert {n: a.tobytes() for n, a in one.items()} == {n: a.tobytes() for n, a in other.items()}
        for batch, _ in zip(batches(data, adapter), range(3), strict=False):
            adapter.step(batch, zoo.core.protocols.engine.LearningRates(1e-3, 1e-4))
        ends.append(adapter.weights())
    assert all(ends[0][name].tobytes() == array.tobytes() for name, array in ends[1].items())


class Told(NullObserver):
    def __init__(self):
        self.said = []

    def on_message(self, what, text):
        self.said.append((what, text))


@pytest.mark.parametrize("model", MODELS)
def test_what_was_found_is_said_and_written_down_and_a_run_at_that_rate_is_the_same(model, tmp_path):
    told = Told()
    settings = {**SETTINGS, "freeze": "nothing"}
    run = zoo.finetune(model, zoo.data(stripes(24)), out=tmp_path / "found", observer=told, **settings)
    (line,) = [text for what, text in told.said if what == "lr"]
    rate = float(line.partition(":")[0])
    assert run.report.settings["lr"] == run.report.found_lr == rate
    assert read_manifest(tmp_path / "found").found_lr == rate
    assert run.report.settings["backbone_lr"] == pytest.approx(rate / 10, rel=0.01)
    zoo.finetune(model, zoo.data(stripes(24)), out=tmp_path / "given", **{**settings, "lr": rate})
    assert digest(tmp_path / "found") == digest(tmp_path / "given")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("stop", [1, 4])
def test_it_is_gone_on_with_at_the_rate_that_was_found(model, stop, tmp_path):
    data, settings = zoo.data(pictures()), {**SETTINGS, "method": "gradual", "head": "gradient"}
    zoo.finetune(model, data, out=tmp_path / "through", **settings)
    stopped, told = tmp_path / "stopped", Told()
    with pytest.raises(KeyboardInterrupt):
        zoo.finetune(model, data, out=stopped, observer=Stop(stop), **settings)
    zoo.resume(stopped, data=data, observer=told)
    assert "lr" not in dict(told.said), "no second search"
    assert digest(stopped) == digest(tmp_path / "through")
    assert log(stopped) == log(tmp_path / "through")
    assert len({line["lr"] for line in log(stopped)}) == 3


def test_another_rate_in_mid_run_is_refused(tmp_path):
    data = zoo.data(pictures())
    with pytest.raises(KeyboardInterrupt):
        zoo.finetune(MODELS[0], data, out=tmp_path / "run", observer=Stop(2), freeze="nothing", **SETTINGS)
    with pytest.raises(ConfigError, match=r"train\.lr auto -> 0\.5"):
        zoo.resume(tmp_path / "run", settings=["train.lr=0.5"], data=data)


def test_a_search_with_a_backbone_rate_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot be combined with `train\.backbone_lr`"):
        zoo.finetune(MODELS[0], zoo.data(stripes(8)), out=tmp_path / "r", backbone_lr=0.1, **SETTINGS)


def test_a_rate_that_is_none_names_the_setting():
    for value in ("fast", -1, 1e9):
        with pytest.raises(ConfigError, match=r"setting 'train\.lr' cannot be|setting 'lr' cannot be"):
            zoo.finetune(MODELS[0], zoo.data(stripes(8)), lr=value)
