"""Running part of a chain: the bits, the states, the dropout and the gradients of the whole model."""

from __future__ import annotations

from collections.abc import Mapping

import hf_models
import numpy as np
import pytest
import torch
import transformers

import zoo
from zoo.core.cards import AudioInput, TextInput
from zoo.core.protocols.stages import StageOwner, owners_of
from zoo.datasets.inputs.texts import stacked
from zoo.datasets.inputs.words import Words
from zoo.errors import ConfigError

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers", "sentence_transformers")]

NARROW = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 64}
TEXTS = ["a", "a rather longer text, so that all others are padded", "two words"]
SHARP = {"vocab_size": 64, "num_labels": 3, "pad_token_id": 0, "initializer_range": 0.2}


def text(name, **options):
    config = getattr(transformers, f"{name}Config")(**{**SHARP, **options})
    return getattr(transformers, f"{name}ForSequenceClassification")(config), hf_models.tokenizer()


def picture(name, **options):
    size = {"height": 64, "width": 64}
    config = getattr(transformers, f"{name}Config")(num_labels=3, **options)
    front = transformers.ViTImageProcessorPil(size=size)
    return getattr(transformers, f"{name}ForImageClassification")(config), front


def sound(**options):
    config = transformers.Wav2Vec2Config(
        **NARROW,
        conv_dim=(16, 16, 16),
        conv_stride=(5, 4, 4),
        conv_kernel=(10, 4, 4),
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
        classifier_proj_size=24,
        num_labels=3,
        layerdrop=0.5,
        initializer_range=0.2,
        **options,
    )
    return transformers.Wav2Vec2ForSequenceClassification(config), transformers.Wav2Vec2FeatureExtractor()


DEPTHS = {"embed_dim": 16, "depths": [1, 1, 2, 1], "num_heads": [1, 2, 2, 4], "window_size": 2}
MODELS = {
    "bert": (lambda: text("Bert", **NARROW), [1, 2, 3, 4]),
    "roberta": (lambda: text("Roberta", **NARROW, max_position_embeddings=122), [1, 2, 3, 4]),
    # Behind its layers only the first state goes on, from which no states of tokens can be had.
    "distilbert": (lambda: text("DistilBert", dim=32, n_layers=3, n_heads=2, hidden_dim=64), [1, 2, 3]),
    "mpnet": (lambda: text("MPNet", **NARROW), [1, 2, 3, 4]),
    "gpt2": (lambda: text("GPT2", n_embd=32, n_layer=3, n_head=2), [1, 2, 3, 4]),
    "llama": (lambda: text("Llama", **NARROW, num_key_value_heads=1), [1, 2, 3, 4]),
    "vit": (lambda: picture("ViT", image_size=64, **NARROW), [1, 2, 3, 4]),
    "swin": (lambda: picture("Swin", image_size=64, patch_size=2, **DEPTHS), [1, 2, 3, 4, 5]),
    "convnext": (
        lambda: picture("ConvNext", hidden_sizes=[8, 16, 16, 32], depths=[1, 1, 2, 1]),
        [1, 2, 3, 4, 5],
    ),
    "resnet": (
        lambda: picture("ResNet", embedding_size=8, hidden_sizes=[8, 16, 16], depths=[1, 2, 1]),
        [1, 2, 3],
    ),
    "wav2vec2, one at a time": (sound, [4, 5, 6, 7]),
    "wav2vec2, together": (lambda: sound(feat_extract_norm="layer"), [4, 5, 6, 7]),
}


def opened(folder, name):
    torch.manual_seed(0)
    model, front = MODELS[name][0]()
    model.eval().save_pretrained(folder)
    front.save_pretrained(folder)
    return zoo.load(f"hf:{folder}").adapter.backbone


