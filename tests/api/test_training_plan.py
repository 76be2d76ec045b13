"""One plan: what --dry-run prints is what the training carries out."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from starters import MODELS, stripes

import zoo
from zoo.api import plan_training
from zoo.api.finetune import execute
from zoo.api.model import Model
from zoo.api.prepare import prepare
from zoo.cli.main import zoo as command_line
from zoo.training.config import TrainConfig
from zoo.training.run_config import Recipe

pytestmark = pytest.mark.engine

OPTIONS = ["--method", "auto", "--steps", "2", "--batch-size", "8", "--baselines", "none", "--no-report"]


def prepared(out, **settings):
    train = TrainConfig(**{"steps": 2, "batch_size": 8, "head": "gradient", **settings})
    recipe = Recipe(model=MODELS[0], data="stripes", train=train, baselines="none", report=False)
    return prepare(recipe, out, data=zoo.data(stripes(8)))


@pytest.fixture
def fitted(monkeypatch):
    """The plans that models were fitted by."""
    found, fit = [], Model.fit

    def spy(self, plan, *arguments, **options):
        found.append(plan)
        return fit(self, plan, *arguments, **options)

    monkeypatch.setattr(Model, "fit", spy)
    return found


def test_a_dry_run_prints_the_plan_that_the_training_carries_out(tmp_path, fitted, monkeypatch):
    chosen, choose = [], plan_training.choose
    monkeypatch.setattr(plan_training, "choose", lambda *a, **o: chosen.append(1) or choose(*a, **o))
    command = ["finetune", MODELS[0], "sample:digits", "--out", str(tmp_path / "run"), "--json", *OPTIONS]
    dry = CliRunner().invoke(command_line, [*command, "--dry-run"])
    shown = json.loads(dry.stdout)["training"]
    assert (len(chosen), fitted) == (1, [])
    done = CliRunner().invoke(command_line, command)
    assert done.exit_code == 0, done.stderr
    assert len(chosen) == 2  # once more, for the second command
    assert [plan.facts() for plan in fitted] == [shown]
    assert shown["method"] == "probe-then-full"
    assert "a linear probe first" in shown["reason"]
    assert [phase["name"] for phase in shown["phases"]] == ["probe", "release"]
    report = json.loads(done.stdout)["report"]
    assert report["settings"] == shown["phases"][-1]["settings"]
    assert report["method"] == shown["method"]


def test_another_plan_is_another_training(tmp_path):
    ready = prepared(tmp_path / "run")
    [phase] = ready.plan.phases
    longer = replace(phase, config=phase.config.model_copy(update={"steps": 3}))
    run = execute(replace(ready, plan=replace(ready.plan, phases=(longer,))))
    assert run.report.steps == 3


def test_a_plan_changes_no_model():
    model = zoo.load(MODELS[0])
    model.replace_head(zoo.Classification(classes=("lying", "standing")))
    before = model.adapter.tensors()
    plan_training.plan_training(model, zoo.data(stripes(4)), TrainConfig(), "lora:4")
    assert (model.adapted, model.method, model.adapter.tensors()) == (False, None, before)
