"""Weights: each tensor is compared with its file; a configuration asks for no more than the file holds."""

from __future__ import annotations

import json

import hf_models
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from zoo_hf import build
from zoo_hf.loaded_tensors import unused

import zoo
from zoo.errors import IntegrityError

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers", "sentence_transformers")]

QUERY = "encoder.layer.0.attention.self.query.weight"
NORM = "encoder.layer.0.output.LayerNorm"


@pytest.fixture
def folder(tmp_path):
    hf_models.bert(tmp_path / "model", bare=True)
    return tmp_path / "model"


def rewrite(folder, **tensors):
    path = folder / "model.safetensors"
    save_file({**load_file(path), **tensors}, path, {"format": "pt"})


def configure(folder, **values):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({QUERY: torch.ones(32, 32, dtype=torch.int8)}, "holds int8 where the model has floats"),
        ({QUERY: torch.ones(32, 32, dtype=torch.bool)}, "holds bool where the model has floats"),
        ({QUERY: torch.full((32, 32), torch.nan)}, "holds NaN"),
        ({QUERY: torch.full((32, 32), 1e300, dtype=torch.float64)}, "larger ones than float32 can hold"),
        ({f"{NORM}.gamma": torch.full((32,), 9.0)}, "names of one tensor"),
        ({f"bert.{QUERY}": torch.ones(32, 32)}, "names of one tensor"),
        ({"encoder.layer.2.output.dense.bias": torch.ones(32)}, "1 tensors of layers that the model lacks"),
    ],
    ids=["int8", "bool", "NaN", "overflow", "old name", "prefix", "layer"],
)
def test_weights_that_are_not_the_models_are_refused(folder, tensors, said):
    rewrite(folder, **tensors)
    with pytest.raises(IntegrityError, match=said):
        zoo.load(f"hf:{folder}")


def test_what_the_library_changed_while_loading_is_refused(folder, monkeypatch):
    def changed(*arguments):
        module, info = from_file(*arguments)
        with torch.no_grad():
            next(one for name, one in module.named_parameters() if name.endswith(QUERY))[0, 0] += 1e-6
        return module, info

    from_file = build._from_file
    monkeypatch.setattr(build, "_from_file", changed)
    with pytest.raises(IntegrityError, match=f"the model does not hold {QUERY}"):
        zoo.load(f"hf:{folder}")


def test_what_is_not_used_is_named(folder):
    rewrite(folder, **{"cls.predictions.bias": torch.ones(64), "embeddings.position_ids": torch.arange(128)})
    loaded = zoo.load(f"hf:{folder}").adapter.backbone.loaded
    assert loaded.dropped == ("cls.predictions.bias",)
    assert str(loaded) == "37 of 37 tensors loaded; 1 of the file not used: cls.predictions.bias"


def test_what_the_library_splits_or_reorders_is_compared_by_its_values(tmp_path):
    fused, head = torch.arange(24.0).reshape(6, 4), torch.ones(3)
    save_file({"qkv": fused, "rotary": torch.arange(4.0), "head": head}, tmp_path / "file")
    state = {"q": fused[:2], "k": fused[2:4], "v": fused[4:], "rotary": torch.tensor([2.0, 3.0, 0.0, 1.0])}

    def compare(state):
        return unused(state, set(), "", (), [tmp_path / "file"], "hf:./model")

    assert compare(state) == set()
    assert compare({**state, "v": fused[4:] + 0}) == set()
    with pytest.raises(IntegrityError, match="values that are not in the file: v"):
        compare({**state, "v": fused[4:] + 0.5})
    with pytest.raises(IntegrityError, match="does not hold rotary"):
        compare({**state, "rotary": torch.tensor([2.0, 3.0, 0.0, 0.0])})


def test_a_row_of_the_padding_that_the_library_clears_is_no_difference(tmp_path):
    sizes = {"d_model": 32, "n_head": 2, "d_head": 16, "d_inner": 64, "block_sizes": [1, 1]}
    transformers.FunnelBaseModel(transformers.FunnelConfig(vocab_size=64, **sizes)).save_pretrained(tmp_path)
    hf_models.tokenizer().save_pretrained(tmp_path)
    assert load_file(tmp_path / "model.safetensors")["embeddings.word_embeddings.weight"][0].any()
    assert not zoo.load(f"hf:{tmp_path}").adapter.backbone.loaded.dropped


@pytest.mark.parametrize(
    "values",
    [
        {"num_hidden_layers": 150_000},
        {"num_hidden_layers": 10**9},
        {"vocab_size": 60_000_000},
        {"intermediate_size": 30_000_000},
        {"max_position_embeddings": 10**9},
        {"num_labels": 10**9, "id2label": None},
        {"text_config": {"hidden_size": 1}},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_configuration_that_asks_for_more_than_the_file_holds_is_refused_before_memory_is(folder, values):
    configure(folder, **values)
    built = []
    hook = torch.nn.modules.module.register_module_parameter_registration_hook(
        lambda module, name, tensor: built.append(0 if tensor.is_meta else tensor.numel())
    )
    try:
        with pytest.raises(IntegrityError):
            zoo.load(f"hf:{folder}")
    finally:
        hook.remove()
    assert len(built) < 1_000
    assert sum(built) == 0


def test_more_added_tokens_than_are_read_are_refused(folder):
    path = folder / "tokenizer.json"
    path.write_text(path.read_text() + '{"single_word": 0}' * 100_001)
    with pytest.raises(IntegrityError, match=r"100,0\d\d added tokens"):
        zoo.load(f"hf:{folder}")
