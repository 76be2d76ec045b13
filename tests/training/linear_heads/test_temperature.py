"""A linear probe that is gone on from is less sure of itself, and of the same opinion."""

from __future__ import annotations

import numpy as np
import pytest
from starters import MODELS, stripes

import zoo
from zoo import Classification, MultiLabel, Regression
from zoo.training.linear_heads import softening_factor, solver_of

pytestmark = pytest.mark.engine

SETTINGS = {"epochs": 1, "batch_size": 16, "augment": "none", "bn": "eval"}
STILL = 1e-12
"""A rate at which nothing moves."""


def trained(model: str, method: str, labels, **settings):
    pictures, _ = stripes(24)
    data = zoo.data((pictures, labels), val=0.0)
    live = zoo.load(model)
    report = live.train(data, zoo.TrainConfig(**SETTINGS, **settings), method=method)
    return live.predict(list(pictures)), report


@pytest.mark.parametrize("model", MODELS)
def test_what_is_tuned_begins_at_a_third_of_what_it_costs_to_know_nothing(model):
    _, kinds = stripes(24)
    solved, probe = trained(model, "probe", kinds)
    softer, report = trained(model, "probe-then-full", kinds, lr=STILL)
    solved_at, begun_at = (line["train_loss"] for line in report.epochs)
    assert solved_at == pytest.approx(probe.epochs[0]["train_loss"], rel=1e-3)
    assert solved_at < 0.1
    assert begun_at == pytest.approx(np.log(len(set(kinds))) / 3, rel=1e-3)
    assert "softened" in report.head
    assert "softened" not in probe.head
    assert [one.label for one in softer] == [one.label for one in solved]
    assert all(one.score < other.score for one, other in zip(softer, solved, strict=True))


@pytest.mark.parametrize("model", MODELS)
def test_where_nothing_later_is_better_the_head_counts_as_it_was_solved(model):
    pictures, kinds = stripes(160)
    data = zoo.data((pictures, kinds), val=0.5)
    ends = {}
    for method, lr in (("probe", None), ("probe-then-full", STILL)):
        live = zoo.load(model)
        settings = {**SETTINGS, "lr": lr, "keep": "best"} if lr else {**SETTINGS}
        ends[method] = live.train(data, zoo.TrainConfig(**settings), method=method)
    assert ends["probe-then-full"].best_epoch == 0
    assert ends["probe-then-full"].metrics["val"] == pytest.approx(ends["probe"].metrics["val"], rel=1e-3)


@pytest.mark.parametrize("model", MODELS)
def test_a_number_stays_the_number_it_is(model):
    values = [float(i) for i in range(48)]
    solved, _ = trained(model, "probe", values)
    same, report = trained(model, "probe-then-full", values, lr=STILL)
    assert "softened" not in report.head
    for one, other in zip(same, solved, strict=True):
        assert one.scores == pytest.approx(other.scores, rel=1e-3, abs=1e-3)


def loss_of(task, outputs, targets):
    """The loss of outputs that are multiplied by a factor."""
    return lambda factor: task.loss(task.observe(outputs * np.float32(factor), targets))


def test_a_head_is_never_made_surer():
    outputs = np.array([[0.1, 0.0, -0.1], [0.0, 0.2, 0.0]], np.float32)
    task = Classification(classes=("a", "b", "c"))
    assert softening_factor(loss_of(task, outputs, np.array([0, 1]))) == 1.0


def test_labels_are_held_less_firmly_too():
    outputs = np.array([[40.0, -40.0], [-40.0, 40.0]], np.float32)
    targets = np.array([[1, 0], [0, 1]], np.float32)
    task = MultiLabel(labels=("a", "b"))
    loss = loss_of(task, outputs, targets)
    factor = softening_factor(loss)
    assert 0 < factor < 1
    assert loss(factor) == pytest.approx(loss(0) / 3, rel=1e-4)
    assert not solver_of(Regression()).softens
