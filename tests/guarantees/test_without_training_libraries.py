"""Only training needs scikit-learn, SciPy and threadpoolctl."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from click.testing import CliRunner

import zoo
from zoo.cli.main import zoo as command
from zoo.errors import MissingPlugin
from zoo.training.libraries import LIBRARIES

pytestmark = pytest.mark.usefixtures("parrot", "home")


@pytest.fixture
def hidden(monkeypatch):
    """Hide the libraries from every import that is made from now on."""
    for name in [*sys.modules, *LIBRARIES]:
        if name.partition(".")[0] in LIBRARIES:
            monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError):
        import sklearn.linear_model  # noqa: F401


def succeeds(*arguments: object) -> str:
    done = CliRunner().invoke(command, [*map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.usefixtures("hidden")
def test_the_registry_and_trained_models_work_without_them(run, trained):
    assert "parrot:mimic-s" in succeeds("list", "--source", "parrot")
    assert "mimic-s" in succeeds("search", "mimic")
    assert "parrot:mimic-s" in succeeds("show", "parrot:mimic-s")
    assert "lineage" in succeeds("show", run)
    assert "mimic-s" in succeeds("pull", "parrot:mimic-s")
    assert "0.png" in succeeds("predict", run, trained / "data" / "a")
    assert "accuracy" in succeeds("evaluate", run, trained / "data")
    succeeds("report", run)
    model = zoo.load("parrot:mimic-s")
    model.freeze("backbone")
    assert np.isfinite(model.embed([trained / "data" / "a" / "0.png"])).all()


@pytest.mark.parametrize("module", LIBRARIES)
def test_training_without_one_of_them_is_refused_before_anything_is_read_or_written(
    module, trained, tmp_path, monkeypatch
):
    model = zoo.load("parrot:mimic-s")
    data = zoo.data(trained / "data")
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr("zoo.api.prepare.open_data", lambda *_, **__: pytest.fail("data were opened"))
    for train in (
        lambda: zoo.finetune("parrot:mimic-s", tmp_path / "no data", out=tmp_path / "run"),
        lambda: zoo.transfer("parrot:mimic-s", tmp_path / "no data"),
        lambda: model.train(data),
    ):
        with pytest.raises(MissingPlugin, match=LIBRARIES[module]) as caught:
            train()
        assert 'pip install "zoo-adapters[training]"' in caught.value.hint
    assert not (tmp_path / "run").exists()
    assert model.task is None
