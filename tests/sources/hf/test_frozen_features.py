"""What frozen layers make of texts is computed once: padded again in every batch, and the run is the same."""

from __future__ import annotations

import json

import hf_models
import numpy as np
import pytest

import zoo
from zoo.training.observer import NullObserver

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers", "sentence_transformers")]


class Losses(NullObserver):
    def __init__(self):
        self.all, self.said = [], ""

    def on_step_end(self, step, loss):
        self.all.append(loss)

    def on_message(self, what, text):
        self.said = text


def trained(folder, data, freeze, cache):
    model, losses = zoo.load(f"hf:{folder}"), Losses()
    model.freeze(freeze)
    for module in model.native.modules():
        if type(module).__name__ == "Dropout":
            module.p = 0.0
    settings = zoo.TrainConfig(epochs=3, batch_size=4, head="gradient", cache=cache)
    report = model.train(data, settings, observer=losses)
    return losses, report.metrics["val"]


@pytest.mark.parametrize("make", [hf_models.bert, hf_models.gpt2], ids=["encoder", "decoder"])
def test_texts_of_many_lengths_at_every_cut(make, tmp_path):
    make(tmp_path / "model")
    texts = [" ".join(["word", "a", "of"][: i % 3 + 1] * (i % 5 + 1)) + f" {i}" for i in range(24)]
    data = zoo.data((texts, [str(i % 2) for i in range(24)]), val=0.25)
    stages = len(zoo.load(f"hf:{tmp_path / 'model'}").adapter.backbone.stages)
    for freeze in range(1, stages + 1):
        plain, before = trained(tmp_path / "model", data, freeze, "off")
        kept, after = trained(tmp_path / "model", data, freeze, "on")
        assert kept.said.startswith("the backbone's" if freeze == stages else "what leaves stage")
        assert np.allclose(kept.all, plain.all, rtol=1e-4)
        assert after == pytest.approx(before, rel=1e-3)


def test_a_head_on_words_takes_the_states_that_were_kept(tmp_path):
    hf_models.bert(tmp_path / "model", bare=True, limit=48)
    (tmp_path / "data").mkdir()
    for name, count in (("train", 30), ("dev", 12)):
        hf_models.conll(tmp_path / "data" / f"{name}.conll", count, seed=count)
    data = zoo.data(tmp_path / "data")
    plain, before = trained(tmp_path / "model", data, "backbone", "off")
    kept, after = trained(tmp_path / "model", data, "backbone", "on")
    warm, _ = trained(tmp_path / "model", data, "backbone", "auto")
    assert "0 computed now" in warm.said
    assert np.allclose(kept.all, plain.all, rtol=1e-4)
    assert warm.all == kept.all
    # Words behind the end of a text that was cut off have no state, kept or not.
    assert before["words_cut_off"] > 0
    assert after == pytest.approx(before, rel=1e-3)


def test_another_pooling_or_activation_of_the_same_weights_is_computed_anew(tmp_path):
    folder = tmp_path / "model"
    hf_models.bert(folder, bare=True)
    (folder / "1_Pooling").mkdir()
    data = zoo.data(([f"{'word of' if i % 2 else 'a'} {i}" for i in range(24)], ["a", "b"] * 12), val=0.25)

    def said(pooling, activation):
        stated = {"pooling_mode_cls_token": pooling == "cls", "pooling_mode_mean_tokens": pooling == "mean"}
        (folder / "1_Pooling" / "config.json").write_text(json.dumps(stated))
        config = json.loads((folder / "config.json").read_text()) | {"hidden_act": activation}
        (folder / "config.json").write_text(json.dumps(config))
        return trained(folder, data, "backbone", "on")[0]

    first = said("mean", "gelu")
    for other in (("cls", "gelu"), ("mean", "relu")):
        found = said(*other)
        assert "24 computed now, 0 found" in found.said
        assert found.all != first.all
    again = said("mean", "gelu")
    assert "0 computed now, 24 found" in again.said
    assert again.all == first.all
