"""What single types of models need."""

from __future__ import annotations

import json

import pytest
import torch
import transformers
from hf import making

import zoo
from zoo.errors import ConfigError

NARROW = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
SMALL = {**NARROW, "vocab_size": 64, "pad_token_id": 0, "max_position_embeddings": 128, "num_labels": 3}


def saved(folder, name, words=None, **options):
    torch.manual_seed(0)
    config = getattr(transformers, f"{name}Config")(**SMALL, **options)
    model = getattr(transformers, f"{name}ForSequenceClassification")(config).eval()
    model.save_pretrained(folder)
    (words or making.tokenizer()).save_pretrained(folder)
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
    tables = {"shape_vocab_size": 64, "pronunciation_vocab_size": 64}
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
