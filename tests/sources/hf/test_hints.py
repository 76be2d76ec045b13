"""Folders and caches that are almost a model: the error says what they are and what to type."""

from __future__ import annotations

import json

import hf_models
import pytest
from safetensors.torch import load_file, save_file

import zoo
from zoo.errors import NetworkError, ZooError

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers", "sentence_transformers")]

WEIGHTS = "model.safetensors"


@pytest.fixture
def folder(tmp_path):
    hf_models.bert(tmp_path / "model", bare=True)
    return tmp_path / "model"


def compiled(folder):
    tensors = load_file(folder / WEIGHTS)
    save_file({f"_orig_mod.{name}": one for name, one in tensors.items()}, folder / WEIGHTS)
    return folder


def adapters(folder):
    (folder / "config.json").rename(folder / "adapter_config.json")
    return folder


def repository(folder):
    snapshot = folder.parent / "models--org--bert" / "snapshots" / ("0" * 40)
    snapshot.parent.mkdir(parents=True)
    folder.rename(snapshot)
    return snapshot.parents[1]


def lost_shard(folder):
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (folder / f"{WEIGHTS}.index.json").write_text(json.dumps(index))
    (folder / WEIGHTS).rename(folder / "model-1.safetensors")
    return folder


def lost_index(folder):
    (folder / WEIGHTS).rename(folder / "model-1.safetensors")
    return folder


def untyped(folder):
    tree = json.loads((folder / "config.json").read_text())
    del tree["model_type"]
    (folder / "config.json").write_text(json.dumps(tree))
    return folder


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (compiled, "begin with '_orig_mod.': save the tensors without it"),
        (adapters, "merge_and_unload"),
        (repository, "0" * 40),
        (lost_shard, "1 of the 2 files that it lists are missing: model-2.safetensors"),
        (lost_index, f"{WEIGHTS}.index.json is in it, only model-1.safetensors"),
        (untyped, "config.json has no model_type"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_what_is_almost_a_model_is_named(folder, spoil, said):
    with pytest.raises(ZooError) as caught:
        zoo.load(f"hf:{spoil(folder)}")
    assert said in str(caught.value)


@pytest.mark.parametrize("note", [None, "{commit}\n"], ids=["no branch", "newline"])
def test_snapshots_of_a_cache_without_a_branch_are_named(hub, folder, cache, note):
    commit = hub.publish("org/bert", hf_models.files(folder))
    zoo.load("hf:org/bert")
    branch = cache / "models--org--bert" / "refs" / "main"
    branch.unlink() if note is None else branch.write_text(note.format(commit=commit))
    with pytest.raises(NetworkError) as caught:
        zoo.load("hf:org/bert", offline=True)
    assert f"add @{commit}" in caught.value.hint
    zoo.load(f"hf:org/bert@{commit}", offline=True)
