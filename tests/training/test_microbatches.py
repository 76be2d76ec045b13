"""Where memory runs out, a batch is computed in parts, and the step is that of the whole."""

from __future__ import annotations

import numpy as np
import pytest
from starters import MODELS, stripes

import zoo
from zoo.core.protocols.engine import Batch, LearningRates, StepPlan
from zoo.errors import OutOfMemory
from zoo.runs.training_state import TrainingState
from zoo.training.config import TrainConfig

pytestmark = pytest.mark.engine

CONFIG = TrainConfig(epochs=2, batch_size=16, augment="none", bn="affine", class_weights="auto")


def opened(model: str):
    data = zoo.data(stripes(24))
    found = zoo.load(model)
    found.replace_head(data.task)
    found.freeze("nothing")
    return data, found


@pytest.mark.parametrize("model", MODELS)
def test_a_step_in_parts_is_the_step_of_the_whole(model):
    ends = []
    for parts in (1, 3):
        data, found = opened(model)
        adapter = found.adapter
        adapter.freeze(0, norms="affine")
        weights = np.array([1.0, 3.0], np.float32)
        adapter.begin(StepPlan(task=data.task, class_weights=weights, optimizer="sgd", clip_norm=1.0))
        form = adapter.backbone.input
        pictures = np.stack([data.inputs.read(i, form) for i in range(16)])
        batch = Batch(pictures, data.targets[:16], np.arange(16), 7)
        loss = adapter.step(batch, LearningRates(1e-2, 1e-2), parts=parts)
        ends.append((loss, adapter.weights()))
    (one, whole), (other, summed) = ends
    assert one == pytest.approx(other, rel=1e-5)
    for name in whole:
        assert np.allclose(whole[name], summed[name], atol=2e-6), name


def starved(found, most: int):
    """The model, with memory for so many examples at a time."""
    adapter, prepare = found.adapter, found.adapter.backbone.prepare
    if found.card.framework == "torch":
        import torch

        def short(module, inputs):
            if module.training and len(inputs[0]) > most:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")

        adapter.native.backbone.register_forward_pre_hook(short)
        return found
    import tensorflow as tf
    from zoo_tensorflow.train_step import TrainStep

    def crowded(raw):
        def look(size):
            # What TensorFlow itself makes of it is ResourceExhaustedError.
            if size > most:
                raise MemoryError("failed to allocate memory")
            return size

        with tf.control_dependencies([tf.py_function(look, [tf.shape(raw)[0]], tf.int32)]):
            return tf.identity(raw)

    gradients = TrainStep._gradients
    found.restore = lambda: setattr(TrainStep, "_gradients", gradients)
    TrainStep._gradients = lambda self, rest, inputs, *others: gradients(self, rest, crowded(inputs), *others)
    assert prepare is adapter.backbone.prepare
    return found


@pytest.fixture
def restoring():
    opened_ones = []
    yield opened_ones.append
    for one in opened_ones:
        getattr(one, "restore", lambda: None)()


@pytest.mark.parametrize("model", MODELS)
def test_it_halves_until_it_fits_and_takes_no_step_twice(model, restoring, monkeypatch):
    data, found = opened(model)
    restoring(starved(found, most=4))
    report = found.train(data, CONFIG)
    (note,) = {note for note in report.notes if "4 parts" in note}
    assert "step 1" in note
    getattr(found, "restore", lambda: None)()
    # A run that is computed in as many parts from the beginning.
    first = TrainingState.__init__
    monkeypatch.setattr(TrainingState, "__init__", lambda self, *a, **k: first(self, *a, **{"parts": 4, **k}))
    data, other = opened(model)
    other.train(data, CONFIG)
    theirs = other.adapter.weights()
    for name, array in found.adapter.weights().items():
        assert np.array_equal(array, theirs[name]), name


@pytest.mark.parametrize("model", MODELS)
def test_it_gives_up_with_what_was_tried_and_nothing_was_changed(model, restoring):
    data, found = opened(model)
    before = found.adapter.weights()
    restoring(starved(found, most=0))
    with pytest.raises(OutOfMemory, match="even with 1 examples at a time") as caught:
        found.train(data, CONFIG)
    assert caught.value.exit_code == 7
    for name, array in found.adapter.weights().items():
        assert np.array_equal(array, before[name]), name
