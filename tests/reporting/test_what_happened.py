"""Page, comparison and model card say what a training did: which epoch was kept and why, what was solved."""

from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner
from reporting.making import Seen
from starters import MODELS, stripes

import zoo
from zoo.cli.main import zoo as command
from zoo.reporting.facts import read_facts
from zoo.reporting.writing import rebuild

CHOSEN = "The best epoch was chosen on val"
LAST = "The last epoch was the best one"


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """A head solved, then all of it tuned; ``auto`` lets so few examples choose no epoch."""
    out = tmp_path_factory.mktemp("tuned") / "run"
    return zoo.finetune(MODELS[0], zoo.data(stripes(20)), out=out, method="auto", steps=6, controls="off")


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    out = tmp_path_factory.mktemp("probed") / "run"
    return zoo.finetune(MODELS[0], zoo.data(stripes(20)), out=out, controls="off")


def text(path) -> str:
    return " ".join(Seen((path / "report.html").read_text(encoding="utf-8")).text.split())


def edited(run, tmp_path, **train) -> str:
    """The page of a copy whose training reported so; ``chose=None``: by an older zoo."""
    folder = tmp_path / "run"
    shutil.copytree(run.path, folder)
    tree = json.loads((folder / "report.json").read_text())
    tree["train"] |= train
    if train["chose"] is None:
        del tree["train"]["chose"]
    (folder / "report.json").write_text(json.dumps(tree))
    rebuild(folder)
    return text(folder)


def test_where_the_last_weights_are_kept_no_epoch_was_chosen(tuned, tmp_path):
    assert tuned.report.chose is False
    assert tuned.report.best_epoch == len(tuned.report.epochs) - 1 == 6
    assert read_facts(tuned.path).train["chose"] is False
    page = text(tuned.path)
    assert CHOSEN not in page
    assert LAST not in page
    assert "chose" not in page.split()
    page = edited(tuned, tmp_path, chose=True)
    assert CHOSEN in page
    assert LAST in page


@pytest.mark.parametrize("keep", ["auto", "best", "last"])
def test_a_report_tells_whether_an_epoch_was_chosen(keep, tmp_path):
    settings = {"freeze": "nothing", "epochs": 2, "controls": "off"}
    run = zoo.finetune(MODELS[0], zoo.data(stripes(8)), out=tmp_path / "run", keep=keep, **settings)
    assert run.report.chose is (keep != "last")
    assert (CHOSEN in text(run.path)) is (keep != "last")


@pytest.mark.parametrize(
    ("keep", "words"),
    [("auto", "The best epoch may have been chosen on val"), ("best", CHOSEN), ("last", None)],
)
def test_of_an_older_report_as_much_is_said_as_is_known(tuned, tmp_path, keep, words):
    settings = {**tuned.report.settings, "keep": keep}
    page = edited(tuned, tmp_path, chose=None, settings=settings)
    assert ("chosen on val" in page) is (words is not None)
    assert (words or "") in page
    assert (LAST in page) is (keep == "best")


def test_a_head_that_was_solved_first_is_not_passed_off_as_the_whole_training(tuned, probed):
    page = text(tuned.path)
    assert tuned.report.companions
    assert "The head was solved first" in page
    assert "Training went on from there, for 6 steps." in page
    assert "In no epochs" not in page
    # The features are others now than those that the other heads were tried on.
    assert "on the same features" not in page
    assert "training examples a second" in page
    alone = text(probed.path)
    assert "The head was solved In no epochs" in alone
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
