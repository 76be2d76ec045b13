"""BaselineComparison next to the result of ``zoo finetune``, through the public door."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from noise_images import noise
from starters import MODELS, stripes

import zoo
from zoo.cli.finetune_ import command
from zoo.errors import ConfigError
from zoo.runs.baseline_schema import BaselineComparison
from zoo.runs.manifest import read_manifest

pytestmark = pytest.mark.engine

MODEL = MODELS[0]
DIGITS = {"classes": ("3", "5", "8", "9"), "val": 0.96}


def digest(run: Path) -> str:
    return read_manifest(run).files["model.safetensors"].sha256


def by_name(found: BaselineComparison) -> dict[str, object]:
    return {one.name: one for one in found.baselines}


@pytest.mark.parametrize("model", MODELS)
def test_controls_change_nothing_in_the_run(tmp_path, model):
    settings = {"freeze": 3, "epochs": 2, "seed": 5}
    alone = zoo.finetune(model, zoo.data(stripes(20)), out=tmp_path / "alone", baselines="none", **settings)
    beside = zoo.finetune(
        model, zoo.data(stripes(20)), out=tmp_path / "beside", baselines="scratch", **settings
    )
    assert alone.baselines is None
    assert [one.name for one in beside.baselines.baselines] == [
        "majority",
        "raw-features",
        "random-features",
        "scratch",
    ]
    assert not [one.skipped for one in beside.baselines.baselines if one.skipped]
    assert digest(tmp_path / "alone") == digest(tmp_path / "beside")
    live, kept = (run.model.adapter.weights() for run in (alone, beside))
    assert all(np.array_equal(live[name], kept[name]) for name in live)
    assert alone.report.metrics == beside.report.metrics


def test_the_majority_is_counted_in_training_and_judged_on_what_the_run_is(tmp_path):
    pictures, _ = stripes(30)
    # "rare" is the commoner one of the held-out examples, which must not matter.
    labels = ["common"] * 40 + ["rare"] * 20
    splits = np.array([0] * 38 + [2, 2] + [0] * 14 + [2] * 6)
    order = np.argsort(splits, kind="stable")
    data = zoo.data((pictures[order], [labels[i] for i in order]), val=0.0)
    data = zoo.Dataset(**{**vars(data), "splits": {"train": np.arange(52), "test": np.arange(52, 60)}})
    run = zoo.finetune(MODEL, data, out=tmp_path / "run")
    majority = by_name(run.baselines)["majority"]
    assert majority.words == "majority class, common"
    assert (run.baselines.split, run.baselines.asked, majority.learned) == ("test", 8, 52)
    assert majority.metrics["accuracy"] == 2 / 8
    assert majority.gain.value == pytest.approx(run.report.metrics["test"]["accuracy"] - 2 / 8)
    assert run.baselines.run["accuracy"] == run.report.metrics["test"]["accuracy"]


def test_it_says_so_where_the_labels_are_chance(tmp_path):
    """Forty held-out examples do not show that there is no lead; and where there is one, it is said."""
    run = zoo.finetune(MODEL, zoo.data(noise(200)), out=tmp_path / "noise")
    words = "Inconclusive: the run (a linear probe on the frozen backbone) against its best baseline"
    assert run.baselines.verdict[0].startswith(words)
    page = (tmp_path / "noise" / "report.html").read_text()
    assert page.count(words) == 2, "among the cautions, and beside"
    untried = "Fine-tuning was not tried (--method auto)."
    assert run.baselines.verdict[0].endswith(untried)
    assert page.count(untried) == 2
    card = (tmp_path / "noise" / "README.md").read_text()
    assert words in card
    assert untried in card

    few = zoo.data("sample:digits", **DIGITS)
    helped = zoo.finetune(MODEL, few, out=tmp_path / "digits")
    assert helped.baselines.best.gain.certain
    assert helped.baselines.verdict[0].startswith(
        "The run (a linear probe on the frozen backbone) is ahead of"
    )


def test_a_run_whose_epoch_val_chose_is_not_surely_ahead(tmp_path):
    data = zoo.data("sample:digits", **DIGITS)
    run = zoo.finetune(MODEL, data, out=tmp_path / "run", method="probe-then-full", steps=20)
    assert run.baselines.best.gain.certain
    assert run.baselines.verdict[0].startswith("Not certain: the run (fine-tuning by probe-then-full)")
    assert "Not certain: " in run.html.read_text()


@pytest.mark.parametrize(
    ("settings", "tried"),
    [
        ({"method": "full"}, (False, True, "a linear probe was not tried (--method auto tries both)")),
        ({"freeze": 1}, (False, True, "a linear probe was not tried (--method auto tries both)")),
        ({"method": "probe-then-full"}, (True, True, "")),
        (
            {"method": "probe-then-full", "keep": "last"},
            (True, True, "the linear probe alone was not compared (--method probe)"),
        ),
        ({"from_scratch": True}, (False, True, "")),
    ],
)
def test_a_run_says_which_of_probe_and_tuning_it_left_out(tmp_path, settings, tried):
    """Of labels that are chance, no method beats a baseline."""
    run = zoo.finetune(MODEL, zoo.data(noise(60)), out=tmp_path / "run", epochs=2, **settings)
    found, said = run.baselines.tried, run.baselines.verdict[0]
    probe, tuning, missing = tried
    if settings.get("from_scratch"):
        assert not run.baselines.pretrained
        assert "tried" not in said
        return
    assert (found.probe, found.tuning, found.missing) == (probe, tuning, missing)
    assert not run.baselines.best.gain.certain
    for text in (said, run.html.read_text(), (run.path / "README.md").read_text()):
        assert any(word in text for word in ("not tried", "not compared")) is bool(missing)
        assert missing[1:] in text
        assert "transfer does not help" not in text, "so few examples show nothing"


@pytest.mark.parametrize("model", MODELS)
def test_scratch_is_what_finetune_from_scratch_makes(tmp_path, model):
    data, settings = zoo.data(stripes(20)), {"epochs": 3, "seed": 4, "batch_size": 8}
    run = zoo.finetune(model, data, out=tmp_path / "a", baselines="scratch", **settings)
    hand = zoo.finetune(model, data, out=tmp_path / "b", from_scratch=True, baselines="none", **settings)
    scratch = by_name(run.baselines)["scratch"]
    wanted = hand.report.metrics["val"]
    assert scratch.metrics == {name: value for name, value in wanted.items() if name != "loss"}
    assert scratch.steps == hand.report.steps == 12
    assert scratch.words.endswith("trained from scratch, 12 steps")
    assert "few for random weights" in " ".join(run.baselines.verdict)
    with pytest.raises(ConfigError, match="it is its own baseline"):
        zoo.finetune(model, data, out=tmp_path / "c", from_scratch=True, baselines="scratch")
    assert not (tmp_path / "c").exists()


def test_beside_auto_scratch_is_as_long_as_was_planned(tmp_path):
    """Whatever patience made of the run."""
    data = zoo.data(noise(12), val=0.25)
    settings = {"patience": 2, "keep": "last"}
    run = zoo.finetune(MODEL, data, out=tmp_path / "a", method="auto", baselines="scratch", **settings)
    assert run.report.stopped == "patience"
    assert run.report.steps < run.report.settings["steps"] == 200
    hand = zoo.finetune(MODEL, data, out=tmp_path / "b", from_scratch=True, steps=200, **settings)
    assert by_name(run.baselines)["scratch"].steps == hand.report.steps != run.report.steps


def test_beside_auto_scratch_keeps_its_last_epoch_where_few_examples_choose_none(tmp_path):
    data, settings = zoo.data(noise(12), val=0.25), {"steps": 60}
    run = zoo.finetune(MODEL, data, out=tmp_path / "a", method="auto", baselines="scratch", **settings)
    assert run.report.chose is False
    last, best = (
        zoo.finetune(MODEL, data, out=tmp_path / keep, keep=keep, from_scratch=True, **settings).report
        for keep in ("last", "best")
    )
    scratch = by_name(run.baselines)["scratch"]
    assert scratch.metrics == {name: value for name, value in last.metrics["val"].items() if name != "loss"}
    assert scratch.metrics["accuracy"] != best.metrics["val"]["accuracy"], "or nothing was there to choose"


def test_what_is_reported_is_read_back_and_printed(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path))
    digits = [MODEL, "sample:digits", "--classes", "3,5,8,9", "--set", "split.val=0.9"]
    wish = [*digits, "--json", "--out", str(tmp_path / "run")]
    tree = json.loads(CliRunner().invoke(command, wish, catch_exceptions=False).stdout)
    found = BaselineComparison.model_validate(tree["baselines"])
    kept = json.loads((tmp_path / "run" / "report.json").read_text())
    assert BaselineComparison.model_validate(kept["baselines"]) == found
    assert found.best.gain.low < found.best.gain.value < found.best.gain.high
    # The parts are all of the training's time, and no more.
    parts = {name: seconds for name, seconds in tree["cost"]["parts"].items() if name != "baselines"}
    assert set(parts) == {"features", "head", "evaluation"}
    assert sum(parts.values()) == pytest.approx(tree["report"]["seconds"], rel=0.05, abs=0.05)
    assert tree["cost"]["parts"]["baselines"] == pytest.approx(found.seconds, abs=1e-6)
    assert tree["cost"]["peak_memory"] > 50_000_000
    assert tree["cost"]["device"] == "cpu"
    assert tree["cost"]["device_memory"] is None
    shown = CliRunner().invoke(command, [*digits, "--out", str(tmp_path / "b")], catch_exceptions=False)
    table = [line.split("\t") for line in shown.stdout.splitlines()]
    [header] = [line for line in table if line[0].startswith("baselines, on")]
    assert header[1:] == ["accuracy", "run ahead by, points", "95%"]
    assert ["this run", f"{100 * found.run['accuracy']:.1f}%", "", ""] in table
    assert found.verdict[0] in shown.stdout
    assert shown.stdout.count("cost: features") == 1
    off = [*digits, "--baselines", "none", "--json", "--out", str(tmp_path / "c")]
    assert json.loads(CliRunner().invoke(command, off, catch_exceptions=False).stdout)["baselines"] is None


def test_one_that_fails_or_is_slow_costs_a_line(tmp_path, monkeypatch):
    import zoo.api.baselines.run_baselines as module
    import zoo.api.baselines.time_limit as limits

    monkeypatch.setattr(limits, "PATIENCE", 0.0)
    monkeypatch.setattr(module, "SECONDS", (0.0, 1e-9))

    def broken(self, *args):
        raise RuntimeError("out of luck")

    monkeypatch.setattr(module.Case, "observe_constant", broken)
    run = zoo.finetune(MODEL, zoo.data(stripes(100)), out=tmp_path / "run")
    found = by_name(run.baselines)
    assert found["majority"].skipped == "RuntimeError: out of luck"
    assert found["random-features"].skipped.startswith("it would take about ")
    assert "at most 0 s are spent on it" in found["random-features"].skipped
    assert run.baselines.verdict == ()
    assert run.html is not None
    assert "Left out: frozen random features + linear probe" in run.html.read_text()
    assert "out of luck" in (run.path / "README.md").read_text()


def test_nothing_held_out_nothing_compared(tmp_path):
    run = zoo.finetune(MODEL, zoo.data(stripes(8), val=0.0), out=tmp_path / "run")
    assert run.baselines is None
    assert "baselines" not in run.cost.parts
