"""A run that is interrupted and gone on with ends as one that never was, in every engine."""

from __future__ import annotations

import numpy as np
import pytest
from interrupted_runs import digest, log, pictures, run
from starters import MODELS

import zoo

pytestmark = pytest.mark.engine

# 48 training images in batches of 16: 3 steps an epoch.
JOURNEYS = {
    "everything": ({"freeze": "nothing", "epochs": 4}, (4, 8)),
    "the end of an epoch, and of all": ({"freeze": "nothing", "epochs": 3}, (6, 9)),
    "across a release": ({"method": "probe-then-full", "epochs": 3}, (1, 5)),
    "across an unfreezing": ({"method": "gradual", "epochs": 5, "head": "gradient"}, (2, 7, 8)),
    "kept features": ({"freeze": 3, "epochs": 3, "augment": "none", "cache": "on"}, (4,)),
    "by steps": ({"method": "full", "steps": 7}, (5,)),
    "norms": ({"method": "norm-only", "epochs": 2, "optimizer": "sgd", "lr": 0.01}, (4,)),
    "averaged and mixed": (
        {"freeze": 2, "epochs": 3, "ema": 0.9, "mix": "mixup", "sampling": "balanced", "loss": "focal"},
        (2, 6),
    ),
    "averaged, the last": ({"method": "gradual", "epochs": 3, "ema": 0.9, "keep": "last"}, (4, 7)),
    "from scratch": ({"method": "from-scratch", "epochs": 2, "patience": 1}, (4,)),
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("journey", JOURNEYS)
def test_the_end_is_the_same(tmp_path, journey, model):
    settings, stops = JOURNEYS[journey]
    settings = {"batch_size": 16, **settings}
    through = run(tmp_path / "through", model, **settings)
    stopped = run(tmp_path / "stopped", model, stop=stops, **settings)
    assert digest(stopped) == digest(through)
    assert log(stopped) == log(through)
    assert not (stopped / "checkpoints").exists()
    assert not (stopped / ".lock").exists()


@pytest.mark.parametrize("count", [3, 1])
def test_norms_that_see_one_value_of_a_channel_go_by_their_statistics(tmp_path, count):
    # Torch, not timm: where timm is not installed, its name finds the folder of its tests.
    pytest.importorskip("torch", reason="timm's test_resnet pools to one pixel; TensorFlow needs no timm")
    pixels, _ = pictures(count)
    # Batches of two and one; a single number alone would be a class.
    data = zoo.data((pixels, np.arange(count) / 3), val=0, task="regression")
    small = {"from_scratch": True, "input_size": 32, "baselines": "none", "freeze": "nothing", "epochs": 3}
    one, other = (
        run(tmp_path / f"{stop}", "timm:test_resnet.r160_in1k", stop=stop, data=data, batch_size=2, **small)
        for stop in ((), (2,))
    )
    assert digest(one) == digest(other)
    assert all(np.isfinite(line["train_loss"]) for line in log(one))