def batch(backbone):
    if isinstance(backbone.input, TextInput):
        return backbone.prepare(TEXTS)
    random = np.random.default_rng(5)
    if isinstance(backbone.input, AudioInput):
        return backbone.prepare(
            [random.normal(0, 0.2, size).astype(np.float32) for size in (4000, 9000, 6500)]
        )
    # Four, not three: of three, with AVX-512 and two threads, oneDNN 3 crashes in the backward pass of a 1x1
    # convolution of stride 2 over 8 channels of 16x16, channels last.
    return backbone.prepare(torch.from_numpy(random.integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)))


def stored(value):
    """As it comes back from a file: plain memory, and nothing else of the model's."""
    if isinstance(value, Mapping):
        return {name: torch.from_numpy(one.numpy().copy()) for name, one in value.items()}
    return torch.from_numpy(value.numpy().copy()) if value.ndim != 4 else value.clone()


@pytest.mark.parametrize("name", MODELS)
def test_at_every_cut_the_two_parts_make_the_whole(tmp_path, name):
    backbone = opened(tmp_path, name)
    module, run, links = backbone.module.eval(), backbone.run, len(backbone.stages)
    assert sorted(backbone.cuts) == MODELS[name][1]
    prepared = batch(backbone)
    pieces = [0, *sorted(backbone.cuts)]
    with torch.no_grad():
        whole = module(prepared)
        assert torch.equal(run(prepared), whole)
        before = prepared
        for k in pieces[1:]:
            value = stored(run(prepared, 0, k))
            tensors = value if isinstance(value, Mapping) else {"hidden": value}
            assert {one.shape[0] for one in tensors.values()} == {len(whole)}
            kept = {key: one.clone() for key, one in tensors.items()}
            assert torch.equal(run(value, k), whole), f"cut {k}"
            # What a file keeps must not change in use.
            assert all(torch.equal(one, kept[key]) for key, one in tensors.items())
            assert run(value, k, k) is value
            # Each run begins where the one before ended.
            step = run(before, pieces[pieces.index(k) - 1], k)
            step = step if isinstance(step, Mapping) else {"hidden": step}
            assert all(torch.equal(one, kept[key]) for key, one in step.items())
            if "tokens" in backbone.taps:
                assert torch.equal(backbone.run(value, k, tokens=True), module.tokens(prepared)), f"cut {k}"
            before = value
    assert links == len(backbone.stages)


@pytest.mark.parametrize("name", MODELS)
def test_training_the_rest_of_the_chain_is_training_the_model(tmp_path, name):
    """The same dropout is drawn behind a cut, and gradients are those of the whole model."""
    backbone = opened(tmp_path, name)
    module, prepared = backbone.module, batch(backbone)
    owner = owners_of(module.state_dict(), backbone.stages)
    weight = torch.linspace(-1, 1, backbone.features.width)
    for k in sorted(backbone.cuts):
        module.eval()
        with torch.no_grad():
            value = stored(backbone.run(prepared, 0, k))
        holding = StageOwner(owner, backbone.stages, (), k)
        for path, part in module.named_modules():
            part.training = not holding.whole(path)
        for tensor, parameter in module.named_parameters():
            parameter.requires_grad_(owner[tensor] >= k)
        gradients = []
        for one in (lambda: module(prepared), lambda k=k, value=value: backbone.run(value, k)):
            torch.manual_seed(3)
            module.zero_grad()
            buffers = {key: one.clone() for key, one in module.named_buffers()}
            (one() * weight).sum().backward()
            gradients.append({key: p.grad for key, p in module.named_parameters() if p.grad is not None})
            moved = dict(module.named_buffers())
            for key, was in buffers.items():
                moved[key].copy_(was)
        assert gradients[0].keys() == gradients[1].keys()
        assert any(bool(one.abs().sum() > 0) for one in gradients[0].values())
        for key, gradient in gradients[0].items():
            assert torch.equal(gradient, gradients[1][key]), f"cut {k}: {key}"


