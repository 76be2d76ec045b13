"""``zoo transfer`` of SavedModels, which bring their weights: not every method is open to them."""

from __future__ import annotations

import json

import pytest
import saved_models
from click.testing import CliRunner
from starters import stripes

import zoo
import zoo.api.transfer.study as module
from zoo.cli.transfer_ import command
from zoo.errors import ConfigError

pytestmark = pytest.mark.tensorflow

FEW = {"shots": (1,), "seeds": 2, "steps": 2, "max_test": 6, "trust": True}


@pytest.fixture
def done(monkeypatch):
    """The methods that were begun."""
    begun = []

    def run(method, *arguments):
        begun.append(method)
        return original(method, *arguments)

    original = module.run
    monkeypatch.setattr(module, "run", run)
    return begun


def test_methods_that_a_program_cannot_take_are_left_out_and_said(models, done):
    study = zoo.transfer(f"tfhub:{models / 'images'}", zoo.data(stripes(10)), **FEW)
    assert done == ["frozen", "tuned", "raw-features"] * 2
    assert study.methods == ("frozen", "tuned", "raw-features")
    assert [note.partition(":")[0] for note in study.notes] == [
        "scratch is left out",
        "random-features is left out",
    ]
    assert "a program that brings its weights" in study.notes[0]
    assert study.verdict() == ""


def test_the_command_says_that_nothing_in_a_model_can_be_tuned(tmp_path):
    folder = saved_models.save(saved_models.Pictures(trainable=False), tmp_path / "m")
    wish = [f"tfhub:{folder}", "sample:digits", "--classes", "3,8", "--shots", "1", "--seeds", "1", "--trust"]
    shown = CliRunner().invoke(command, [*wish, "--max-test", "5", "--json"], catch_exceptions=False)
    tree = json.loads(shown.stdout)
    assert [row["method"] for row in tree["rows"]] == ["frozen", "raw-features"]
    assert tree["notes"][0] == "tuned is left out: none of its tensors can be trained"


@pytest.mark.parametrize("method", ["scratch", "random-features"])
def test_such_a_method_that_was_asked_for_is_refused_before_any_work(models, done, method):
    with pytest.raises(ConfigError, match=f"cannot be compared by the method '{method}'") as caught:
        zoo.transfer(f"tfhub:{models / 'images'}", zoo.data(stripes(10)), methods=("frozen", method), **FEW)
    assert done == []
    assert caught.value.hint == "use --methods frozen,tuned,raw-features"
