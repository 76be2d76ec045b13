"""Tasks in numpy say what the field's own libraries say."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics as sk
import torch
import torch.nn.functional as F

from zoo import Classification, MultiLabel, Regression
from zoo.errors import DataError, MissingPlugin
from zoo.plugins.tasks import task_from

pytestmark = pytest.mark.torch

RANDOM = np.random.default_rng(0)
OUTPUTS = (RANDOM.normal(size=(200, 7)) * 3).astype(np.float32)
CLASSES = RANDOM.integers(0, 7, 200)
LABELS = (RANDOM.random((200, 7)) < 0.3).astype(np.float32)
VALUES = (RANDOM.normal(size=(200, 7)) * [1, 10, 100, 1, 1, 1, 1] + 50).astype(np.float32)
NAMES = tuple("abcdefg")


def test_classification_agrees_with_torch_and_scikit_learn():
    task = Classification(classes=NAMES)
    rows = task.observe(OUTPUTS, CLASSES)
    figures, said = task.metrics(rows), OUTPUTS.argmax(1)
    weights = task.class_weights(CLASSES)
    logits, targets = torch.from_numpy(OUTPUTS), torch.from_numpy(CLASSES)
    assert figures["loss"] == pytest.approx(float(F.cross_entropy(logits, targets)), rel=1e-5)
    weighted = F.cross_entropy(logits, targets, weight=torch.from_numpy(weights))
    assert task.loss(task.observe(OUTPUTS, CLASSES, weights)) == pytest.approx(float(weighted), rel=1e-5)
    assert figures["accuracy"] == pytest.approx(sk.accuracy_score(CLASSES, said))
    assert figures["balanced_accuracy"] == pytest.approx(sk.balanced_accuracy_score(CLASSES, said))
    assert figures["f1"] == pytest.approx(sk.f1_score(CLASSES, said, average="macro"))
    assert figures["top5_accuracy"] == pytest.approx(sk.top_k_accuracy_score(CLASSES, OUTPUTS, k=5))
    recalls = sk.recall_score(CLASSES, said, average=None)
    assert [row["accuracy"] for row in task.per_name(rows).values()] == pytest.approx(list(recalls))
    assert task.scores(OUTPUTS).sum(1) == pytest.approx(np.ones(200))


def test_multi_label_agrees_with_torch_and_scikit_learn():
    task = MultiLabel(labels=NAMES)
    figures, said = task.metrics(task.observe(OUTPUTS, LABELS)), OUTPUTS >= 0
    weights = task.class_weights(LABELS)
    logits, targets = torch.from_numpy(OUTPUTS), torch.from_numpy(LABELS)
    loss = F.binary_cross_entropy_with_logits(logits, targets)
    weighted = F.binary_cross_entropy_with_logits(logits, targets, pos_weight=torch.from_numpy(weights))
    assert figures["loss"] == pytest.approx(float(loss), rel=1e-5)
    assert task.loss(task.observe(OUTPUTS, LABELS, weights)) == pytest.approx(float(weighted), rel=1e-5)
    assert figures["f1"] == pytest.approx(sk.f1_score(LABELS, said, average="micro"))
    assert figures["macro_f1"] == pytest.approx(sk.f1_score(LABELS, said, average="macro"))
    assert figures["exact_match"] == pytest.approx(sk.accuracy_score(LABELS, said))


def test_regression_answers_in_the_users_units():
    task = Regression(targets=NAMES).fitted(VALUES)
    standard = task.for_loss(VALUES)
    assert standard.mean(0) == pytest.approx(np.zeros(7), abs=1e-4)
    assert standard.std(0) == pytest.approx(np.ones(7), rel=1e-3)
    figures = task.metrics(task.observe(OUTPUTS, VALUES))
    assert figures["mae"] == pytest.approx(sk.mean_absolute_error(VALUES, task.scores(OUTPUTS)))
    assert figures["rmse"] == pytest.approx(sk.mean_squared_error(VALUES, task.scores(OUTPUTS)) ** 0.5)
    assert figures["r2"] == pytest.approx(sk.r2_score(VALUES, task.scores(OUTPUTS)))
    assert task.metrics(task.observe(standard, VALUES))["rmse"] == pytest.approx(0, abs=1e-4)


def test_numbers_of_any_size_keep_their_differences():
    moments = [[1.7e9 + second, 0.1] for second in range(40)]
    task = Regression(targets=("moment", "constant"))
    targets = task.encode(moments)
    assert len(np.unique(targets[:, 0])) == 40
    fitted = task.fitted(targets)
    assert fitted.scale == pytest.approx((np.arange(40).std(), 1))
    exact = fitted.metrics(fitted.observe(fitted.for_loss(targets), targets))
    assert exact["mae"] < 1e-5
    assert exact["r2"] == pytest.approx(1)
    assert fitted.metrics(fitted.observe(np.zeros((40, 2), np.float32), targets))["mae"] == pytest.approx(5)


def test_extreme_outputs_stay_finite():
    wild = np.array([[1e4, -1e4], [-1e4, 1e4]], np.float32)
    classes, labels = Classification(classes=("a", "b")), MultiLabel(labels=("a", "b"))
    assert np.isfinite(classes.loss(classes.observe(wild, np.array([1, 0]))))
    assert np.isfinite(labels.loss(labels.observe(wild, np.array([[0, 1], [1, 0]], np.float32))))


@pytest.mark.parametrize(
    "task",
    [
        Classification(classes=("a", "b")),
        MultiLabel(labels=("x",), threshold=0.3),
        Regression(targets=("w", "h")).fitted(VALUES[:, :2]),
    ],
)
def test_a_task_survives_its_json_form(task):
    assert task_from(task.model_dump(mode="json")) == task


def test_wrong_labels_and_kinds_are_refused():
    with pytest.raises(DataError, match="1 of the data's classes"):
        Classification(classes=("a", "b")).encode(["a", "c"])
    with pytest.raises(DataError):
        Regression(targets=("w", "h")).encode([[1.0]])
    with pytest.raises(MissingPlugin, match="classification"):
        task_from({"kind": "poetry"})
