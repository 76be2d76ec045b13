"""The focal loss of both engines, and its slopes, against the formula written out in numpy."""

from __future__ import annotations

import numpy as np
import pytest
from starters import MODELS, SIDE

import zoo
from zoo import Classification, MultiLabel
from zoo.core.protocols.engine import Batch, LearningRates, StepPlan
from zoo.errors import ConfigError

pytestmark = pytest.mark.engine

CLASSES = Classification(classes=("a", "b", "c"))
LABELS = MultiLabel(labels=("a", "b", "c"))
WEIGHTS = np.array([0.5, 3.0, 1.0], np.float32)


def written_out(task, outputs, targets, gamma, weights):
    """FL = -(1 - p)^gamma log p, of softmax or of each sigmoid; weighted as the cross-entropy is."""
    x = outputs.astype(np.float64)
    if task is CLASSES:
        p = np.exp(x)[np.arange(len(x)), targets] / np.exp(x).sum(1)
        each = np.ones(len(x)) if weights is None else weights[targets]
        return float((-((1 - p) ** gamma) * np.log(p) * each).sum() / each.sum())
    p = 1 / (1 + np.exp(-x))
    positive = -((1 - p) ** gamma) * np.log(p) * (1 if weights is None else weights)
    return float((targets * positive - (1 - targets) * p**gamma * np.log(1 - p)).mean())


def one_step(model, task, targets, *, parts=1, **plan):
    """Loss, outputs and the step of the head's bias, which is minus its slope."""
    found = zoo.load(model)
    found.replace_head(task)
    found.freeze("backbone")
    adapter = found.adapter
    pictures = np.random.default_rng(0).integers(0, 255, (len(targets), SIDE, SIDE, 3)).astype(np.uint8)
    # A head that tells well, badly and in between.
    matrix = np.random.default_rng(1).normal(0, 0.3, (3, adapter.backbone.features.width)).astype(np.float32)
    adapter.set_head(matrix, np.array([1.0, -1.0, 0.0], np.float32))
    outputs = adapter.infer(pictures)
    adapter.begin(StepPlan(task, "sgd", 0.0, 0.0, 0.0, precision="float32", loss="focal", **plan))
    before = adapter.weights()["head.bias"]
    loss = adapter.step(
        Batch(pictures, targets, np.arange(len(targets)), 1), LearningRates(1.0, 0.0), parts=parts
    )
    return loss, outputs, adapter.weights()["head.bias"] - before


TARGETS = {CLASSES: np.arange(12) % 3, LABELS: (np.arange(36).reshape(12, 3) % 4 == 0).astype(np.float32)}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("task", [CLASSES, LABELS], ids=["classes", "labels"])
def test_loss_and_slope_are_those_of_the_formula(model, task, gamma, weights):
    targets = TARGETS[task]
    loss, outputs, step = one_step(model, task, targets, focal_gamma=gamma, class_weights=weights)
    assert np.ptp(outputs) > 1
    assert loss == pytest.approx(written_out(task, outputs, targets, gamma, weights), rel=1e-4)
    if gamma == 0:
        assert loss == pytest.approx(task.loss(task.observe(outputs, targets, weights)), rel=1e-4)
    for i in range(3):
        nudge = np.eye(3)[i] * 1e-5
        high, low = (written_out(task, outputs + s * nudge, targets, gamma, weights) for s in (1, -1))
        assert -step[i] == pytest.approx((high - low) / 2e-5, rel=1e-2, abs=1e-5)


@pytest.mark.parametrize("model", MODELS)
def test_in_parts_it_is_that_of_the_whole(model):
    one, other = (
        one_step(model, CLASSES, TARGETS[CLASSES], parts=parts, class_weights=WEIGHTS) for parts in (1, 3)
    )
    assert one[0] == pytest.approx(other[0], rel=1e-5)
    np.testing.assert_allclose(one[2], other[2], atol=1e-6)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_certainty_has_a_finite_slope(model, gamma):
    found = zoo.load(model)
    found.replace_head(CLASSES)
    found.freeze("backbone")
    adapter = found.adapter
    adapter.set_head(
        np.zeros((3, adapter.backbone.features.width), np.float32), np.array([200.0, 0, 0], np.float32)
    )
    adapter.begin(StepPlan(CLASSES, loss="focal", focal_gamma=gamma))
    pictures = np.zeros((3, SIDE, SIDE, 3), np.uint8)
    assert np.isfinite(
        adapter.step(Batch(pictures, np.array([0, 0, 1]), np.arange(3), 1), LearningRates(0.1, 0.0))
    )
    assert all(np.isfinite(array).all() for array in adapter.weights().values())


@pytest.mark.parametrize(
    ("labels", "settings", "said"),
    [
        ([0.5, 1.5, 2.5, 3.5] * 4, {}, "no meaning for regression"),
        (["a", "b"] * 8, {"label_smoothing": 0.1}, "exclude each other"),
        (["a", "b"] * 8, {"head": "solver"}, "the plain loss alone"),
    ],
)
def test_where_it_means_nothing_it_is_refused(labels, settings, said, tmp_path):
    data = zoo.data((np.zeros((16, 16, 16, 3), np.uint8), labels))
    with pytest.raises(ConfigError, match=said):
        zoo.finetune(MODELS[0], data, out=tmp_path / "run", loss="focal", **settings)


def test_an_engine_that_does_not_know_it_says_so():
    found = zoo.load(MODELS[0])
    found.adapter.follows = frozenset()
    data = zoo.data((np.zeros((16, 16, 16, 3), np.uint8), ["a", "b"] * 8))
    with pytest.raises(ConfigError, match=r"cannot do train\.loss = focal"):
        found.train(data, zoo.TrainConfig(loss="focal"))
