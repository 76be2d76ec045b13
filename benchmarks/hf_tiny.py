"""Tiny folders of any model type of transformers, with random weights: made from the type's own default
configuration by shrinking fields by their names."""

from __future__ import annotations

import copy
import sys
import tempfile
from pathlib import Path
from typing import Any

WORDS = 120
"""Tokens that the tokenizer has."""
VOCABULARY = 128
SIDE = 64
"""Pixels of an image's side."""
LARGEST = 40_000_000
"""Parameters above which a model does not count as tiny."""

WIDTH, HEADS, LAYERS = 48, 2, 2
# 48 because types of laid out text want a multiple of six

_WIDTHS = (
    "hidden_size",
    "d_model",
    "n_embd",
    "dim",
    "embed_dim",
    "embedding_size",
    "emb_dim",
    "conv_dim",
    "d_embed",
    "output_hidden_size",
    "output_size",
    "classifier_proj_size",
    "word_embed_proj_dim",
    "lm_hidden_size",
    "encoder_hidden_size",
    "decoder_hidden_size",
    "model_dim",
    "rnn_hidden_size",
    "pooler_hidden_size",
    "true_hidden_size",
)
_INNER = (
    "intermediate_size",
    "ffn_dim",
    "encoder_ffn_dim",
    "decoder_ffn_dim",
    "n_inner",
    "inner_dim",
    "d_inner",
    "d_ff",
    "hidden_dim",
    "ffn_hidden_size",
    "moe_intermediate_size",
    "shared_expert_intermediate_size",
    "adapter_hidden_size",
    "dense_ffn_hidden_size",
)
_HEADS = (
    "num_attention_heads",
    "n_head",
    "num_heads",
    "n_heads",
    "encoder_attention_heads",
    "decoder_attention_heads",
    "num_key_value_heads",
    "num_kv_heads",
    "attention_heads",
)
_LAYERS = (
    "num_hidden_layers",
    "n_layer",
    "num_layers",
    "n_layers",
    "encoder_layers",
    "decoder_layers",
    "num_decoder_layers",
    "num_encoder_layers",
    "layers",
    "depth",
    "n_encoder_layers",
)
_LENGTHS = (
    "max_position_embeddings",
    "n_positions",
    "max_seq_len",
    "max_source_positions",
    "max_target_positions",
    "n_ctx",
    "max_sequence_length",
    "seq_length",
)
_EXPERTS = {
    "num_experts": 4,
    "num_local_experts": 4,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "head_dim": 24,
    "qk_nope_head_dim": 16,
    "qk_rope_head_dim": 16,
    "v_head_dim": 16,
    "kv_lora_rank": 16,
    "q_lora_rank": 16,
    "n_group": 1,
    "topk_group": 1,
    "first_k_dense_replace": 1,
    "sliding_window": 16,
    "d_kv": 16,
    "attention_window": 16,
    "rotary_dim": 8,
    "d_head": 24,
    "coordinate_size": 8,
    "shape_size": 8,
    "entity_vocab_size": 16,
    "intra_bottleneck_size": WIDTH,
    "bottleneck": 16,
    "num_buckets": 8,
    "window_size": 2,
    "num_groups": 8,
    "d_latents": WIDTH,
    "num_latents": 16,
    "num_self_attends_per_block": 2,
    "xpath_unit_hidden_size": 8,
    "max_depth": 8,
    "stem_out_channels": 16,
}


def tiny(config_class: Any) -> Any:
    """The type's default configuration, shrunk; the default itself where the shrunk one is refused."""
    whole = config_class()
    tree = whole.to_dict()
    try:
        return config_class.from_dict(shrunk(tree))
    except Exception as error:
        print(f"shrinking failed: {type(error).__name__}: {error}", file=sys.stderr)
        return copy.deepcopy(whole)


def shrunk(tree: dict[str, Any]) -> dict[str, Any]:
    # What only follows from the numbers of layers.
    follows = (
        "stage_names",
        "out_features",
        "out_indices",
        "_out_features",
        "_out_indices",
        "attention_layers",
    )
    small = {name: smaller(name, value) for name, value in tree.items() if name not in follows}
    if "stage_out_channels" in tree:  # HGNet's hidden sizes are stated twice
        small["hidden_sizes"] = tree["hidden_sizes"]
    if "qk_rope_head_dim" in small and "head_dim" in small:
        small["head_dim"] = small["qk_rope_head_dim"]  # the turned part of a head is what they call a head
    if tree.get("normalization_type") == "no_norm":
        # MobileBERT normalizes nothing: drawn wider, its last tanh says 1 or -1, with no gradient.
        small["initializer_range"] = 0.05
    return small


