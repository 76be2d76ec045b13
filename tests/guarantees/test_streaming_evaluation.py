"""Outputs of a whole split are never held: a task with large outputs and small rows needs little memory."""

from __future__ import annotations

import tracemalloc
import weakref

import numpy as np
import pytest
from starters import MODELS, stripes

import zoo
from zoo import Classification
from zoo.training import evaluation

pytestmark = pytest.mark.engine

BATCH, SIDE = 16, 128
LARGE = BATCH * SIDE * SIDE * 4
"""Bytes of the outputs of a batch."""
BATCHES = 10
"""Of each split."""
FEW = 5
"""Batches of outputs that are in memory at the same time, at most."""


class Live:
    """Bytes of the outputs that are in memory, and the most that were at the same time."""

    now = most = 0

    @classmethod
    def count(cls, outputs):
        cls.now += outputs.nbytes
        cls.most = max(cls.most, cls.now)
        weakref.finalize(outputs, cls._freed, outputs.nbytes)
        return outputs

    @classmethod
    def _freed(cls, size):
        cls.now -= size


def maps(outputs):
    """Outputs (B, width) in the first row of maps (B, 128, 128)."""
    found = np.zeros((len(outputs), SIDE, SIDE), np.float32)
    found[:, 0, : outputs.shape[1]] = outputs
    return Live.count(found)


class Mapped(Classification):
    """A task whose outputs are maps, and whose rows are a few numbers."""

    def observe(self, outputs, targets, class_weights=None):
        return super().observe(outputs[:, 0, : self.width], targets, class_weights)

    def predictions(self, outputs, inputs):
        return super().predictions(outputs[:, 0, : self.width], inputs)

    def constant_outputs(self, outputs, targets):
        return maps(super().constant_outputs(outputs, targets))


@pytest.fixture(scope="module")
def mapped():
    """A model whose outputs are maps, trained, and its data: as many examples in either split."""
    images, labels = stripes(BATCH * BATCHES)
    data = zoo.data((images, labels), val=0.5)
    live = zoo.load(MODELS[0])
    infer = live.adapter.infer
    live.adapter.infer = lambda inputs: maps(infer(inputs))
    data = data.for_task(Mapped(classes=data.task.classes))
    config = zoo.TrainConfig(batch_size=BATCH, epochs=1, augment="none")
    with pytest.MonkeyPatch.context() as patch:
        # A head alone is asked about a thousand vectors at a time, however few the examples of a batch.
        patch.setattr(evaluation, "MANY", BATCH)
        live.train(data, config, method="probe-then-full")
    return live, data, list(images)


def test_a_training_holds_few_outputs(mapped):
    """Each evaluation, the loss and the softening factor of a fitted head, and the constant prediction."""
    live, _, _ = mapped
    assert "softened" in live.report.head
    assert live.report.metrics["val"]["accuracy"] > 0.9
    assert list(live.last_training.rows) == ["val"]
    assert LARGE <= Live.most <= FEW * LARGE
    assert Live.now == 0


def test_the_memory_of_an_evaluation_does_not_grow_with_the_outputs(mapped):
    live, data, images = mapped
    calls = {
        "evaluate": lambda: live.evaluate(data, batch_size=BATCH).metrics,
        "predict": lambda: len(live.predict(images, batch_size=BATCH)),
    }
    found, used = {}, {}
    for name, call in calls.items():
        tracemalloc.start()
        try:
            found[name] = call()
            used[name] = tracemalloc.get_traced_memory()[1] / LARGE
        finally:
            tracemalloc.stop()
    assert found == {"evaluate": live.report.metrics["val"], "predict": len(images)}
    assert max(used.values()) < FEW, "batches of outputs that were in memory at once"
