"""Preprocessing: what timm itself would make of an image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from timm_models import LOADER, card, opened, pictures
from zoo_timm.prepare import Normalize

from zoo.datasets.decoding.resize import resize_and_crop

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]


def picture(width: int, height: int) -> Image.Image:
    coarse = np.random.default_rng(5).integers(0, 256, (height // 4, width // 4, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


@pytest.mark.parametrize(
    ("name", "size", "trait"),
    [
        ("test_resnet", None, {"interpolation": "bilinear", "mode": "center"}),
        ("resnet18.a1_in1k", None, {"interpolation": "bicubic", "crop": 0.95}),
        ("resnet18.a1_in1k", (96, 160), {"height": 96, "width": 160}),
        ("vit_base_patch16_clip_224.openai", None, {"mean": (0.48145466, 0.4578275, 0.40821073)}),
        ("coat_lite_medium_384", None, {"mode": "squash"}),
        ("deepseek_vit_412m", None, {"mode": "border"}),
    ],
)
@pytest.mark.parametrize("shape", [(301, 203), (120, 170)])
def test_a_prepared_picture_is_timms_own(name, size, trait, shape):
    described = card(name)
    form = described.input.model_copy(update={"height": size[0], "width": size[1]} if size else {})
    assert {key: getattr(form, key) for key in trait} == trait
    raw = picture(*shape)
    ours = Normalize(form.mean, form.std)(torch.from_numpy(resize_and_crop(raw, form)[None].copy()))[
        0
    ].numpy()
    theirs = LOADER.reference(described, raw, input_size=size)
    assert ours.shape == theirs.shape == (3, form.height, form.width)
    assert theirs.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-6)


def test_preparing_keeps_the_memory_order_of_the_pictures():
    backbone = opened("test_resnet")
    pixels = torch.randint(0, 256, (3, 160, 160, 3), dtype=torch.uint8)
    batch = backbone.prepare(pixels)
    assert batch.dtype == torch.float32
    assert batch.is_contiguous(memory_format=torch.channels_last)
    expected = (pixels.double() / 255 - 0.5) / 0.5
    assert torch.allclose(batch.double(), expected.permute(0, 3, 1, 2), rtol=0, atol=1e-6)
    # Each example by itself.
    assert torch.equal(backbone.prepare(pixels[1:2]), batch[1:2])


@pytest.mark.parametrize(
    "name", ["test_resnet", "deit_tiny_distilled_patch16_224", "levit_128s", "mobilenetv3_small_100"]
)
def test_one_vector_for_a_picture_in_training_and_in_evaluation(name):
    """Distilled models have two heads, some families a wider layer behind the last stage."""
    backbone = opened(name)
    for mode in (True, False):
        features = backbone.module.train(mode)(pictures(backbone))
        assert isinstance(features, torch.Tensor)
        assert features.shape == (2, backbone.features.width)


def test_an_encoder_without_pooling_gives_the_mean_of_its_tokens():
    from zoo_timm.build import build_on_meta
    from zoo_timm.names import resolve

    module = build_on_meta(resolve("qwen3_vit_88m_enc")).eval()
    tokens = torch.rand(2, 7, 1024)
    (hook,) = module._forward_hooks.values()
    assert torch.equal(hook(module, (), tokens), tokens.mean(1))
    with torch.no_grad():
        assert module(torch.zeros(2, 3, 768, 768, device="meta")).shape == (2, 1024)
