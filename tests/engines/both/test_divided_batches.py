"""A step in parts: the same augmented images bit for bit, dropout by part, and no part without mass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_backbone
import torch_backbone
from starters import MODELS
from zoo_tensorflow.engine import TensorFlowEngine
from zoo_torch.engine import TorchEngine

import zoo
from zoo.core.protocols.engine import Batch, LearningRates, StepPlan
from zoo.core.protocols.randomness import example_seeds, part_seed, uniform_draws

pytestmark = [pytest.mark.torch, pytest.mark.tensorflow]

STILL = LearningRates(0.0, 0.0)
TASK = zoo.Classification(classes=("a", "b"))


def opened(model: str):
    adapter = zoo.load(model).adapter
    adapter.replace_head(TASK, 0)
    return adapter


def images(count: int = 7):
    return np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)


def recorded(adapter, seen: list) -> None:
    """Note the images that the network is given, in the order of the steps."""
    prepare = adapter.backbone.prepare

    def noted(pixels):
        if isinstance(pixels, tf.Tensor):
            pixels = tf.ensure_shape(tf.numpy_function(noted_in_numpy, [pixels], tf.uint8), pixels.shape)
        else:
            seen.append(pixels.numpy().copy())
        return prepare(pixels)

    def noted_in_numpy(pixels):
        seen.append(pixels.copy())
        return pixels

    adapter.backbone = replace(adapter.backbone, prepare=noted)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("level", "mix"), [("light", "none"), ("strong", "none"), ("standard", "mixup")])
def test_a_divided_batch_sees_the_same_images(model, level, mix):
    adapter, found = opened(model), []
    for parts in (1, 2, 3):
        seen = []
        fresh = opened(model) if parts > 1 else adapter
        recorded(fresh, seen)
        fresh.begin(StepPlan(TASK, augment=level, flip=True, mix=mix))
        fresh.step(Batch(images(), np.arange(7) % 2, np.arange(7), 11), STILL, parts=parts)
        found.append(np.concatenate(seen))
    assert all(np.array_equal(found[0], one) for one in found[1:])
    assert len({one.tobytes() for one in found[0]}) == 7
    assert not np.array_equal(found[0], images())


@pytest.mark.parametrize("model", MODELS)
def test_images_are_augmented_by_their_position_in_the_whole_batch(model):
    adapter, seen = opened(model), []
    recorded(adapter, seen)
    plan = StepPlan(TASK, augment="standard", flip=True)
    adapter.begin(plan)
    place = np.array([5, 2, 9])
    adapter.step(Batch(images(3), np.array([0, 1, 0]), np.arange(3), 11, place=place), STILL)
    assert np.array_equal(seen[0], adapter.views(images(3), plan, example_seeds(11, place)))


@pytest.mark.parametrize(
    ("engine", "helper"),
    [(TorchEngine, torch_backbone), (TensorFlowEngine, tensorflow_backbone)],
    ids=["torch", "tensorflow"],
)
def test_dropout_is_drawn_by_step_and_part(engine, helper):
    one = helper.batch()

    def loss(**changes):
        # A model of its own for each loss: batch renormalisation reads statistics that a step moves.
        adapter = engine().load(helper.backbone())
        adapter.replace_head(torch_backbone.TASK, 1)
        adapter.begin(StepPlan(torch_backbone.TASK))
        return adapter.step(replace(one, **changes), STILL)

    first = loss()
    assert loss(place=np.arange(8) + 3) == first
    assert loss(part=1) != first
    assert loss(part=1) == loss(part=1)
    assert loss(seed=one.seed + 1) != first


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("mixed", [False, True])
def test_a_part_without_mass_takes_no_part(model, mixed):
    """Its own mean is 0/0: the loss of the step would be no number."""
    adapter = opened(model)
    adapter.freeze(len(adapter.backbone.stages))
    targets, partners = np.array([0, 0, 1, 1]), np.array([1, 0, 0, 1])
    batch = Batch(images(4), targets, np.arange(4), 3)
    if mixed:
        batch = replace(batch, partners=partners, own=0.7)
    losses = []
    for parts in (1, 2):
        adapter.begin(StepPlan(TASK, class_weights=np.array([2.0, 0.0], np.float32)))
        losses.append(adapter.step(batch, STILL, parts=parts))
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)


def test_numbers_of_an_example_depend_on_seed_and_position_alone():
    places = np.arange(1000)
    seeds = example_seeds(5, places)
    assert seeds.dtype == np.int64
    assert (seeds >= 0).all()
    assert np.array_equal(seeds[[3, 700]], example_seeds(5, np.array([3, 700])))
    assert len(set(seeds) | set(example_seeds(6, places))) == 2000
    draws = uniform_draws(seeds, 8)
    assert draws.dtype == np.float32
    assert (draws >= 0).all()
    assert (draws < 1).all()
    assert np.array_equal(draws[:, :3], uniform_draws(seeds, 3))
    # 8,000 uniform numbers: mean and correlation of neighbors within five standard errors.
    assert abs(draws.mean() - 0.5) < 5 * 0.289 / 8000**0.5
    assert np.abs(np.corrcoef(draws.T) - np.eye(8)).max() < 5 / 1000**0.5
    assert len({part_seed(seed, part) for seed in (5, 6) for part in range(9)}) == 18
