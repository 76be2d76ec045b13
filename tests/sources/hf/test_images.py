"""Images as the library's own image processor makes them, whatever its class does."""

from __future__ import annotations

import hf_models
import numpy as np
import pytest
import torch
import transformers
from PIL import Image

import zoo
from zoo.datasets.decoding.resize import resize_and_crop

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers", "sentence_transformers")]

PROCESSORS = {
    "squashed, then cut": transformers.DeiTImageProcessorPil(
        size={"height": 48, "width": 48}, crop_size={"height": 32, "width": 32}
    ),
    "resized to more than it says": transformers.LevitImageProcessorPil(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    ),
    "nearest, which is number 0": transformers.ViTImageProcessorPil(
        size={"height": 32, "width": 32}, resample=0
    ),
}


@pytest.mark.parametrize("processor", PROCESSORS.values(), ids=PROCESSORS)
def test_pictures_are_those_of_the_library(tmp_path, processor):
    torch.manual_seed(0)
    config = transformers.ViTConfig(image_size=32, patch_size=8, num_labels=3, **hf_models.NARROW)
    transformers.ViTForImageClassification(config).save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    model = zoo.load(f"hf:{tmp_path}")
    picture = drawn(90, 60)
    theirs = processor(picture, return_tensors="np")["pixel_values"][0]
    form = model.adapter.backbone.input
    ours = model.adapter.backbone.prepare(torch.from_numpy(resize_and_crop(picture, form).copy())[None])[
        0
    ].numpy()
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-5


def test_the_size_is_what_the_processor_gives_not_what_the_configuration_says(tmp_path):
    """ConvNeXt's conversions state 224 for all, and the size they were trained at in the processor alone."""
    torch.manual_seed(0)
    config = transformers.ConvNextV2Config(hidden_sizes=[8, 8, 16, 16], depths=[1, 1, 1, 1], num_labels=3)
    assert config.image_size == 224
    transformers.ConvNextV2ForImageClassification(config).save_pretrained(tmp_path)
    transformers.ConvNextImageProcessorPil(size={"shortest_edge": 384}).save_pretrained(tmp_path)
    form = zoo.load(f"hf:{tmp_path}").adapter.backbone.input
    assert (form.height, form.width) == (384, 384)


def test_a_masked_autoencoder_sees_every_patch(tmp_path):
    """In pretraining it hides three in four, others in every pass; with none hidden it is a ViT."""
    torch.manual_seed(0)
    config = transformers.ViTMAEConfig(
        image_size=32, patch_size=8, decoder_hidden_size=16, decoder_num_hidden_layers=1, **hf_models.NARROW
    )
    whole = transformers.ViTMAEForPreTraining(config).eval()
    whole.save_pretrained(tmp_path)
    PROCESSORS["nearest, which is number 0"].save_pretrained(tmp_path)
    model = zoo.load(f"hf:{tmp_path}")
    pictures = np.stack([np.asarray(drawn(32, 32, seed)) for seed in (0, 1)])
    torch.manual_seed(1)
    once = model.embed(pictures)
    torch.manual_seed(2)
    assert np.array_equal(once, model.embed(pictures))
    whole.config.mask_ratio = 0.0
    native = model.adapter.backbone.prepare(torch.from_numpy(pictures))
    with torch.no_grad():
        theirs = whole.vit(native).last_hidden_state.mean(1).numpy()
    assert np.abs(once - theirs).max() < 1e-5


def drawn(width, height, seed=0):
    coarse = np.random.default_rng(seed).integers(0, 256, (height // 5, width // 5, 3), dtype=np.uint8)
    return Image.fromarray(coarse, "RGB").resize((width, height), Image.Resampling.BICUBIC)
