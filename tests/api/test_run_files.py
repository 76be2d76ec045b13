"""What a run's folder holds, and when: complete before the baselines, reports written once after them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from starters import MODELS, stripes

import zoo
from zoo.api import finetune as module
from zoo.cli.main import zoo as command_line
from zoo.reporting import write
from zoo.runs.marker import is_run

pytestmark = pytest.mark.engine

REPORTS = ["README.md", "report.html", "report.json"]


class Killed(BaseException):
    """Stands for the end of the process: nothing handles it."""


def finetune(out, **options):
    return zoo.finetune(MODELS[0], zoo.data(stripes(8)), out=out, epochs=1, head="gradient", **options)


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_reports_are_written_once_after_the_baselines(tmp_path, monkeypatch):
    written, atomic_text, run_baselines = [], write.atomic_text, module.run_baselines
    out = tmp_path / "run"

    def noted(path, text):
        written.append(path.name)
        atomic_text(path, text)

    def baselines(*arguments, **options):
        assert is_run(out)
        assert not {*REPORTS} & {*names(out)}
        written.append("baselines")
        return run_baselines(*arguments, **options)

    monkeypatch.setattr(write, "atomic_text", noted)
    monkeypatch.setattr(module, "run_baselines", baselines)
    run = finetune(out)
    assert written == ["baselines", "README.md", "report.html"]
    assert run.baselines.baselines
    assert "## Baselines" in (out / "README.md").read_text()
    assert json.loads((out / "report.json").read_text())["baselines"]["baselines"]
    assert run.cost.parts["baselines"] > 0


@pytest.fixture
def killed(tmp_path, monkeypatch):
    """A run whose process ended between the manifest and the reports."""

    def kill(*arguments, **options):
        raise Killed

    monkeypatch.setattr(module, "run_baselines", kill)
    monkeypatch.setattr(module, "write_reports", kill)
    with pytest.raises(Killed):
        finetune(tmp_path / "run")
    monkeypatch.undo()
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    assert is_run(tmp_path / "run")
    assert not {*REPORTS, "checkpoints"} & {*names(tmp_path / "run")}
    return tmp_path / "run"


def test_a_run_without_reports_is_complete_for_every_reader(killed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model, data = zoo.load(killed), zoo.data(stripes(8))
    assert model.predict(stripes(1)[0][0])
    assert model.evaluate(data).metrics
    vectors = str(tmp_path / "vectors.npy")
    for words in (
        ["show", "RUN"],
        ["embed", "RUN", "sample:digits", "--out", vectors],
        ["register", "RUN", "striped"],
        ["show", "local:striped"],
        ["report", "RUN", "local:striped"],
        ["report", "RUN"],
    ):
        done = CliRunner().invoke(command_line, [str(killed) if word == "RUN" else word for word in words])
        assert done.exit_code == 0, (words, done.output, done.exception)
    assert "report.html" in names(killed)
    with pytest.raises(zoo.ZooError, match="the run is complete"):
        zoo.resume(killed)


def test_interrupted_baselines_cost_themselves_alone(tmp_path, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "run_baselines", interrupted)
    with pytest.raises(KeyboardInterrupt):
        finetune(tmp_path / "run")
    assert {*REPORTS} <= {*names(tmp_path / "run")}
    assert "## Baselines" not in (tmp_path / "run" / "README.md").read_text()
    assert zoo.load(tmp_path / "run").head_trained


@pytest.mark.parametrize(("broken", "left"), [("readme", "report.html"), ("page", "README.md")])
def test_a_report_that_cannot_be_written_costs_nothing_else(broken, left, tmp_path, monkeypatch):
    from zoo.reporting import model_card, page

    def fails(*arguments, **options):
        raise OSError("no room")

    monkeypatch.setattr({"readme": model_card, "page": page}[broken], broken, fails)
    with pytest.warns(UserWarning, match="could not be written: OSError: no room"):
        run = finetune(tmp_path / "run", baselines="none")
    assert left in names(tmp_path / "run")
    assert (run.html is not None) == (left == "report.html")
    assert zoo.load(run.path).head_trained


def test_a_model_is_saved_with_the_report_of_its_last_training(tmp_path):
    model, data = zoo.load(MODELS[0]), zoo.data(stripes(8))
    report = model.train(data, zoo.TrainConfig(epochs=1, head="gradient"))
    model.save(tmp_path / "run")
    assert {*REPORTS} <= {*names(tmp_path / "run")}
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["metrics"]["val"] == pytest.approx(report.metrics["val"])
    model.replace_head(data.task)
    model.save(tmp_path / "other")
    assert not json.loads((tmp_path / "other" / "manifest.json").read_text())["metrics"]
