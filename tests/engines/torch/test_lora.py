"""Low-rank adapters: the frozen weights stand still, the result is an ordinary model."""

from __future__ import annotations

import numpy as np
import pytest
import timm
from safetensors.torch import save_file
from torch.nn import functional
from torch_backbone import RATES, TASK, adapter, backbone, batch, changed
from transformers.pytorch_utils import Conv1D
from zoo_torch.engine import TorchEngine

import zoo
from zoo.core.protocols.engine import StepPlan
from zoo.errors import ConfigError
from zoo.training.lora import extract_adapters, load_adapters

pytestmark = pytest.mark.torch


def adapted(seed: int = 3):
    model = adapter(0)
    report = model.lora(2, seed)
    model.begin(StepPlan(task=TASK))
    return model, report


def test_only_the_adapters_and_the_head_learn():
    model, report = adapted()
    # One linear layer, 6 to 8: A is 2 x 6, B is 8 x 2.
    assert report.added == 2 * 6 + 8 * 2
    assert report.trainable == report.added + 3 * 8 + 3
    before = model.weights()
    for step in range(3):
        model.native.train()
        model.step(batch(step), RATES)
    moved = changed(before, model.weights())
    assert moved == {
        "backbone.dense.lora_A.default.weight",
        "backbone.dense.lora_B.default.weight",
        "head.weight",
        "head.bias",
    }


def test_folding_keeps_the_answers_and_gives_the_old_names_back():
    plain = adapter(0)
    names, answers = set(plain.weights()), plain.infer(batch().inputs)
    model, _ = adapted()
    np.testing.assert_allclose(model.infer(batch().inputs), answers, atol=1e-6)  # B begins at zero
    for step in range(3):
        model.step(batch(step), RATES)
    learned = model.infer(batch().inputs)
    assert np.abs(learned - answers).max() > 1e-2
    model.merge()
    assert not hasattr(model.native.backbone, "peft_config")
    assert set(model.weights()) == names
    np.testing.assert_allclose(model.infer(batch().inputs), learned, atol=1e-5)
    assert changed(plain.weights(), model.weights()) >= {"backbone.dense.weight"}
    assert "backbone.conv.weight" not in changed(plain.weights(), model.weights())


def test_the_seed_decides_and_a_second_time_is_refused():
    one, other, third = adapted(3)[0], adapted(3)[0], adapted(4)[0]
    assert not changed(one.weights(), other.weights())
    assert changed(one.weights(), third.weights()) == {"backbone.dense.lora_A.default.weight"}
    with pytest.raises(ConfigError, match="already"):
        one.lora(2, 0)


def test_a_run_with_adapters_is_an_ordinary_run(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (24, 160, 160, 3), dtype=np.uint8)
    data = zoo.data((pixels, [str(i % 2) for i in range(24)]), val=0.25)
    run = zoo.finetune(
        "timm:test_vit", data, from_scratch=True, method="lora:4", epochs=1, out=tmp_path / "run", seed=1
    )
    again = zoo.load(tmp_path / "run")
    assert again.adapter.infer(pixels[:3]).tobytes() == run.model.adapter.infer(pixels[:3]).tobytes()
    assert "lora:4" in (tmp_path / "run" / "README.md").read_text()
    assert 'method = "lora:4"' in (tmp_path / "run" / "config.toml").read_text()
    with pytest.raises(ConfigError, match="exclude each other"):
        zoo.finetune("timm:test_vit", data, from_scratch=True, method="lora", freeze=1, out=tmp_path / "b")
    with pytest.raises(ConfigError, match="no method 'lorax'"):
        zoo.finetune("timm:test_vit", data, from_scratch=True, method="lorax", out=tmp_path / "c")


def test_a_layer_that_no_file_filled_learns_and_is_kept_with_the_adapters(tmp_path):
    fresh = frozenset({"dense.weight", "dense.bias"})
    model = adapter(0, fresh=fresh)
    report = model.lora(2, 3)
    assert report.fresh == ("dense.base_layer.bias", "dense.base_layer.weight")
    model.begin(StepPlan(task=TASK))
    for step in range(3):
        model.step(batch(step), RATES)
    tensors = extract_adapters(model)
    assert {f"backbone.{name}" for name in report.fresh} <= set(tensors)
    model.merge()
    other = adapter(0, fresh=fresh)
    other.native.backbone.dense.weight.data.fill_(7)
    load_adapters(other, 2, tensors, tmp_path)
    np.testing.assert_array_equal(other.infer(batch().inputs), model.infer(batch().inputs))
    assert all(one.trainable or one.fixed for one in other.tensors() if one.kind == "parameter")


def test_a_run_of_adapters_alone_opens_on_the_weights_below(tmp_path):
    save_file(timm.create_model("test_vit").state_dict(), tmp_path / "vit.safetensors")
    pixels = np.random.default_rng(0).integers(0, 256, (24, 160, 160, 3), dtype=np.uint8)
    run = zoo.finetune(
        "timm:test_vit",
        zoo.data((pixels, [str(i % 2) for i in range(24)]), val=0.25),
        weights=tmp_path / "vit.safetensors",
        method="lora:1",
        adapter_only=True,
        epochs=1,
        lr=0.05,
        out=tmp_path / "run",
    )
    again = zoo.load(tmp_path / "run")
    np.testing.assert_allclose(again.adapter.infer(pixels), run.model.adapter.infer(pixels), atol=1e-5)
    run.model.save(tmp_path / "whole")
    small, whole = tmp_path / "run" / "adapters.safetensors", tmp_path / "whole" / "model.safetensors"
    assert small.stat().st_size < 0.1 * whole.stat().st_size
    assert not (tmp_path / "run" / "model.safetensors").exists()


@pytest.mark.parametrize("lies", ["out, in", "in, out"])
def test_an_adapter_on_a_layer_that_is_read_and_not_called_learns_too(lies):
    """BEiT and Swin V2 of timm hand the weight of a layer to ``linear`` themselves."""
    made = backbone()
    if lies == "in, out":
        made.module.dense = Conv1D(8, 6)  # as GPT-2's

    class Reading(type(made.module)):
        def forward(self, x):
            x = self.conv(x).relu().mean((2, 3))
            weight = self.dense.weight
            return functional.linear(
                x, weight=weight if lies == "out, in" else weight.T, bias=self.dense.bias
            )

    made.module.__class__ = Reading
    model = TorchEngine().load(made, device="cpu")
    model.replace_head(TASK, seed=1)
    plain = model.infer(batch().inputs)
    model.lora(2, 3)
    np.testing.assert_allclose(model.infer(batch().inputs), plain, atol=1e-6)
    model.begin(StepPlan(task=TASK))
    before = model.weights()
    for step in range(3):
        model.step(batch(step), RATES)
    assert "backbone.dense.lora_B.default.weight" in changed(before, model.weights())
    learned = model.infer(batch().inputs)
    model.merge()
    np.testing.assert_allclose(model.infer(batch().inputs), learned, atol=1e-5)
