"""A training that ended above the loss of a constant prediction says so."""

from __future__ import annotations

import numpy as np
import pytest
from starters import MODELS, stripes

import zoo
from zoo import Classification, MultiLabel, Regression, TokenClassification

pytestmark = pytest.mark.engine

POOR = "is above that of a constant prediction"


@pytest.mark.parametrize("val", [0.25, 0.0])
def test_a_training_that_diverged_is_told_by_its_loss(val, tmp_path):
    settings = {"freeze": "nothing", "epochs": 3, "optimizer": "sgd", "keep": "last", "baselines": "none"}
    data = zoo.data(stripes(16), val=val)
    run = zoo.finetune(MODELS[0], data, out=tmp_path / "run", lr=100, batch_size=8, **settings)
    [note] = [one for one in run.report.notes if POOR in one]
    assert note.startswith(f"the loss on {'val' if val else 'train'}, ")
    assert note.endswith("the training did not converge: try a smaller learning rate (--lr), or --lr auto")
    assert POOR in (run.path / "README.md").read_text(encoding="utf-8")
    assert POOR in run.html.read_text(encoding="utf-8")


def test_one_that_learned_says_nothing(tmp_path):
    run = zoo.finetune(MODELS[0], zoo.data(stripes(16)), out=tmp_path / "run", baselines="none")
    assert not [one for one in run.report.notes if POOR in one]


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"label_smoothing": 0.6}, "label_smoothing 0.6"),
        ({"class_weights": "auto"}, "class_weights auto"),
        ({"sampling": "balanced"}, "sampling balanced"),
    ],
)
def test_scores_of_another_loss_are_not_called_overconfident(setting, named):
    """Nineteen of twenty are of one class, which nothing shows: shares are wrong on purpose."""
    pixels, _ = stripes(20)
    data = zoo.data((pixels, ["rare" if i % 20 == 0 else "common" for i in range(40)]), val=0.5)
    model = zoo.load(MODELS[0])
    model.train(data, zoo.TrainConfig(steps=20, keep="last", lr=1e-3, **setting), method="full")
    [note] = [one for one in model.report.notes if POOR in one]
    assert f"training minimised another loss ({named})" in note
    assert "overconfident" not in note
    assert note.endswith("judge by accuracy")


@pytest.mark.parametrize(
    ("task", "targets"),
    [
        (Classification(classes=("a", "b")), np.array([0, 0, 0, 1])),
        (MultiLabel(labels=("a", "b")), np.array([[1, 0], [1, 1], [0, 0], [1, 0]], np.float32)),
        (Regression(targets=("x",), mean=(1.0,), scale=(2.0,)), np.array([[1.0], [2.0], [6.0], [3.0]])),
    ],
)
def test_no_other_constant_is_much_better(task, targets):
    targets = np.repeat(targets, 50, axis=0)
    best = task.prior_loss(targets, targets)
    for shift in np.random.default_rng(0).normal(0, 0.3, (50, task.width)):
        other = np.tile(task.prior(targets) + shift.astype(np.float32), (len(targets), 1))
        assert task.loss(task.observe(other, targets)) >= best - 1e-3


def test_the_constant_prediction_of_tags_is_their_shares():
    tags, texts = TokenClassification(tags=("O", "B-X")), np.empty(2, object)
    texts[:] = [np.array([0, 0, 0]), np.array([1])]
    shares = np.array([4, 2]) / 6
    wanted = -(3 * np.log(shares[0]) + np.log(shares[1])) / 4
    assert tags.prior_loss(texts, texts) == pytest.approx(wanted, rel=1e-6)


def test_the_import_of_a_solver_is_no_training(monkeypatch):
    """By a clock that the import alone moves."""
    import zoo.training.linear_heads
    import zoo.training.metering
    import zoo.training.solve_head
    import zoo.training.training_context

    class Clock:
        now = 0.0

        def perf_counter(self) -> float:
            return self.now

    def load(task):
        Clock.now += 100

    for module in (zoo.training.training_context, zoo.training.solve_head, zoo.training.metering):
        monkeypatch.setattr(module, "time", Clock())
    monkeypatch.setattr(zoo.training.linear_heads, "load_solver", load)
    model = zoo.load(MODELS[0])
    data = zoo.data(stripes(8))
    model.replace_head(data.task)
    model.freeze("backbone")
    model.train(data)
    assert model.report.head
    assert Clock.now == 100
    assert model.report.seconds == 0
    assert sum(model.last_training.cost.parts.values()) == 0
