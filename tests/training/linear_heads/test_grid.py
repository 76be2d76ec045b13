"""Labels, and what is too large for a solver: a grid of heads in one pass, one of them chosen well."""

from __future__ import annotations

import numpy as np
import pytest
from digit_vectors import TASK, answers, pixels, shots

from zoo import MultiLabel
from zoo.training.linear_heads import logistic, select, solve_head
from zoo.training.linear_heads.grid import GRID, train_grid
from zoo.training.linear_heads.sigmoid import binary_slope
from zoo.training.linear_heads.softmax import cross_entropy_slope
from zoo.training.linear_heads.standardize import standard

LABELS = MultiLabel(labels=("even", "big", "prime"))


def labelled(digits: np.ndarray) -> np.ndarray:
    return np.stack([digits % 2 == 0, digits > 4, np.isin(digits, (2, 3, 5, 7))], 1).astype(np.float32)


@pytest.fixture
def large(monkeypatch):
    """As if the data were too large for a solver."""
    monkeypatch.setattr(logistic, "WORK", 0)


@pytest.mark.parametrize("task", [TASK, LABELS], ids=lambda task: task.kind)
def test_the_slopes_are_those_of_the_tasks_losses(task):
    chance = np.random.default_rng(0)
    outputs = chance.normal(size=(2, 6, task.width))
    digits = chance.integers(0, 10, 6)
    targets = digits if task is TASK else labelled(digits)
    weights = chance.uniform(0.5, 2, task.width)
    slope = cross_entropy_slope(weights) if task is TASK else binary_slope(weights)
    found = slope(outputs, targets)
    for place in np.ndindex(outputs.shape):
        moved = [outputs[place[0]].copy() for _ in range(2)]
        moved[0][place[1:]] += 1e-5
        moved[1][place[1:]] -= 1e-5
        up, down = (task.loss(task.observe(one, targets, weights)) for one in moved)
        assert found[place] == pytest.approx((up - down) / 2e-5, abs=1e-6)


@pytest.mark.parametrize("task", [TASK, LABELS], ids=lambda task: task.kind)
@pytest.mark.parametrize("judges", ["held-out", "a fifth"])
def test_the_head_that_is_kept_beats_the_worst_of_the_grid(large, task, judges):
    features, digits = pixels()
    order = np.random.default_rng(0).permutation(len(digits))
    targets = digits if task is TASK else labelled(digits)
    train, held, test = order[:400], order[400:700], order[700:]
    held_out = (features[held], targets[held]) if judges == "held-out" else None
    head = solve_head(features[train], targets[train], task, held_out=held_out)
    assert head.method == "gradient grid"
    assert judges in head.note
    scaler = standard(features[train])
    slope = cross_entropy_slope(None) if task is TASK else binary_slope(None)
    setting = {"width": task.width, "scaler": scaler, "slope": slope, "seed": 0}
    every = train_grid(features, targets, rows=train, **setting)
    inputs = scaler.apply(features[test], np.float32)
    losses = [
        task.loss(task.observe(every.outputs(inputs, member), targets[test])) for member in range(len(GRID))
    ]
    loss = task.loss(task.observe(answers(head, features[test]), targets[test]))
    assert loss < min(losses) * 1.1
    assert loss < max(losses) * 0.6


def test_few_examples_average_the_grid_and_beat_most_of_it(large):
    better = []
    for seed in range(5):
        features, digits, others, wanted = shots(5, seed)
        head = solve_head(features, labelled(digits), LABELS, held_out=(others[:20], labelled(wanted[:20])))
        assert head.settings["heads"] == len(GRID)
        scaler = standard(features)
        rows = np.arange(len(features))
        setting = {"width": 3, "scaler": scaler, "slope": binary_slope(None), "seed": 0}
        every = train_grid(features, labelled(digits), rows=rows, **setting)
        inputs = scaler.apply(others, np.float32)
        losses = [
            LABELS.loss(LABELS.observe(every.outputs(inputs, one), labelled(wanted)))
            for one in range(len(GRID))
        ]
        loss = LABELS.loss(LABELS.observe(answers(head, others), labelled(wanted)))
        better.append(np.mean(loss < np.array(losses)))
    assert np.mean(better) > 0.5


def test_heads_trained_together_are_the_heads_trained_alone():
    features, digits, _, _ = shots(20)
    scaler, rows = standard(features), np.arange(len(features))
    setting = {"width": 10, "scaler": scaler, "slope": cross_entropy_slope(None), "rows": rows, "seed": 4}
    every = train_grid(features, digits, **setting)
    for member in (0, 5, 11):
        alone = train_grid(features, digits, grid=(GRID[member],), **setting)
        # Adam makes full steps of the last bits of small slopes, and these hang on how a product is blocked.
        np.testing.assert_allclose(every.weights[member], alone.weights[0], atol=5e-3)


def test_labels_are_solved_each_by_itself_while_that_takes_seconds():
    from sklearn.linear_model import LogisticRegression

    features, digits, others, wanted = shots(8)
    targets = labelled(digits)
    targets[:, 2] = 0
    weights = LABELS.class_weights(targets)
    head = solve_head(features, targets, LABELS, class_weights=weights)
    assert head.method == "logistic regression"
    scaler = standard(features)
    outputs = answers(head, others)
    for label in (0, 1):
        each = np.where(targets[:, label] > 0, weights[label], 1)
        model = LogisticRegression(tol=1e-8, max_iter=5000)
        model.fit(scaler.apply(features), targets[:, label], sample_weight=each)
        said = model.decision_function(scaler.apply(others))
        np.testing.assert_allclose(outputs[:, label], said, atol=2e-3)
    # A label that nothing had is improbable everywhere, and no more than that.
    assert np.unique(outputs[:, 2]).tolist() == pytest.approx([np.log(0.5 / 80.5)])
    assert LABELS.metrics(LABELS.observe(outputs, labelled(wanted)))["loss"] < 2


def test_the_grid_gives_the_same_bits(large):
    features, digits = pixels()
    one, two = (solve_head(features, digits, TASK, seed=5) for _ in range(2))
    assert one.weight.tobytes() == two.weight.tobytes()
    assert one.settings == two.settings
    assert solve_head(features, digits, TASK, seed=6).weight.tobytes() != one.weight.tobytes()


def test_a_grid_is_never_chosen_by_a_handful(large):
    features, digits, others, wanted = shots(20)
    few = (others[: select.ENOUGH - 1], wanted[: select.ENOUGH - 1])
    assert "mean of 12 heads" in solve_head(features, digits, TASK, held_out=few).note
    enough = (others[: select.ENOUGH], wanted[: select.ENOUGH])
    assert "chosen by 50 held-out inputs" in solve_head(features, digits, TASK, held_out=enough).note
