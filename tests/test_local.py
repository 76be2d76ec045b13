"""``local:NAME`` opens wherever a model is asked for, with a real engine behind it."""

from __future__ import annotations

import json

import numpy as np
from click.testing import CliRunner
from test_finetuning import MODEL, folder, named

import zoo
from zoo.cli.main import zoo as command
from zoo.personal.registering import register
from zoo.runs.manifest import read_manifest


def invoke(*arguments: object):
    done = CliRunner().invoke(command, [str(one) for one in arguments])
    assert done.exit_code == 0, done.exception
    return done


def test_a_registered_run_is_a_model_everywhere(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    data = folder(tmp_path / "data")
    tiny = ["--epochs", "1", "--from-scratch", "--input-size", "32"]
    first = invoke("finetune", MODEL, data, "--out", tmp_path / "a", *tiny, "--register", "shades", "--json")
    assert json.loads(first.stdout)["id"] == "local:shades@1"
    (tmp_path / "a" / "model.safetensors").unlink()  # what was registered stands alone
    again = zoo.load("local:shades@1")
    picture = next(data.rglob("*.png"))
    answer = json.loads(invoke("predict", "local:shades", picture, "--json").stdout)
    assert answer
    assert "accuracy" in invoke("evaluate", "local:shades", data, "--json").stdout
    second = zoo.finetune("local:shades", named(), out=tmp_path / "b", epochs=1)
    assert read_manifest(second.path).parent.model == "local:shades@1"
    assert str(register(second.path, "shades")) == "local:shades@2"
    shown = invoke("show", "local:shades")
    assert [word in shown.stdout for word in ("local:shades@2", "local:shades@1", MODEL)] == [True] * 3
    weights = zoo.load("local:shades@1").adapter.weights()
    assert all(np.array_equal(again.adapter.weights()[name], weights[name]) for name in weights)
