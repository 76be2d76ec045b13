"""Kept features change what a run costs, not what it gives."""

from __future__ import annotations

import numpy as np
import pytest
from cached_trainings import STAGES, data, pixels, train

import zoo
from zoo.errors import ConfigError
from zoo.training.frozen_features import policy
from zoo.training.frozen_features.augmented_views import Views

pytestmark = pytest.mark.usefixtures("parrot", "home")


@pytest.mark.parametrize("freeze", ["backbone", 1, 2])
def test_a_run_from_kept_features_is_the_run_without(freeze):
    plain, cold = train(freeze, cache="off"), train(freeze, cache="on")
    assert cold.counts == (40, 0)
    assert np.allclose(cold.losses, plain.losses, rtol=1e-4)
    assert len(cold.losses) == 12
    warm = train(freeze)
    assert warm.counts == (0, 40)
    assert warm.losses == cold.losses
    weights = [run.model.adapter.weights() for run in (cold, warm)]
    assert all(np.array_equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert cold.report.metrics["val"] == pytest.approx(plain.report.metrics["val"], rel=1e-3)
    where = "the backbone's features" if freeze == "backbone" else f"what leaves stage {freeze} of {STAGES}"
    assert cold.line.startswith(where)


def test_evaluation_of_the_saved_run_agrees_with_what_was_reported(tmp_path):
    run = train("backbone", head="solver")
    run.model.save(tmp_path / "run")
    metrics = zoo.load(tmp_path / "run").evaluate(data()).metrics
    assert metrics == pytest.approx(run.report.metrics["val"], rel=1e-5)


def test_a_head_is_solved_where_nothing_else_trains():
    solved = train("backbone", head="auto")
    assert solved.losses == []
    assert (solved.report.stopped, solved.report.steps) == ("solved", 0)
    assert "logistic regression" in solved.report.head
    trained = train("backbone")
    assert solved.report.epochs[0]["train_loss"] < trained.report.epochs[-1]["train_loss"]
    assert train(2, head="auto").report.head == ""
    with pytest.raises(ConfigError, match="frozen backbone"):
        train(2, head="solver")
    off = train("backbone", head="auto", cache="off")
    assert off.line.endswith("; in memory")
    assert off.report.metrics == solved.report.metrics


@pytest.mark.parametrize("freeze", ["nothing", 1, "backbone"])
def test_views_are_the_same_without_a_cache(freeze, monkeypatch):
    """With ``off``, where ``auto`` falls back, and where nothing is frozen."""
    several = {"views": 3, "epochs": 4, "augment": "auto"}
    off = train(freeze, cache="off", **several)
    assert off.losses != train(freeze, cache="off", epochs=4, augment="auto").losses
    if freeze == "nothing":
        drawn = []
        monkeypatch.setattr(Views, "draw", lambda self, raw, at, view: drawn.append(view) or raw)
        train(freeze, **several)
        # Of four epochs of four batches each.
        assert drawn == [0] * 4 + [1] * 4 + [2] * 4 + [0] * 4
        return
    on = train(freeze, cache="on", **several)
    assert np.allclose(on.losses, off.losses, rtol=1e-4)
    monkeypatch.setattr(policy, "LARGEST_ROW", {"cpu": 0})
    monkeypatch.setattr(policy, "PROBE", 7)
    fallen = train(freeze, cache="auto", **several)
    assert fallen.losses == off.losses


def test_views_are_kept_and_cycled_through():
    three = train("backbone", views=3, epochs=6, augment="auto")
    assert three.counts == (40 + 2 * 30, 0)
    again = train("backbone", views=3, epochs=6, augment="auto")
    assert (again.counts, again.losses) == ((0, 100), three.losses)
    assert three.losses != train("backbone", epochs=6).losses
    solved = train("backbone", views=3, head="auto", augment="auto")
    assert "90 vectors" in solved.report.head
    one = zoo.data((pixels(4), list("abcd")), val=0)
    each = train("backbone", one, views=3, head="auto", augment="auto")
    assert "C = 0.1, on 12 vectors" in each.report.head, "an example is one, whatever its views"
    with pytest.raises(ConfigError, match="augment"):
        train("backbone", views=2, augment="none")


def test_augmentation_at_every_step_keeps_nothing_and_says_so():
    run = train(1, augment="light")
    assert run.line.startswith("off: augmentation")
    assert "--views" in run.line
    with pytest.raises(ConfigError, match="augmentation"):
        train(1, augment="light", cache="on")
    assert train("nothing").line == ""


def test_half_precision_takes_half_the_room_and_is_used_only_where_asked_for(home):
    whole, half = train("backbone"), train("backbone", cache_dtype="float16")
    assert half.counts == (40, 0)
    assert "128 B" in whole.line
    assert "64 B" in half.line
    assert "(float16)" in half.line
    assert np.allclose(half.losses, whole.losses, rtol=1e-2)
    assert half.losses != whole.losses


def test_equal_pictures_are_computed_once():
    pictures = pixels()
    pictures[1::2] = pictures[::2]
    run = train("backbone", data(pictures))
    assert sum(run.counts) == 40
    assert run.counts[0] == 20
