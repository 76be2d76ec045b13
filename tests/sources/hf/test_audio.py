"""Sound: the library's own features, and an answer that does not depend on the batch."""

from __future__ import annotations

import hf_models
import numpy as np
import pytest
import torch
import transformers

import zoo

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers", "sentence_transformers")]

RATE = 16_000


def made(folder):
    config = transformers.Wav2Vec2Config(
        **hf_models.NARROW,
        conv_dim=(16, 16, 16),
        conv_stride=(5, 4, 4),
        conv_kernel=(10, 4, 4),
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
        classifier_proj_size=24,
        num_labels=3,
    )
    torch.manual_seed(0)
    model = transformers.Wav2Vec2ForSequenceClassification(config).eval()
    model.save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor().save_pretrained(folder)
    return model


def raw(*seconds):
    random = np.random.default_rng(0)
    found = np.empty(len(seconds), dtype=object)
    for i, one in enumerate(seconds):
        found[i] = random.uniform(-0.5, 0.5, int(one * RATE)).astype(np.float32)
    return found


def test_sounds_give_what_the_librarys_own_classifier_scores(tmp_path):
    whole = made(tmp_path / "model")
    model = zoo.load(f"hf:{tmp_path / 'model'}")
    assert model.card.modality == "audio"
    assert model.card.input.rate == RATE
    sounds = raw(0.3, 1.0, 0.55)
    extract = transformers.Wav2Vec2FeatureExtractor()
    with torch.no_grad():
        theirs = torch.cat(
            [
                whole(extract(one, sampling_rate=RATE, return_tensors="pt").input_values).logits
                for one in sounds
            ]
        )
        # Together in one batch, of which the first layers' norm over time would see the padding.
        ours = whole.classifier(torch.from_numpy(model.adapter.embed(sounds)))
    assert torch.allclose(ours, theirs, atol=1e-5)


def test_a_recording_of_a_few_samples_is_filled_with_silence(tmp_path):
    made(tmp_path / "model")
    model = zoo.load(f"hf:{tmp_path / 'model'}")
    assert np.isfinite(model.adapter.embed(raw(0.001))).all()


def test_no_masks_are_drawn_from_a_state_that_no_seed_reaches(tmp_path):
    made(tmp_path / "model")
    model = zoo.load(f"hf:{tmp_path / 'model'}")
    module = model.native.train().backbone
    drawn = np.random.get_state()[1].copy()
    module(model.adapter.backbone.prepare(list(raw(1.0, 1.0))))
    assert np.array_equal(drawn, np.random.get_state()[1])


def test_recordings_are_cut_off_where_the_library_does_and_the_card_says_so(tmp_path):
    """128 frames, one each 10 ms, the last one of 25."""
    config = transformers.ASTConfig(
        **hf_models.NARROW,
        max_length=128,
        num_mel_bins=32,
        num_labels=3,
    )
    torch.manual_seed(0)
    transformers.ASTForAudioClassification(config).save_pretrained(tmp_path)
    transformers.ASTFeatureExtractor(max_length=128, num_mel_bins=32).save_pretrained(tmp_path)
    model = zoo.load(f"hf:{tmp_path}")
    assert model.card.input.max_seconds == pytest.approx(1.295)
    prepare = model.adapter.backbone.prepare
    whole, cut, short = raw(4.0)[0], raw(4.0)[0][: int(1.295 * RATE)], raw(4.0)[0][: int(1.28 * RATE)]
    assert torch.equal(prepare([whole])["input_values"], prepare([cut])["input_values"])
    assert not torch.equal(prepare([whole])["input_values"], prepare([short])["input_values"])