def test_the_places_of_words_cross_with_the_states(tmp_path):
    backbone = opened(tmp_path, "bert")
    prepared = backbone.prepare(stacked([Words(["a", "word"]), Words(["three", "more", "words"])]).tolist())
    value = backbone.run(prepared, 0, 2)
    assert torch.equal(value["words"], prepared["words"])
    assert value["hidden"].shape == (*prepared["input_ids"].shape, 32)


def test_texts_may_be_padded_anew_with_anything_behind_a_cut(tmp_path):
    """GPT-2's classifier finds the last token by the number of the padding."""
    backbone = opened(tmp_path, "gpt2")
    module = backbone.module.eval()
    prepared = batch(backbone)
    with torch.no_grad():
        value = backbone.run(prepared, 0, 2)
        padding = prepared["attention_mask"] == 0
        assert padding.any()
        other = {**value, "input_ids": value["input_ids"].masked_fill(padding, 9)}
        other["hidden"] = value["hidden"].masked_fill(padding[..., None], 0.0)
        assert torch.allclose(backbone.run(other, 2), module(prepared), atol=1e-6)


@pytest.mark.parametrize("name", ["wav2vec2, one at a time", "wav2vec2, together"])
def test_of_sounds_no_sample_crosses(tmp_path, name):
    backbone = opened(tmp_path, name)
    value = backbone.run(batch(backbone), 0, 5)
    assert value.keys() == {"hidden", "attention_mask", "samples"}
    assert value["samples"].tolist() == [4000, 9000, 6500]
    assert value["attention_mask"].shape == value["hidden"].shape[:2]
    states = value["attention_mask"].sum(1)
    assert states[0] < states[2] < states[1] == value["hidden"].shape[1]


def test_asking_for_cuts_leaves_the_model_and_the_random_numbers_alone(tmp_path):
    backbone = opened(tmp_path, "resnet")
    module = backbone.module.train()
    before = {name: one.clone() for name, one in module.state_dict().items()}
    torch.manual_seed(1)
    wanted = torch.rand(3)
    torch.manual_seed(1)
    assert 1 in backbone.cuts
    assert torch.equal(torch.rand(3), wanted)
    assert all(part.training for part in module.modules())
    assert all(torch.equal(one, before[name]) for name, one in module.state_dict().items())


def test_held_embeddings_hold_the_dropout_behind_them(tmp_path):
    """GPT-2 calls it outside of all its parts."""
    model = zoo.load(f"hf:{_saved(tmp_path, 'gpt2')}")
    model.freeze(1)
    model.adapter.native.train()
    inner = model.adapter.backbone.module.model.transformer
    assert not inner.drop.training
    assert inner.h[0].attn.attn_dropout.training


def test_layers_are_never_left_out_at_random(tmp_path):
    model = zoo.load(f"hf:{_saved(tmp_path, 'wav2vec2, together')}")
    assert model.adapter.backbone.module.model.config.layerdrop == 0


@pytest.mark.parametrize(
    "made",
    [
        # One layer, used again and again; a dropout without a module, which nobody can hold.
        lambda: text("Albert", **NARROW, embedding_size=16),
        lambda: text("Bart", d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2,
                     decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64, bos_token_id=2,
                     eos_token_id=3, decoder_start_token_id=2, forced_eos_token_id=3),
    ],
    ids=["albert", "bart"],
)  # fmt: skip
def test_where_two_parts_do_not_make_the_whole_nothing_is_claimed(tmp_path, made):
    torch.manual_seed(0)
    model, front = made()
    model.eval().save_pretrained(tmp_path)
    front.save_pretrained(tmp_path)
    backbone = zoo.load(f"hf:{tmp_path}").adapter.backbone
    assert backbone.cuts == frozenset()
    if len(backbone.stages) > 1:
        with pytest.raises(ConfigError, match="cannot be divided in front of stage 1"):
            backbone.run(batch(backbone), 0, 1)


def _saved(folder, name):
    opened(folder, name)
    return folder
