"""``starter:glyphs``: the promises of the interface, and that its weights know something."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import zoo_starter
from repository import ROOT
from safetensors.numpy import load_file, save_file
from zoo_starter.loader import StarterLoader

import zoo
from zoo.errors import ConfigError, IntegrityError, UnknownModel
from zoo.testing import parametrize_with_checks

pytestmark = pytest.mark.torch

PACKAGE = Path(zoo_starter.__file__).parent
WEIGHTS = PACKAGE / "glyphs.safetensors"


@parametrize_with_checks("starter:glyphs")
def test_the_interface(check):
    check()


def test_the_shelf_has_both_and_they_share_the_weights():
    cards = {card.id: card for card in zoo.list_models("starter:*")}
    assert set(cards) == {"starter:glyphs", "starter:glyphs-keras"}
    torch, keras = cards["starter:glyphs"], cards["starter:glyphs-keras"]
    assert (torch.framework, keras.framework) == ("torch", "tensorflow")
    assert torch.weights == keras.weights
    assert torch.license == "apache-2.0"
    for said in ("no digits", "Hebrew", "not for photographs"):
        assert said in torch.summary


def test_what_the_card_publishes_is_what_was_recorded():
    recorded = ROOT / "docs" / "results" / "starter-glyphs.json"
    figures = json.loads(recorded.read_bytes())["accuracy on unseen families"]
    card = next(card for card in zoo.list_models("starter:glyphs") if card.id == "starter:glyphs")
    assert [one.value for one in card.published] == [round(value, 4) for value in figures.values()]
    assert {one.source for one in card.published} == {"docs/results/starter-glyphs.json"}


def test_every_tensor_comes_from_the_package():
    model = zoo.load("starter:glyphs")
    loaded = model.adapter.backbone.loaded
    assert (loaded.origin, loaded.loaded, loaded.fresh) == ("pretrained", loaded.total, frozenset())
    assert model.origin.place == "package://zoo_starter/glyphs.safetensors"
    live = model.adapter.weights()
    for name, tensor in load_file(WEIGHTS).items():
        assert (live[f"backbone.{name}"] == tensor).all()


def test_other_tensors_are_refused(tmp_path):
    tensors = load_file(WEIGHTS)
    tensors["head.weight"] = tensors.pop("stem.conv.weight")
    tensors["block1.conv1.weight"] = tensors["block1.conv1.weight"][:, :1]
    file = tmp_path / "w.safetensors"
    save_file({name: np.array(tensor, order="C") for name, tensor in tensors.items()}, file)
    with pytest.raises(IntegrityError) as caught:
        zoo.load("starter:glyphs", weights=file)
    for name in ("1 missing (stem.conv.weight)", "1 unexpected (head.weight)", "type (block1.conv1.weight)"):
        assert name in str(caught.value)


def test_a_near_name_is_offered():
    with pytest.raises(UnknownModel) as caught:
        zoo.load("starter:glyph")
    assert "glyphs" in caught.value.hint


def test_other_sizes_down_to_the_least():
    pictures = np.random.default_rng(0).integers(0, 256, (3, 40, 40, 3)).astype(np.uint8)
    for side in (16, 48, 65):
        model = zoo.load("starter:glyphs", input_size=side)
        assert model.embed(list(pictures)).shape == (3, 128)
    card = zoo.load("starter:glyphs").card
    assert [StarterLoader().accepts_size(card, (side, side)) for side in (15, 16)] == [False, True]
    with pytest.raises(ConfigError, match="15 x 15"):
        zoo.load("starter:glyphs", input_size=15)


def test_brightness_and_contrast_do_not_count():
    model = zoo.load("starter:glyphs")
    dark = np.random.default_rng(0).integers(0, 100, (2, 32, 32, 3)).astype(np.uint8)
    assert np.allclose(model.embed(list(dark)), model.embed(list(dark * 2 + 50)), rtol=0.02, atol=0.03)
    assert np.isfinite(model.embed([np.full((32, 32, 3), 7, np.uint8)])).all()


def test_it_knows_more_of_digits_than_random_weights_and_pixels(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path))
    study = zoo.transfer(
        "starter:glyphs",
        "sample:digits",
        shots=(5,),
        seeds=3,
        methods=("frozen", "random-features", "raw-features"),
        max_test=300,
    )
    # Digits are easy: their pixels alone do not badly.
    assert study.mean("frozen", 5) > study.mean("raw-features", 5) + 0.02
    assert study.mean("frozen", 5) > study.mean("random-features", 5) + 0.1
