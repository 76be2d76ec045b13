"""Ridge with exact leave-one-out, in the units that the task's scores undo."""

from __future__ import annotations

import numpy as np
import pytest
from digit_vectors import answers
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

from zoo import Regression
from zoo.training.linear_heads import solve_head
from zoo.training.linear_heads.ridge import ALPHAS, ridge
from zoo.training.linear_heads.standardize import standard


def patients() -> tuple[np.ndarray, np.ndarray]:
    """float32 (442, 10) and two targets (442, 2), far from standard units."""
    features, target = load_diabetes(return_X_y=True)
    return features.astype(np.float32), np.stack([target, 1e4 - 7 * target**0.5], 1).astype(np.float32)


@pytest.mark.parametrize("views", [1, 2])
@pytest.mark.parametrize(("examples", "width"), [(60, 10), (12, 10), (9, 40), (10, 10), (2, 3), (3, 1)])
def test_leave_one_out_is_what_fits_without_the_one_answer(examples, width, views):
    chance = np.random.default_rng(examples)
    features = chance.normal(size=(examples, width)).astype(np.float32)
    targets = features[:, :1] * 2 + chance.normal(size=(examples, 2))
    # A view whose mean is another: what standardises both does not centre the first.
    scaler = standard(np.concatenate([features, features + 3][:views]))
    found = ridge(features, targets, scaler)
    inputs = scaler.apply(features)
    errors = {}
    for alpha in ALPHAS:
        left = np.array(
            [
                Ridge(alpha=alpha)
                .fit(np.delete(inputs, i, 0), np.delete(targets, i, 0))
                .predict(inputs[[i]])[0]
                for i in range(examples)
            ]
        )
        errors[alpha] = np.square(left - targets).sum()
        if alpha == found.alpha:
            np.testing.assert_allclose(
                np.concatenate([some for _, some in found.left_out()]), left, atol=1e-6
            )
    assert errors[found.alpha] <= min(errors.values()) * (1 + 1e-6)
    model = Ridge(alpha=found.alpha).fit(inputs, targets)
    np.testing.assert_allclose(found.weight, model.coef_, atol=1e-8)
    np.testing.assert_allclose(found.bias, model.intercept_, atol=1e-8)


def test_the_solved_head_answers_in_the_users_units():
    features, targets = patients()
    task = Regression(targets=("sugar", "other"))
    train, held = slice(0, 300), slice(300, None)
    fitted = task.fitted(targets[train])
    head = solve_head(features[train], targets[train], fitted)
    assert head.method == "ridge"
    figures = fitted.metrics(fitted.observe(answers(head, features[held]), targets[held]))
    assert figures["r2"] > 0.4
    # What leave-one-out foretold, from the training inputs alone.
    assert head.reference_scores["ridge"]["leave_one_out_r2"] == pytest.approx(figures["r2"], abs=0.1)
    # A task without a scale answers in the targets' own units, and says the same.
    plain = solve_head(features[train], targets[train], task)
    wanted = fitted.scores(answers(head, features[held]))
    np.testing.assert_allclose(task.scores(answers(plain, features[held])), wanted, rtol=1e-3)


@pytest.mark.parametrize("width", [8, 60])
def test_inputs_as_they_are_are_left_out_exactly_beside_views_with_another_mean(width):
    chance = np.random.default_rng(0)
    plain = chance.normal(size=(40, width)).astype(np.float32)
    both = np.concatenate([plain, plain + np.float32(0.3) * chance.normal(size=plain.shape) + 2])
    both = both.astype(np.float32)
    targets = plain[:, :1] * 2 + 0.5 * chance.normal(size=(40, 1)) + 3
    head = solve_head(both, np.concatenate([targets, targets]), Regression(), views=2)
    inputs, rows = standard(both).apply(plain), np.arange(40)
    model = Ridge(alpha=head.settings["alpha"] / 2)
    left = [model.fit(inputs[rows != i], targets[rows != i]).predict(inputs[[i]]).item() for i in rows]
    said = head.reference_scores["ridge"]["leave_one_out_rmse"]
    assert said == pytest.approx(np.sqrt(np.square(np.array(left) - targets[:, 0]).mean()), rel=1e-5)


def test_tall_and_wide_ways_agree():
    features, targets = patients()
    task = Regression(targets=("sugar", "other")).fitted(targets)
    # The same vectors, wider than there are examples, by dimensions that say nothing.
    wide = np.concatenate([features, np.zeros((len(features), 500), np.float32)], 1)
    tall, other = solve_head(features, targets, task), solve_head(wide, targets, task)
    assert tall.settings == other.settings
    np.testing.assert_allclose(tall.weight, other.weight[:, :10], atol=1e-4)


def test_one_example_is_answered_with_its_value():
    task = Regression()
    head = solve_head(np.ones((1, 4), np.float32), np.array([[7.0]], np.float32), task)
    assert answers(head, np.zeros((2, 4), np.float32)).tolist() == [[7.0], [7.0]]
    assert not head.reference_scores


def test_many_more_rows_than_a_stretch():
    chance = np.random.default_rng(0)
    features = chance.normal(3, 2, size=(20_000, 4)).astype(np.float32)
    targets = (features @ chance.normal(size=(4, 1)) + 5).astype(np.float32)
    head = solve_head(features, targets, Regression())
    np.testing.assert_allclose(answers(head, features), targets, atol=1e-3)
