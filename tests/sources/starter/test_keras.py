"""``starter:glyphs-keras``: the promises of the interface, on the weights of the torch network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zoo_starter.load_weights as filling
from safetensors.numpy import load_file

import zoo
from zoo.testing import parametrize_with_checks

pytestmark = pytest.mark.tensorflow

WEIGHTS = Path(filling.__file__).with_name("glyphs.safetensors")


@parametrize_with_checks("starter:glyphs-keras")
def test_the_interface(check):
    check()


def test_every_tensor_comes_from_the_package():
    model = zoo.load("starter:glyphs-keras")
    loaded = model.adapter.backbone.loaded
    assert (loaded.origin, loaded.loaded, loaded.fresh) == ("pretrained", loaded.total, frozenset())
    assert all(name.endswith(filling.COUNTER) for name in loaded.dropped)
    tensors = load_file(WEIGHTS)
    live = model.adapter.weights()
    assert len(live) + len(loaded.dropped) == len(tensors)
    for name, array in live.items():
        theirs = tensors[filling.torch_name(name.removeprefix("backbone."))]
        assert (array == filling.keras_array(theirs)).all()


def test_a_flat_picture_is_no_number_gone_wrong():
    model = zoo.load("starter:glyphs-keras")
    assert np.isfinite(model.embed([np.full((32, 32, 3), 7, np.uint8)])).all()
