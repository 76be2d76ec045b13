"""What the model sees of large images: in the terminal, in ``--json``, and in the run."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from starters import MODELS

import zoo
from zoo.cli.main import zoo as command
from zoo.runs.report_schema import read_facts

pytestmark = pytest.mark.engine

LINE = "images 96 x 96 (median of 8); the model sees 32 x 32"
OPTION = "; --input-size 96 costs about 9 times as much"
FAST = {"baselines": "none", "epochs": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root, draw = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    for kind in ("dark", "light"):
        (root / kind).mkdir()
        for number in range(5):
            pixels = draw.integers(0, 120, (96, 96, 3), np.uint8) + (130 if kind == "light" else 0)
            Image.fromarray(pixels.astype(np.uint8)).save(root / kind / f"{number}.png")
    return root


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    return zoo.finetune(MODELS[0], str(folder), out=tmp_path_factory.mktemp("runs") / "run", **FAST)


def dry(*words: str) -> str:
    done = CliRunner().invoke(command, ["finetune", *map(str, words), "--dry-run"])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_terminal_names_the_option_and_its_cost(folder):
    assert f"input   {LINE}{OPTION}\n" in dry(MODELS[0], folder)
    assert "the model sees" not in dry(MODELS[0], folder, "--input-size", "96")
    tree = json.loads(dry(MODELS[0], folder, "--json"))
    assert (tree["schema"], tree["reduced"]["larger"]) == ("zoo.plan/2", 96)


def test_a_source_that_accepts_no_other_size_is_not_offered_one(folder, monkeypatch):
    from zoo.plugins.manager import manager

    loader = type(manager().loader("starter"))
    monkeypatch.setattr(loader, "accepts_size", lambda self, card, size: False)
    assert f"{LINE}\n" in dry(MODELS[0], folder)
    monkeypatch.setattr(loader, "accepts_size", lambda self, card, size: size[0] < 90)
    assert f"{LINE}\n" in dry(MODELS[0], folder)
    monkeypatch.delattr(loader, "accepts_size")
    assert f"{LINE}\n" in dry(MODELS[0], folder)


def test_the_run_states_it_everywhere(run):
    assert str(run.report.reduced) == LINE + OPTION
    assert read_facts(run.path).data.reduced == run.report.reduced
    assert f"- **Input**: {LINE}{OPTION}\n" in (run.path / "README.md").read_text()
    assert f'<li class="note">I{LINE[1:]}{OPTION}.</li>' in (run.path / "report.html").read_text()
    assert LINE in run.report._repr_html_()


def test_the_model_of_a_run_saves_it_too(run, tmp_path):
    assert read_facts(run.model.save(tmp_path / "again")).data.reduced == run.report.reduced


def test_a_run_that_is_trained_further_is_offered_no_other_size(run, folder):
    assert f"{LINE}\n" in dry(run.path, folder)


def test_a_model_that_is_saved_states_it_too(folder, tmp_path):
    model = zoo.load(MODELS[0])
    report = model.train(zoo.data(folder), zoo.TrainConfig(epochs=1))
    assert str(report.reduced) == LINE + OPTION
    assert read_facts(model.save(tmp_path / "run")).data.reduced == report.reduced
