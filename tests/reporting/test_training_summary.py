"""Page, comparison and model card say what a training did: which epoch was kept and why, what was solved."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from data_files import classes
from report_runs import Seen
from starters import MODELS, stripes

import zoo
from zoo.cli.main import zoo as command
from zoo.runs.report_schema import read_facts

pytestmark = pytest.mark.engine

CHOSEN = "The epoch was chosen on val"
LAST = "The last epoch was the best one"


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """A head solved, then all of it tuned; ``auto`` lets so few examples choose no epoch."""
    out = tmp_path_factory.mktemp("tuned") / "run"
    return zoo.finetune(MODELS[0], zoo.data(stripes(20)), out=out, method="auto", steps=6, baselines="none")


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    out = tmp_path_factory.mktemp("probed") / "run"
    return zoo.finetune(MODELS[0], zoo.data(stripes(20)), out=out, baselines="none")


def text(path) -> str:
    return " ".join(Seen((path / "report.html").read_text(encoding="utf-8")).text.split())


def test_where_the_last_weights_are_kept_no_epoch_was_chosen(tuned, tmp_path):
    assert tuned.report.chose is False
    assert tuned.report.selected_on is None
    assert tuned.report.best_epoch == len(tuned.report.epochs) - 1 == 6
    assert read_facts(tuned.path).train["chose"] is False
    for said in (text(tuned.path), (tuned.path / "README.md").read_text(encoding="utf-8")):
        assert CHOSEN not in said
        assert LAST not in said


@pytest.mark.parametrize("keep", ["best", "last"])
def test_every_figure_on_the_split_that_chose_the_epoch_says_so(keep, tmp_path, monkeypatch):
    """Terminal, JSON, model card, page, and an evaluation afterwards."""
    monkeypatch.setenv("ZOO_HOME", str(tmp_path))
    root, out = classes(tmp_path / "data", {"a": 12, "b": 12}), str(tmp_path / "run")
    wish = ["finetune", MODELS[0], str(root), "--freeze", "nothing", "--epochs", "2", "--baselines", "none"]
    wish += ["--set", f"train.keep={keep}"]
    shown = CliRunner().invoke(command, [*wish, "--out", out], catch_exceptions=False)
    chosen = keep == "best"
    assert (CHOSEN in shown.stdout) is chosen
    assert (CHOSEN in text(tmp_path / "run")) is chosen
    assert (CHOSEN in (tmp_path / "run" / "README.md").read_text(encoding="utf-8")) is chosen
    tree = CliRunner().invoke(command, [*wish, "--out", f"{out}-2", "--json"], catch_exceptions=False).stdout
    assert any(CHOSEN in one for one in json.loads(tree)["cautions"]) is chosen
    later = ["evaluate", out, str(root)]
    assert (CHOSEN in CliRunner().invoke(command, later, catch_exceptions=False).stdout) is chosen
    tree = CliRunner().invoke(command, [*later, "--json"], catch_exceptions=False).stdout
    assert any(CHOSEN in one for one in json.loads(tree)["cautions"]) is chosen
    # The examples of the training chose nothing.
    of_train = CliRunner().invoke(command, [*later, "--split", "train"], catch_exceptions=False).stdout
    assert CHOSEN not in of_train


def test_a_probe_chooses_no_epoch(probed):
    assert probed.report.selected_on is None
    assert CHOSEN not in text(probed.path)


def test_a_head_that_was_solved_first_is_not_passed_off_as_the_whole_training(tuned, probed):
    page = text(tuned.path)
    assert tuned.report.reference_scores
    assert "A linear probe first" in page
    assert "Training continued from there, for 6 steps." in page
    assert "The head: a linear probe" not in page
    # The features are others now than those that the other heads were tried on.
    assert "on the same features" not in page
    assert "training examples a second" in page
    alone = text(probed.path)
    assert "The head: a linear probe Fitted by a solver" in alone
    assert "on the same features" in alone
    assert "training examples a second" not in alone


def test_a_comparison_and_the_model_card_tell_of_head_and_epochs(tuned, probed, tmp_path):
    runs = [str(run.path) for run in (tuned, probed)]
    wish = ["report", *runs, "-o", str(tmp_path / "c.html"), "--json"]
    tree = json.loads(CliRunner().invoke(command, wish, catch_exceptions=False).stdout)
    assert tree["facts"]["head"] == [tuned.report.head, probed.report.head]
    assert tree["facts"]["epochs"] == ["6, kept 6", "-"]
    one, two = ((run.path / "README.md").read_text(encoding="utf-8") for run in (tuned, probed))
    assert f"- **Training**: {tuned.report.head}; then 6 epochs, 6 steps; kept epoch 6; " in one
    assert f"- **Training**: {probed.report.head}; " in two
    assert "; then " not in two
