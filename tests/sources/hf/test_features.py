"""The vector is what the library's own classifier scores; nothing in it is random."""

from __future__ import annotations

import hf_models
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

import zoo
from zoo.errors import IntegrityError

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers", "sentence_transformers")]

TEXTS = ["a word", "a rather longer text", "x"]


def noise(width, height):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize(
    ("make", "head"), [(hf_models.bert, "classifier"), (hf_models.gpt2, "score")], ids=["encoder", "decoder"]
)
def test_texts_give_what_the_librarys_own_classifier_scores(tmp_path, make, head):
    whole = make(tmp_path / "model")
    model = zoo.load(f"hf:{tmp_path / 'model'}")
    final = getattr(whole, head)
    words = hf_models.tokenizer()
    with torch.no_grad():
        # One at a time: no padding could disturb the library's answer.
        theirs = torch.cat([whole(**words(text, return_tensors="pt")).logits for text in TEXTS])
        ours = final(torch.from_numpy(model.embed(TEXTS)))
    assert torch.allclose(ours, theirs, atol=1e-5)
    assert model.card.features.pooling == "classifier"
    assert [name for name in model.adapter.backbone.loaded.dropped if head in name]


@pytest.mark.parametrize("make", [hf_models.vit, hf_models.resnet], ids=["squashed", "cut out"])
def test_pictures_give_what_the_librarys_own_classifier_scores(tmp_path, make):
    from transformers import AutoImageProcessor

    whole = make(tmp_path / "model")
    picture = noise(70, 50)
    picture.save(tmp_path / "image.png")
    model = zoo.load(f"hf:{tmp_path / 'model'}")
    processor = AutoImageProcessor.from_pretrained(tmp_path / "model", backend="pil")
    final = whole.classifier[-1] if isinstance(whole.classifier, torch.nn.Sequential) else whole.classifier
    with torch.no_grad():
        theirs = whole(processor(picture, return_tensors="pt")["pixel_values"]).logits
        ours = final(torch.from_numpy(model.embed(tmp_path / "image.png")))
    assert torch.allclose(ours, theirs, atol=1e-4)


def test_a_layer_that_the_file_lacks_is_not_made_up(tmp_path):
    whole = hf_models.bert(tmp_path / "model", bare=True)
    model = zoo.load(f"hf:{tmp_path / 'model'}")
    with torch.no_grad():
        states = whole(**hf_models.tokenizer()(TEXTS[1], return_tensors="pt")).last_hidden_state[0]
    assert np.allclose(model.embed(TEXTS)[1], states.mean(0), atol=1e-5)
    assert model.card.features.pooling == "mean"
    loaded = model.adapter.backbone.loaded
    assert not loaded.fresh
    assert loaded.loaded == loaded.total == len(whole.state_dict())


def test_a_file_that_lacks_a_layer_of_the_encoder_is_refused(tmp_path):
    hf_models.bert(tmp_path / "model")
    file = tmp_path / "model" / "model.safetensors"
    kept = {name: one for name, one in load_file(file).items() if "layer.1.output" not in name}
    save_file(kept, file, {"format": "pt"})
    with pytest.raises(IntegrityError, match=r"4 tensors are missing.*encoder\.layer\.1\.output"):
        zoo.load(f"hf:{tmp_path / 'model'}")


def test_half_precision_is_trained_in_full(tmp_path):
    whole = hf_models.bert(tmp_path / "model").half()
    whole.save_pretrained(tmp_path / "model")
    model = zoo.load(f"hf:{tmp_path / 'model'}")
    assert {fact.dtype for fact in model.adapter.tensors()} == {"float32"}


def test_the_chain_runs_from_the_embeddings_through_each_layer_to_the_pooler(tmp_path):
    hf_models.bert(tmp_path / "model")
    model = zoo.load(f"hf:{tmp_path / 'model'}")
    stages = [stage.name for stage in model.adapter.backbone.stages]
    assert stages == ["embeddings", "bert.encoder.layer.0", "bert.encoder.layer.1", "final"]
    model.freeze(2)
    still = {fact.name for fact in model.adapter.tensors() if not fact.trainable}
    assert {name.split(".")[3] for name in still} == {"embeddings", "encoder"}
    assert all(".layer.1." not in name and "pooler" not in name for name in still)


def test_random_weights_come_from_the_seed_alone(tmp_path):
    hf_models.bert(tmp_path / "model")
    place = f"hf:{tmp_path / 'model'}"
    one, same, other = (zoo.load(place, from_scratch=True, seed=seed).embed(TEXTS) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.allclose(one, other)
    assert zoo.load(place, from_scratch=True).adapter.backbone.loaded.origin == "random"


@pytest.mark.parametrize("make", [hf_models.bert, hf_models.gpt2, hf_models.resnet])
def test_conformance(tmp_path, make):
    from zoo.testing import run_checks

    make(tmp_path / "model")
    results = run_checks("hf:tiny/model", weights=tmp_path / "model")
    assert [(result.check, result.reason) for result in results if result.outcome == "failed"] == []
    assert "check_weights_arrive_in_the_model" in {one.check for one in results if one.outcome == "passed"}
