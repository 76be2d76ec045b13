"""Mixup and cutmix: what is mixed, by what the loss is divided, and where neither has a meaning."""

from __future__ import annotations

import numpy as np
import pytest
from starters import MODELS, stripes

import zoo
from zoo import Classification, MultiLabel
from zoo.core.protocols.engine import Batch, LearningRates, StepPlan
from zoo.core.protocols.mixup import mix_batch
from zoo.errors import ConfigError

pytestmark = pytest.mark.engine

CLASSES = Classification(classes=("a", "b", "c"))
LABELS = MultiLabel(labels=("a", "b", "c"))
WEIGHTS = np.array([0.5, 3.0, 1.0], np.float32)
TARGETS = {CLASSES: np.arange(12) % 3, LABELS: (np.arange(36).reshape(12, 3) % 4 == 0).astype(np.float32)}
PICTURES = np.random.default_rng(0).integers(0, 255, (12, 32, 32, 3)).astype(np.uint8)


def plan(task, mix, **more):
    settings = {"optimizer": "sgd", "weight_decay": 0.0, "precision": "float32", "mix_alpha": 1.0}
    return StepPlan(task, mix=mix, **{**settings, **more})


def batch(task=CLASSES, seed=5):
    return Batch(PICTURES, TARGETS[task], np.arange(12), seed)


def test_mixup_blends_with_one_share():
    found = mix_batch(batch(), PICTURES, plan(CLASSES, "mixup"))
    partner = np.random.default_rng([5, 1]).permutation(12)
    assert 0 < found.own < 1
    assert np.array_equal(found.partners, TARGETS[CLASSES][partner])
    wanted = found.own * PICTURES.astype(float) + (1 - found.own) * PICTURES[partner]
    assert found.inputs.dtype == np.uint8
    assert np.abs(found.inputs - wanted).max() <= 0.51


@pytest.mark.parametrize("seed", range(12))
def test_cutmix_counts_the_pixels_that_are_left(seed):
    found = mix_batch(batch(seed=seed), PICTURES, plan(CLASSES, "cutmix"))
    partner = np.random.default_rng([seed, 1]).permutation(12)
    own = (found.inputs == PICTURES).all((0, 3))
    assert (found.inputs == PICTURES[partner]).all((0, 3))[~own].all()
    assert found.own == pytest.approx(own.mean())
    rows, columns = np.nonzero(~own)
    if len(rows):
        assert (~own)[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].all(), "a rectangle"


def test_it_is_drawn_from_the_seed_of_the_step_alone():
    one, other, another = (
        mix_batch(batch(seed=seed), PICTURES, plan(CLASSES, "mixup")).inputs for seed in (1, 1, 2)
    )
    assert np.array_equal(one, other)
    assert not np.array_equal(one, another)


def ready(model, task, **more):
    found = zoo.load(model)
    found.replace_head(task)
    found.freeze("backbone")
    adapter = found.adapter
    matrix = np.random.default_rng(1).normal(0, 0.3, (3, adapter.backbone.features.width)).astype(np.float32)
    adapter.set_head(matrix, np.array([1.0, -1.0, 0.0], np.float32))
    adapter.begin(plan(task, **more))
    return adapter


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("mix", ["mixup", "cutmix"])
@pytest.mark.parametrize("task", [CLASSES, LABELS], ids=["classes", "labels"])
def test_the_loss_is_that_of_both_by_their_shares_whole_or_in_parts(model, task, mix, weights):
    losses, ends = [], []
    for parts in (1, 3):
        adapter = ready(model, task, mix=mix, class_weights=weights)
        blend = mix_batch(batch(task), PICTURES, plan(task, mix))
        outputs = adapter.infer(blend.inputs)
        wanted = blend.own * task.loss(task.observe(outputs, blend.targets, weights))
        wanted += (1 - blend.own) * task.loss(task.observe(outputs, blend.partners, weights))
        losses.append(adapter.step(batch(task), LearningRates(0.1, 0.0), parts=parts))
        assert losses[-1] == pytest.approx(wanted, rel=1e-4)
        ends.append(adapter.weights()["head.bias"])
    np.testing.assert_allclose(ends[0], ends[1], atol=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_pictures_are_augmented_before_they_are_mixed(model):
    """With the share near one, what is left is the augmented batch: the loss is that of a step without."""
    losses = []
    for mix in ("none", "cutmix"):
        adapter = ready(model, CLASSES, mix=mix, augment="light", mix_alpha=1e-6)
        # A seed whose share is one: nothing is cut.
        tiny = plan(CLASSES, "cutmix", mix_alpha=1e-6)
        seed = next(s for s in range(99) if mix_batch(batch(seed=s), PICTURES, tiny).own == 1)
        losses.append(adapter.step(batch(seed=seed), LearningRates(0.0, 0.0)))
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
    plain = ready(model, CLASSES, mix="none").step(batch(seed=seed), LearningRates(0.0, 0.0))
    assert losses[0] != pytest.approx(plain, rel=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_a_training_learns_and_keeps_no_features(model):
    data, found = zoo.data(stripes(24)), zoo.load(model)
    found.replace_head(data.task)
    found.freeze("backbone")
    report = found.train(data, zoo.TrainConfig(epochs=6, batch_size=16, mix="mixup"))
    assert report.stopped == "all epochs"
    assert report.cache == "off: images are mixed at every step"
    assert report.metrics["val"]["accuracy"] > 0.8


@pytest.mark.parametrize(
    ("data", "settings", "said"),
    [
        ("numbers", {}, "regression has no classes"),
        ("images", {"batch_size": 1}, "a batch of one"),
        ("images", {"views": 3}, "views are for features"),
        ("images", {"head": "solver"}, "mixed at every step"),
        ("images", {"cache": "on"}, "mixed at every step"),
        ("images", {"mix": "none", "mix_alpha": 0.5}, "nothing is mixed"),
    ],
)
def test_where_it_means_nothing_it_is_refused(data, settings, said, tmp_path):
    labels = [0.5, 1.5, 2.5, 3.5] * 4 if data == "numbers" else ["a", "b"] * 8
    data = zoo.data((np.zeros((16, 16, 16, 3), np.uint8), labels))
    with pytest.raises(ConfigError, match=said):
        zoo.finetune(MODELS[0], data, out=tmp_path / "run", **{"mix": "cutmix", **settings})


def test_an_engine_that_does_not_know_it_says_so():
    found = zoo.load(MODELS[0])
    found.adapter.follows = frozenset()
    with pytest.raises(ConfigError, match=r"cannot do train\.mix = mixup"):
        found.train(zoo.data(stripes(8)), zoo.TrainConfig(mix="mixup"))
