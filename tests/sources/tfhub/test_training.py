"""Training SavedModels through the public door: gradients, running statistics, regularisation, runs."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
import saved_models
import tensorflow as tf

import zoo
from zoo.core.protocols.engine import Batch, LearningRates, StepPlan
from zoo.errors import ConfigError, IntegrityError
from zoo.runs.baseline_schema import Tried
from zoo.testing import run_checks

pytestmark = pytest.mark.tensorflow

TASK = zoo.Classification(classes=["a", "b"])


def batch(inputs=None) -> Batch:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), dtype=np.uint8)
    inputs = pixels if inputs is None else inputs
    return Batch(inputs=inputs, targets=np.arange(8) % 2, index=np.arange(8), seed=1)


def moved(model, depth: str, rates: LearningRates) -> set[str]:
    """Names of the backbone's tensors that one step moves."""
    model.freeze(depth)
    model.replace_head(TASK)
    model.adapter.begin(StepPlan(task=TASK, weight_decay=0.0))
    before = model.adapter.weights()
    model.adapter.step(batch(), rates)
    after = model.adapter.weights()
    return {
        name for name in before if before[name].tobytes() != after[name].tobytes() and "head." not in name
    }


MODES = {"python": (True, False), "none": (True, None), "tensor": (tf.TensorSpec([], tf.bool),)}


@pytest.mark.parametrize("modes", MODES.values(), ids=MODES.keys())
def test_unfrozen_everything_moves_and_frozen_nothing_by_one_bit(modes, tmp_path):
    folder = saved_models.save(saved_models.Pictures(modes=modes), tmp_path / "m")
    model = zoo.load(f"tfhub:{folder}", trust=True)
    assert moved(model, "backbone", LearningRates(head=0.1, backbone=0.1)) == set()
    everything = {"backbone.kernel", "backbone.gamma", "backbone.moving_mean"}
    assert moved(model, "nothing", LearningRates(head=0.1, backbone=0.1)) == everything


def test_the_authors_regularisation_is_part_of_the_loss(models):
    losses = {}
    for depth in ("nothing", "backbone"):
        model = zoo.load(f"tfhub:{models / 'images'}", trust=True)
        model.freeze(depth)
        model.replace_head(TASK)
        kernel, gamma, _ = model.adapter.backbone.module.variables
        gamma.assign(np.zeros(6))  # all features are zero, whatever batch norm does
        model.adapter.begin(StepPlan(task=TASK))
        losses[depth] = model.adapter.step(batch(), LearningRates(0.0, 0.0))
    assert losses["nothing"] - losses["backbone"] == pytest.approx(0.001 * np.square(kernel).sum(), rel=1e-4)


def test_a_model_without_trainable_variables_trains_only_a_head(tmp_path):
    folder = saved_models.save(saved_models.Pictures(trainable=False), tmp_path / "m")
    model = zoo.load(f"tfhub:{folder}", trust=True)
    with pytest.raises(ConfigError, match="cannot be fine-tuned"):
        model.freeze("nothing")
    assert model.frozen_stages == 1
    # Statistics would move in training mode, so it is never called in it, frozen or not.
    assert not np.any(model.adapter.backbone.module(np.ones((2, 16, 16, 3), "f4"), training=True) < 0)
    assert moved(model, "backbone", LearningRates(0.1, 0.1)) == set()


@pytest.mark.parametrize("trainable", [True, False])
def test_fine_tuning_is_missed_only_where_it_is_possible(trainable, tmp_path):
    """In the baselines, whose verdict advises it."""
    folder = saved_models.save(saved_models.Pictures(trainable=trainable), tmp_path / "m")
    pixels = np.random.default_rng(0).integers(0, 256, (12, 16, 16, 3), dtype=np.uint8)
    data = zoo.data((pixels, ["a", "b"] * 6), val=0.5)
    run = zoo.finetune(f"tfhub:{folder}", data, out=tmp_path / "run", trust=True, report=False)
    missing = "fine-tuning was not tried (--method auto)" if trainable else ""
    words = "a linear probe on the frozen backbone"
    assert run.baselines.tried == Tried(words=words, probe=True, missing=missing)


def test_a_model_without_a_training_mode_is_trained_all_the_same(tmp_path):
    folder = saved_models.save(saved_models.Modeless(saved_models.vector, (None, 16, 16, 3)), tmp_path / "m")
    model = zoo.load(f"tfhub:{folder}", trust=True)
    assert moved(model, "nothing", LearningRates(0.1, 0.1)) == {"backbone.weight"}
    with pytest.raises(ConfigError, match="trains no low-rank adapters") as caught:
        model.lora()
    assert "--freeze" not in caught.value.hint, "a chain of one stage cannot be frozen in part"


