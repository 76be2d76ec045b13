"""What no head can be solved on is said, with where it lies."""

from __future__ import annotations

import numpy as np
import pytest
from digit_vectors import TASK, shots

from zoo import MultiLabel, Regression, TokenClassification
from zoo.errors import ConfigError, DataError, NonFiniteError
from zoo.training.linear_heads import can_solve, solve_head

FEATURES, TARGETS, OTHERS, WANTED = shots(3)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["training", "held-out"])
def test_vectors_that_are_not_finite(value, where):
    train, held = FEATURES.copy(), OTHERS.copy()
    (train if where == "training" else held)[17, 5] = value
    with pytest.raises(NonFiniteError, match=rf"{where} inputs .*number 17"):
        solve_head(train, TARGETS, TASK, held_out=(held, WANTED))


@pytest.mark.parametrize(
    ("features", "targets", "task", "error", "says"),
    [
        (FEATURES[:0], TARGETS[:0], TASK, DataError, "no training inputs"),
        (FEATURES, TARGETS[:-1], TASK, ConfigError, "30 vectors .* 29 targets"),
        (FEATURES[:, :0], TARGETS, TASK, ConfigError, "shape"),
        (FEATURES[:, :, None], TARGETS, TASK, ConfigError, "shape"),
        (FEATURES, TARGETS + 5, TASK, ConfigError, "from 0 to 9"),
        (FEATURES, TARGETS - 1, TASK, ConfigError, "from 0 to 9"),
        (FEATURES, TARGETS / 2, TASK, ConfigError, "from 0 to 9"),
        (FEATURES, TARGETS, Regression(), ConfigError, "shape"),
        (FEATURES, TARGETS[:, None] * np.nan, Regression(), DataError, "number 0"),
        (FEATURES, TARGETS[:, None] * 1.0, MultiLabel(labels=("a", "b")), ConfigError, "shape"),
        (FEATURES, TARGETS[:, None], TokenClassification(tags=("N", "V")), ConfigError, "no solver"),
    ],
)
def test_examples_that_are_none(features, targets, task, error, says):
    with pytest.raises(error, match=says):
        solve_head(features, targets, task)


def test_held_out_vectors_of_another_backbone():
    with pytest.raises(ConfigError, match="60 dimensions"):
        solve_head(FEATURES, TARGETS, TASK, held_out=(OTHERS[:, :60], WANTED))


def test_class_weights_of_a_regression():
    with pytest.raises(ConfigError, match="no meaning"):
        solve_head(FEATURES, TARGETS[:, None] * 1.0, Regression(), class_weights=np.ones(1))


def test_an_empty_held_out_part_is_none():
    assert "ridge" in solve_head(FEATURES, TARGETS, TASK, held_out=(OTHERS[:0], WANTED[:0])).reference_scores


def test_tags_have_no_solver():
    assert not can_solve(TokenClassification(tags=("N", "V")), 100, 64)


@pytest.mark.parametrize("stretch", [1e-38, 1e-20, 1e20, 1e37])
def test_values_at_the_ends_of_float32_give_a_finite_head(stretch):
    features, others = FEATURES * np.float32(stretch), OTHERS * np.float32(stretch)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        head = solve_head(features, TARGETS, TASK, held_out=(others, WANTED))
    assert np.isfinite(head.weight).all()
    assert np.isfinite(head.bias).all()
