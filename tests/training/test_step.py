"""What a step is taken on, and what is reported of it."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from starters import MODELS, stripes

import zoo

pytestmark = pytest.mark.engine


@pytest.mark.parametrize(("freeze", "settings"), [("nothing", {}), ("backbone", {"head": "gradient"})])
def test_no_last_batch_is_small_and_each_example_counts_once(freeze, settings):
    """From the data and from cached features; 13 examples in batches of at most 6."""
    model, data = zoo.load(MODELS[0]), zoo.data(stripes(13), val=0.5)
    assert len(data.splits["train"]) == 13
    model.replace_head(data.task)
    model.freeze(freeze)
    seen, step = [], model.adapter.step

    @functools.wraps(step)
    def watched(batch, rates, **more):
        seen.append((batch.index.tolist(), step(batch, rates, **more)))
        return seen[-1][1]

    model.adapter.step = watched
    model.train(data, zoo.TrainConfig(batch_size=6, epochs=2, augment="none", **settings))
    assert [len(index) for index, _ in seen] == [5, 4, 4] * 2
    for epoch, line in zip((seen[:3], seen[3:]), model.report.epochs, strict=True):
        assert sorted(i for index, _ in epoch for i in index) == sorted(data.splits["train"])
        losses, sizes = [loss for _, loss in epoch], [len(index) for index, _ in epoch]
        assert line["train_loss"] == pytest.approx(np.average(losses, weights=sizes))
        assert line["train_loss"] != pytest.approx(np.mean(losses), rel=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_a_module_says_what_weight_decay_spares(model, monkeypatch):
    """By timm's ``no_weight_decay``: names or patterns. A rate without a gradient shows decay alone."""
    opened, data = zoo.load(model), zoo.data(stripes(4))
    names = [one.name for one in opened.adapter.tensors() if one.trainable and len(one.shape) >= 2]
    own = [name.removeprefix("backbone.") for name in names if name.startswith("backbone.")]
    module = opened.native.backbone
    monkeypatch.setattr(
        type(module), "no_weight_decay", lambda self: {own[0], own[1][:-1] + "?"}, raising=False
    )
    opened.replace_head(data.task)
    opened.freeze("nothing")
    settings = {"weight_decay": 0.5, "epochs": 1, "augment": "none", "bn": "eval", "keep": "last"}
    plan = {"lr": 0.1, "backbone_lr": 0.1, "warmup": 0.0, "optimizer": "sgd", "clip_norm": 1e-9, **settings}
    before = opened.adapter.weights()
    opened.train(data, zoo.TrainConfig(**plan))
    after = opened.adapter.weights()
    for name in (f"backbone.{one}" for one in own):
        shrunk = np.abs(after[name]).sum() / np.abs(before[name]).sum()
        spared = name.removeprefix("backbone.") in own[:2]
        assert shrunk == pytest.approx(1.0 if spared else 0.95, abs=1e-4), name
