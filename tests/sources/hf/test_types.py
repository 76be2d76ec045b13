"""What single types of models need."""

from __future__ import annotations

import json

import hf_models
import numpy as np
import pytest
import torch
import transformers

import zoo
from zoo.errors import ConfigError

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers", "sentence_transformers")]

SMALL = {
    **hf_models.NARROW,
    "vocab_size": 64,
    "pad_token_id": 0,
    "max_position_embeddings": 128,
    "num_labels": 3,
}


def saved(folder, name, words=None, **options):
    torch.manual_seed(0)
    config = getattr(transformers, f"{name}Config")(**{**SMALL, **options})
    model = getattr(transformers, f"{name}ForSequenceClassification")(config).eval()
    model.save_pretrained(folder)
    (words or hf_models.tokenizer()).save_pretrained(folder)
    return model


def test_a_type_whose_attention_answers_zeros_is_refused(tmp_path):
    saved(tmp_path, "Mra")
    with pytest.raises(ConfigError, match="says nothing about its input"):
        zoo.load(f"hf:{tmp_path}")


def test_a_token_is_numbered_by_shape_and_sound_too(tmp_path):
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "red", "blue"]
    files = tmp_path / "files"
    files.mkdir()
    (files / "vocab.txt").write_text("\n".join(words))
    for i, table in enumerate(("word_shape", "word_pronunciation")):
        numbers = {word: place + 10 * (i + 1) for place, word in enumerate(words)}
        (files / f"{table}.json").write_text(json.dumps(numbers))
    paths = [files / name for name in ("vocab.txt", "word_shape.json", "word_pronunciation.json")]
    tables = {"vocab_size": 8, "shape_vocab_size": 64, "pronunciation_vocab_size": 64}
    own = transformers.RoCBertTokenizer(*paths, model_max_length=120)
    whole = saved(tmp_path / "model", "RoCBert", own, **tables)
    model = zoo.load(f"hf:{tmp_path / 'model'}")
    prepared = model.adapter.backbone.prepare(["red blue", "red"])
    numbered = own("red blue")
    assert len(numbered) >= 4
    for name, row in numbered.items():
        assert prepared[name][0].tolist() == row
    assert prepared["input_shape_ids"][0].tolist()[1:3] == [15, 16]
    with torch.no_grad():
        theirs = whole(**own("red blue", return_tensors="pt")).logits
        ours = whole.classifier(torch.from_numpy(model.embed(["red blue"])))
    assert torch.allclose(ours, theirs, atol=1e-5)


def test_what_never_gets_a_gradient_is_constant(tmp_path):
    """LayoutLMv3 looks its biases up under no_grad."""
    saved(
        tmp_path,
        "LayoutLMv3",
        coordinate_size=5,
        shape_size=6,
        max_2d_position_embeddings=64,
        visual_embed=False,
    )
    model = zoo.load(f"hf:{tmp_path}")
    fixed = {fact.name.rpartition("encoder.")[2] for fact in model.adapter.tensors() if fact.fixed}
    assert {"rel_pos_bias.weight", "rel_pos_x_bias.weight", "rel_pos_y_bias.weight"} <= fixed


@pytest.mark.parametrize("padding", [0, 1])
def test_positions_are_numbered_from_the_padding_of_the_configuration(tmp_path, padding):
    """RoBERTa counts positions from it; the tokenizer, whose padding is 0 here, has no part in that."""
    words = hf_models.tokenizer()
    whole = saved(tmp_path, "Roberta", words, pad_token_id=padding, initializer_range=0.2)
    model = zoo.load(f"hf:{tmp_path}")
    with torch.no_grad():
        theirs = whole(**words(["ab cd ef"], return_tensors="pt")).logits
        ours = whole.classifier.out_proj(torch.from_numpy(model.embed(["ab cd ef"])))
    assert torch.allclose(ours, theirs, atol=1e-5)


def test_a_table_of_positions_that_begins_behind_the_padding_is_not_left(tmp_path):
    """128 rows, of which 0 and 1 are nobody's place; the tokenizer states no limit."""
    saved(tmp_path, "Roberta", hf_models.tokenizer(10**30), pad_token_id=1)
    model = zoo.load(f"hf:{tmp_path}")
    assert model.card.input.max_length == 126
    assert model.adapter.backbone.prepare(["ab " * 300])["input_ids"].shape == (1, 126)
    assert np.isfinite(model.embed(["ab " * 300])).all()


def test_a_pair_has_one_kind_of_text_where_the_model_has_one(tmp_path):
    words = hf_models.tokenizer(model_input_names=["input_ids", "token_type_ids", "attention_mask"])
    saved(tmp_path, "Roberta", words, type_vocab_size=1)
    model = zoo.load(f"hf:{tmp_path}")
    assert model.card.input.pair
    assert np.isfinite(model.embed([("ab cd", "ef")])).all()


def test_a_tokenizer_of_codes_is_read(tmp_path):
    """PhoBERT's: a list of tokens, and the order in which pairs were joined."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    saved(tmp_path, "Roberta", vocab_size=80, tokenizer_class="PhobertTokenizer")
    for path in tmp_path.glob("tokenizer*"):
        path.unlink()
    (tmp_path / "vocab.txt").write_text("".join(f"{one} 1\n{one}@@ 1\n" for one in letters))
    (tmp_path / "bpe.codes").write_text("#version: 0.2\n")
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "PhobertTokenizer"}')
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)("ab cd")["input_ids"]
    model = zoo.load(f"hf:{tmp_path}")
    assert model.adapter.backbone.prepare(["ab cd"])["input_ids"][0].tolist() == theirs


def test_a_model_that_draws_its_answers_is_refused(tmp_path):
    """Reformer hashes again in every pass."""
    saved(
        tmp_path,
        "Reformer",
        initializer_range=0.2,
        attention_head_size=16,
        feed_forward_size=64,
        attn_layers=["lsh", "lsh"],
        axial_pos_shape=[8, 16],
        axial_pos_embds_dim=[16, 16],
        lsh_attn_chunk_length=4,
        num_buckets=4,
        is_decoder=False,
    )
    with pytest.raises(ConfigError, match="answers the same input differently"):
        zoo.load(f"hf:{tmp_path}")


def test_a_configuration_that_knows_no_padding_is_told_the_tokenizers(tmp_path):
    """Perceiver's has no such setting."""
    config = transformers.PerceiverConfig(
        vocab_size=64,
        max_position_embeddings=128,
        d_model=32,
        d_latents=32,
        num_latents=8,
        num_blocks=1,
        num_self_attends_per_block=2,
        num_self_attention_heads=2,
        num_cross_attention_heads=2,
        num_labels=3,
    )
    torch.manual_seed(0)
    transformers.PerceiverForSequenceClassification(config).save_pretrained(tmp_path)
    hf_models.tokenizer().save_pretrained(tmp_path)
    assert np.isfinite(zoo.load(f"hf:{tmp_path}").embed(["ab cd", "ef"])).all()