def smaller(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return shrunk(value) if "model_type" in value or name.endswith("_config") else value
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, list) and value and all(type(one) is int for one in value):
        return _list(name, value)
    if name == "attention_types":
        return [[["global", "local"], 1]]
    if isinstance(value, list) and value and name.endswith(("_types", "_type")):
        # The last ones: hybrids begin with layers of one kind.
        return value[-LAYERS:]
    if name in ("initializer_range", "init_std", "initializer_factor", "embed_init_std"):
        # As after some training: with the usual 0.02 so narrow a network answers everything alike.
        return 0.2 if name != "initializer_factor" else 1.0
    if name == "hidden_dim" and value == 2560:
        return 320  # EfficientNet's last width, 1280, by the coefficient below
    if name in ("width_coefficient", "depth_coefficient"):
        return 0.25
    if not isinstance(value, int):
        return value
    if name == "vocab_size":
        return VOCABULARY
    if name in ("image_size", "input_size"):
        return SIDE
    if name.endswith("_token_id"):
        return {"pad": 0, "bos": 2, "cls": 2, "eos": 3, "sep": 3}.get(name[:3], min(value, 4))
    for names, small in ((_WIDTHS, WIDTH), (_INNER, 2 * WIDTH), (_HEADS, HEADS), (_LAYERS, LAYERS)):
        if name in names:
            return min(value, small)
    if name in _LENGTHS:
        return min(value, VOCABULARY)
    return min(value, _EXPERTS.get(name, value))


def _list(name: str, value: list[int]) -> list[int]:
    if name in ("depths", "num_blocks", "layers", "num_hidden_layers"):
        return [1] * len(value)
    if "hidden_sizes" in name or name in ("embed_dim", "embed_dims", "neck_hidden_sizes"):
        return [16 * (i + 1) for i in range(len(value))]
    if name in ("image_size", "train_size"):
        return [SIDE] * len(value)
    if name in ("num_attention_heads", "num_heads", "encoder_attention_heads"):
        return [min(one, HEADS) for one in value]
    return value


def save(modality: str, type_: str, folder: Path) -> int:
    """A folder as save_pretrained writes it; returns the number of parameters."""
    import torch
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING
    from zoo_hf.model_types import TASK_CLASSES

    config = tiny(CONFIG_MAPPING[type_])
    config.num_labels = 3
    if config.model_type == "whisper":
        config.max_source_positions = 100  # two seconds
    if config.is_encoder_decoder and getattr(config, "decoder_start_token_id", None) is None:
        config.decoder_start_token_id = 0
    cls = TASK_CLASSES[modality]._model_mapping[type(config)]
    cls = cls[0] if isinstance(cls, (tuple, list)) else cls
    with torch.device("meta"):
        count = sum(one.numel() for one in cls._from_config(config).parameters())
    if count > LARGEST:
        raise ValueError(f"shrunk by the names of its fields it still has {count:,} parameters")
    torch.manual_seed(0)
    model = cls._from_config(config, dtype=torch.float32).eval()
    if modality == "text":
        speak_up(model)
    if modality == "image":
        settle(model)
    model.save_pretrained(folder)
    front = {"text": tokenizer, "image": processor, "audio": extractor}[modality](config)
    front.save_pretrained(folder)
    require_runs(model, front, modality)
    return count


def speak_up(model: Any) -> None:
    """As after some training: words weigh more than what all texts share. The types for laid out documents
    add up to ten tables for places that a plain text does not have."""
    import torch

    try:
        table = model.get_input_embeddings()
    except NotImplementedError:
        return  # CANINE reads letters, by hashes
    if isinstance(table, torch.nn.Embedding):
        with torch.no_grad():
            torch.nn.init.normal_(table.weight)
            if table.padding_idx is not None:
                table.weight[table.padding_idx].zero_()


