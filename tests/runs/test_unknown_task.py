"""A run whose task no installed plugin offers can be looked at, not opened; a damaged task is damage."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from star_task import Plugin, Stars
from starters import MODELS

import zoo
from zoo.cli.main import zoo as command
from zoo.errors import IntegrityError, MissingPlugin
from zoo.plugins.manager import manager
from zoo.runs.manifest import read_manifest

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of a task whose plugin is not installed."""
    root = tmp_path_factory.mktemp("stars")
    pixels = np.random.default_rng(0).integers(0, 256, (16, 32, 32, 3)).astype(np.uint8)
    data = zoo.data((pixels, ["*", "***"] * 8), val=0.25)
    zoo.finetune(MODELS[0], data, out=root / "run", epochs=1, baselines="none")
    of_task(root / "run", {"kind": "stars", "classes": ["*", "***"]})
    shutil.copytree(root / "run", root / "other")
    return root / "run"


def of_task(run: Path, task: dict[str, object]) -> None:
    """Write another task into the manifest of a run."""
    file = run / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"task": task}))


def invoke(*arguments: object):
    return CliRunner().invoke(command, [*map(str, arguments)], catch_exceptions=False)


def test_the_plugin_opens_it(run):
    manager().add(Plugin(), "stars")
    try:
        assert zoo.load(run).task == Stars(classes=("*", "***"))
    finally:
        manager().remove("stars")


@pytest.mark.parametrize("json_", [[], ["--json"]])
def test_it_is_listed_and_shown_without_the_plugin(run, tmp_path, monkeypatch, json_):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    assert read_manifest(run).task["classes"] == ["*", "***"]
    shown = invoke("show", run, *json_)
    assert shown.exit_code == 0
    assert "stars" in shown.output
    registered = invoke("register", run, "rated")
    assert registered.exit_code == 0
    listed = invoke("list", "--source", "local", *json_)
    assert listed.exit_code == 0
    assert "local:rated" in listed.output


@pytest.mark.parametrize("json_", [[], ["--json"]])
def test_it_is_reported_and_compared_without_the_plugin(run, tmp_path, json_):
    page = tmp_path / "page.html"
    assert invoke("report", run, "-o", page, *json_).exit_code == 0
    assert "accuracy" in page.read_text(encoding="utf-8")
    both = tmp_path / "both.html"
    assert invoke("report", run, run.with_name("other"), "-o", both, *json_).exit_code == 0
    assert "accuracy" in both.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments", [["predict", "RUN", "nothing.png"], ["evaluate", "RUN", "sample:digits"]], ids=lambda a: a[0]
)
def test_what_needs_the_task_names_it_and_the_plugin(run, arguments):
    for call in (
        lambda: zoo.load(run),
        lambda: invoke(*(run if one == "RUN" else one for one in arguments)),
    ):
        with pytest.raises(MissingPlugin, match="no installed plugin offers task 'stars'") as error:
            call()
        assert str(run) in str(error.value)
        assert "install the plugin that offers it" in error.value.hint
        assert error.value.exit_code == 4


@pytest.mark.parametrize(
    ("task", "why"),
    [
        ({"kind": "classification", "classes": ["a"]}, "task.classes"),
        ({"kind": "classification", "classes": ["a", "b"], "more": 1}, "task.more"),
        ({"classes": ["a", "b"]}, "task: no task can be called"),
        ({"kind": "\x1b[31mstars"}, "task: no task can be called"),
        ({"kind": ["stars"]}, "task: no task can be called"),
    ],
)
def test_a_damaged_task_is_damage(run, tmp_path, task, why):
    damaged = tmp_path / "run"
    shutil.copytree(run, damaged)
    of_task(damaged, task)
    with pytest.raises(IntegrityError, match=f"damaged manifest.*{why}"):
        read_manifest(damaged)
    with pytest.raises(IntegrityError, match="damaged manifest"):
        zoo.load(damaged)
