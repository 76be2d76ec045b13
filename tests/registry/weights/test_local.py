"""Weights that the user points at: a file of any name, or a folder with one."""

import hashlib
import json
import os

import numpy as np
import pytest
from safetensors.numpy import save

from zoo.errors import ConfigError, IntegrityError, ZooError
from zoo.registry.weights.local import local_weights

WEIGHTS = save({"a": np.zeros(2, dtype=np.float32)})


@pytest.fixture(autouse=True)
def _home(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.mark.parametrize("name", ["model.safetensors", "other.safetensors"])
def test_a_file_or_a_folder_with_one(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(WEIGHTS)
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04N.")
    for given in (path, tmp_path, str(tmp_path)):
        found = local_weights(given)
        assert found.path == path
        assert found.sha256 == hashlib.sha256(WEIGHTS).hexdigest()
        assert found.origin == str(given)
        assert found.revision is None


def test_the_usual_name_wins_and_the_suffix_does_not_matter(tmp_path):
    for name in ("a.safetensors", "model.safetensors", "weights.bin"):
        (tmp_path / name).write_bytes(WEIGHTS)
    assert local_weights(tmp_path).path.name == "model.safetensors"
    assert local_weights(tmp_path / "weights.bin").path.name == "weights.bin"


FOLDERS = {
    "several": (
        {"a.safetensors": WEIGHTS, "b.safetensors": WEIGHTS},
        ConfigError,
        "a.safetensors, b.safetensors",
    ),
    "none": ({"notes.txt": b""}, ConfigError, "no .safetensors file"),
    "only pickles": ({"pytorch_model.bin": b"\x80\x04N."}, ConfigError, "only pytorch_model.bin"),
    "a pickle in disguise": ({"model.safetensors": b"\x80\x04N."}, IntegrityError, "pickle"),
    "index is not JSON": ({"model.safetensors.index.json": b"{"}, IntegrityError, "not JSON"),
    "index without map": ({"model.safetensors.index.json": b"[]"}, IntegrityError, "weight_map"),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_folders_that_cannot_be_used(tmp_path, name):
    files, error, reason = FOLDERS[name]
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    with pytest.raises(error) as caught:
        local_weights(tmp_path)
    assert reason in caught.value.why
    assert str(tmp_path) in caught.value.message
    assert caught.value.hint


def index_of(*shards):
    return json.dumps({"weight_map": {f"tensor{i}": shard for i, shard in enumerate(shards)}})


@pytest.mark.parametrize(
    "shard",
    [f"{name}.safetensors" for name in ("../x", "/x", "a/x", "..\\x", "c:x", ".hidden", "x\0")]
    + ["x.bin", ""],
)
def test_an_index_cannot_point_out_of_its_folder(tmp_path, shard):
    (tmp_path / "x.safetensors").write_bytes(WEIGHTS)
    folder = tmp_path / "model"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "x.safetensors").write_bytes(WEIGHTS)
    (folder / "model.safetensors.index.json").write_text(index_of(shard))
    with pytest.raises(IntegrityError, match="plain name"):
        local_weights(folder)


def test_an_index_of_one_file_is_followed_and_of_two_refused(tmp_path):
    (tmp_path / "part.safetensors").write_bytes(WEIGHTS)
    (tmp_path / "z.safetensors").write_bytes(WEIGHTS)
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(index_of("part.safetensors", "part.safetensors"))
    assert local_weights(tmp_path).path.name == "part.safetensors"
    index.write_text(index_of("part.safetensors", "z.safetensors"))
    with pytest.raises(ConfigError, match="split into 2 files"):
        local_weights(tmp_path)


def test_a_path_that_does_not_exist_is_a_wrong_argument(tmp_path):
    with pytest.raises(ConfigError) as caught:
        local_weights(tmp_path / "absent\x1b[31m")
    assert caught.value.exit_code == 2
    assert repr(str(tmp_path / "absent\x1b[31m")) in caught.value.message
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(ConfigError):
        local_weights(tmp_path / "dangling")
    os.mkfifo(tmp_path / "model.safetensors")
    with pytest.raises(ZooError, match="not a regular file"):
        local_weights(tmp_path)