def settle(model: Any) -> None:
    """As after some training: the running statistics are those of images. With the first ones a deep
    network in evaluation mode loses its signal below what float32 can add."""
    import torch

    norms = [one for one in model.modules() if isinstance(one, torch.nn.modules.batchnorm._BatchNorm)]
    if not norms or model.main_input_name != "pixel_values":
        return
    momenta = [one.momentum for one in norms]
    for one in norms:
        one.momentum = None  # the mean of what it sees
        one.reset_running_stats()
        one.train()
    with torch.no_grad():
        for _ in range(4):
            model(pixel_values=torch.randn(4, 3, SIDE, SIDE))
    for one, was in zip(norms, momenta, strict=True):
        one.momentum = was
        one.eval()


def require_runs(model: Any, front: Any, modality: str) -> None:
    """Refuse a model that the library itself cannot call after shrinking: that says nothing about zoo."""
    import numpy as np
    import torch
    from PIL import Image

    if modality == "text":
        inputs, more = (front(text, return_tensors="pt") for text in ("a probe of some letters", "another"))
        if model.config.model_type == "perceiver":
            inputs, more = (
                {"inputs": one["input_ids"], "attention_mask": one["attention_mask"]}
                for one in (inputs, more)
            )
    elif modality == "image":
        inputs = front(Image.new("RGB", (SIDE, SIDE)), return_tensors="pt")
    else:
        inputs = front(np.zeros(16000, np.float32), sampling_rate=16000, return_tensors="pt")
    try:
        with torch.no_grad():
            answer = model(**inputs)
            other = model(**more) if modality == "text" else None
    except Exception as error:
        text = " ".join(str(error).split())
        raise ValueError(f"shrunk, the library cannot call it: {type(error).__name__}: {text}") from error
    if other is not None and torch.equal(answer[0], other[0]):
        raise ValueError("the library itself answers two different texts alike")


def tokenizer(config: Any) -> Any:
    """Letters and their pairs as tokens, so that every text has some; [CLS] before, [SEP] behind."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{one}" for one in letters)]
    words += [a + b for a in letters for b in "aeiou"][: WORDS - len(words)]
    if config.model_type == "roc_bert":
        return of_three_tables(words)
    core = Tokenizer(models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    core.normalizer = normalizers.Lowercase()
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    core.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        bos_token="[CLS]",
        eos_token="[SEP]",
        model_max_length=120,
    )


def of_three_tables(words: list[str]) -> Any:
    """RoCBERT numbers a token three times: itself, its shape, its sound."""
    import json

    from transformers import RoCBertTokenizer

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
        for table in ("word_shape", "word_pronunciation"):
            numbers = {word: i for i, word in enumerate(words)}
            (folder / f"{table}.json").write_text(json.dumps(numbers), encoding="utf-8")
        return RoCBertTokenizer(
            folder / "vocab.txt",
            folder / "word_shape.json",
            folder / "word_pronunciation.json",
            model_max_length=120,
        )


def processor(config: Any) -> Any:
    """The type's image processor at the small size, from its own defaults."""
    from transformers import ViTImageProcessorPil
    from transformers.models.auto.image_processing_auto import IMAGE_PROCESSOR_MAPPING

    classes = IMAGE_PROCESSOR_MAPPING.get(type(config), None) or {}
    cls = classes.get("pil") or ViTImageProcessorPil
    own = cls()
    size = {"height": SIDE, "width": SIDE}
    if isinstance(getattr(own, "size", None), dict) or hasattr(own.size, "get"):
        size = {"shortest_edge": SIDE} if own.size.get("shortest_edge") else size
    options: dict[str, Any] = {"size": size}
    if getattr(own, "do_center_crop", False):
        options["crop_size"] = {"height": SIDE, "width": SIDE}
    return cls(**options)


def extractor(config: Any) -> Any:
    """The type's feature extractor, from its own defaults."""
    from transformers import SeamlessM4TFeatureExtractor, Wav2Vec2FeatureExtractor
    from transformers.models.auto.feature_extraction_auto import FEATURE_EXTRACTOR_MAPPING

    cls = FEATURE_EXTRACTOR_MAPPING.get(type(config), None) or Wav2Vec2FeatureExtractor
    if config.model_type == "wav2vec2-bert":
        cls = SeamlessM4TFeatureExtractor
    options: dict[str, Any] = {"chunk_length": 2} if config.model_type == "whisper" else {}
    if hasattr(config, "num_mel_bins"):
        options |= {"feature_size": config.num_mel_bins, "num_mel_bins": config.num_mel_bins}
    return cls(**options)
