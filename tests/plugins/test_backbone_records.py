"""The two records of a source's ``open``: the weights that it receives, and the report that it gives."""

from __future__ import annotations

import os

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from zoo.errors import PluginError
from zoo.plugin import LoadReport, LocalWeights, files


def test_weights_are_a_path_to_every_reader(tmp_path):
    file = tmp_path / "acme.safetensors"
    save_file({"scale": np.arange(3, dtype=np.float32)}, file)
    weights = files.local_weights(file)
    assert isinstance(weights, os.PathLike)
    assert os.fspath(weights) == str(file)
    assert load_file(weights)["scale"].tolist() == [0, 1, 2]
    with open(weights, "rb") as stream:
        assert stream.read() == file.read_bytes()


def test_weights_that_stand_for_a_folder_are_its_path(tmp_path):
    assert os.fspath(LocalWeights(tmp_path, sha256="", origin="here")) == str(tmp_path)


@pytest.mark.parametrize("origin", ["acme.safetensors", "", None])
def test_an_unknown_origin_is_refused(origin):
    with pytest.raises(PluginError) as caught:
        LoadReport(origin, loaded=3, total=3)
    assert repr(str(origin)) in caught.value.what
    assert "'pretrained', 'random'" in caught.value.why
    assert "LoadReport('pretrained', loaded=..., total=...)" in caught.value.hint


@pytest.mark.parametrize("origin", ["pretrained", "random"])
def test_both_origins_are_taken(origin):
    assert LoadReport(origin, loaded=0, total=3).origin == origin
