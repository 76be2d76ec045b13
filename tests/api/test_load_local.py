"""``local:NAME`` opens wherever a model is asked for, with a real engine behind it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from shades import MODEL, folder, named

import zoo
from zoo.cli.main import zoo as command
from zoo.runs.manifest import read_manifest
from zoo.runs.register import register

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]


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


def test_a_shelf_that_cannot_be_written_hides_no_run(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    data = folder(tmp_path / "data")
    tiny = ["--epochs", "1", "--from-scratch", "--input-size", "32", "--baselines", "none"]
    (tmp_path / "home").mkdir()
    shelf = tmp_path / "home" / "registry"
    shelf.write_text("no folder")
    words = ["finetune", MODEL, str(data), *tiny, "--register", "shades", "--out"]
    early = CliRunner().invoke(command, [*words, str(tmp_path / "early")])
    assert early.exception.exit_code == 7
    assert not (tmp_path / "early").exists()  # found before it was trained
    shelf.unlink()
    shelf.mkdir()
    (shelf / "shades").write_text("no folder")
    late = CliRunner().invoke(command, [*words, str(tmp_path / "my run")])
    assert late.exception.exit_code == 7
    assert f"run: {tmp_path / 'my run'}" in late.stdout
    assert "val: accuracy" in late.stdout
    assert f"zoo register '{tmp_path / 'my run'}' shades" in late.exception.hint