def stepped(folder, seeds, weights=None, state=None):
    """A model opened again, and trained for a step of each seed."""
    model = zoo.load(f"tfhub:{folder}", trust=True)
    model.freeze("nothing")
    model.replace_head(TASK)
    adapter = model.adapter
    adapter.begin(StepPlan(task=TASK))
    if weights is not None:
        adapter.set_weights(weights)
        adapter.restore(state)
    for seed in seeds:
        adapter.step(replace(batch(), seed=seed), LearningRates(0.1, 0.1), parts=1 + seed % 2)
    return adapter


@pytest.mark.parametrize("seed", [None, 7])
def test_random_operations_draw_by_the_seed_of_the_step(seed, tmp_path, caplog):
    """So that a training can be repeated, and a resumed one is the one that was interrupted."""
    tf.random.set_seed(None)
    folder = saved_models.save(saved_models.Drawing(seed=seed), tmp_path / "m")
    whole = stepped(folder, (1, 2, 3, 4)).weights()
    first = stepped(folder, (1, 2))
    resumed = stepped(folder, (3, 4), first.weights(), first.state()).weights()
    other = stepped(folder, (1, 2, 3, 5)).weights()
    assert all(np.array_equal(whole[name], resumed[name]) for name in whole)
    assert not np.array_equal(whole["backbone.kernel"], other["backbone.kernel"])
    assert "draws random numbers" not in caplog.text


def test_a_run_needs_the_very_program_it_was_made_from(models, tmp_path):
    folder = shutil.copytree(models / "images", tmp_path / "m")
    model = zoo.load(f"tfhub:{folder}", trust=True)
    model.freeze("nothing")
    model.replace_head(TASK)
    model.adapter.begin(StepPlan(task=TASK))
    model.adapter.step(batch(), LearningRates(0.1, 0.1))
    model.save(tmp_path / "run")
    again = zoo.load(tmp_path / "run")
    np.testing.assert_array_equal(again.adapter.infer(batch().inputs), model.adapter.infer(batch().inputs))
    (folder / "assets" / "more").write_text("x")
    with pytest.raises(IntegrityError, match="not the program"):
        zoo.load(tmp_path / "run", trust=True)


@pytest.mark.parametrize("handle", [False, True])
def test_a_run_keeps_the_range_and_the_output_that_it_was_trained_with(
    handle, models, server, tmp_path, caplog
):
    server.archives["/acme/net/1"] = saved_models.archive(models / "images")
    place = "acme/net/1" if handle else f"{models / 'images'}"
    inputs, answers = batch().inputs, {}
    for options in ("", "#range=-1..1#output=output_0"):
        model = zoo.load(f"tfhub:{place}{options}", trust=True)
        model.replace_head(TASK)
        answers[options] = model.adapter.infer(inputs)
        model.save(tmp_path / f"run{len(options)}")
        caplog.clear()
        again = zoo.load(tmp_path / f"run{len(options)}")
        np.testing.assert_array_equal(again.adapter.infer(inputs), answers[options])
        assert not caplog.messages, "what a run was trained with cannot be chosen any more"
    first, second = answers.values()
    assert not np.allclose(first, second)
    programs = {zoo.load(tmp_path / f"run{len(one)}").adapter.backbone.program for one in answers}
    assert len(programs) == 2, "features of one are not kept for the other"


def test_a_program_has_no_random_weights_to_compare_with(tmp_path):
    folder = saved_models.save(saved_models.Pictures(), tmp_path / "m")
    pixels = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 3), dtype=np.uint8)
    data, model = zoo.data((pixels, ["a", "b"] * 20)), f"tfhub:{folder}"
    with pytest.raises(ConfigError, match="there is no architecture without them"):
        zoo.finetune(model, data, out=tmp_path / "no", trust=True, baselines="scratch")
    assert not (tmp_path / "no").exists()
    run = zoo.finetune(model, data, out=tmp_path / "run", trust=True)
    skipped = {one.name: one.skipped for one in run.baselines.baselines}
    assert skipped == {
        "majority": "",
        "raw-features": "",
        "random-features": "the model is a program that brings its weights",
    }


@pytest.mark.parametrize("place", ["plain", "images", "texts", "encoder#preprocessor="])
def test_conformance(place, models):
    place = f"{models / place}{models / 'preprocessor'}" if "#" in place else str(models / place)
    zoo.load(f"tfhub:{place}", trust=True)
    results = run_checks("tfhub:acme/net/1", weights=place)
    failed = {one.check: one.reason for one in results if one.outcome == "failed"}
    assert not failed
    assert sum(one.outcome == "passed" for one in results) >= 18
