"""Other input sizes: taken, or refused before anything is built."""

from __future__ import annotations

import pytest
import torch
import zoo_timm.loader
from timm_models import card, opened, pictures
from zoo_timm.loader import TimmLoader

from zoo.errors import ConfigError

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("test_resnet", (32, 48)),
        ("test_vit", (96, 64)),
        ("swin_tiny_patch4_window7_224", (64, 64)),
        ("mobilenetv3_small_100", (50, 70)),
    ],
)
def test_a_size_that_the_architecture_can_take(name, size):
    assert TimmLoader().accepts_size(card(name), size)
    backbone = opened(name, size=size)
    assert (backbone.input.height, backbone.input.width) == size
    # Everything else about the preprocessing stays.
    own = card(name).input
    assert backbone.input == own.model_copy(update={"height": size[0], "width": size[1]})
    with torch.no_grad():
        features = backbone.module.eval()(pictures(backbone))
    assert features.shape == (2, backbone.features.width)
    assert torch.isfinite(features).all()


def test_the_models_own_size_may_be_said():
    assert opened("test_vit", size=(160, 160)).input == card("test_vit").input


@pytest.mark.parametrize(
    ("name", "size", "advice"),
    [
        ("vit_tiny_patch16_224", (8, 8), "32 x 32, or 224 x 224"),
        ("inception_v3", (20, 20), "96 x 96, or 299 x 299"),
        ("levit_128s", (100, 100), "224 x 224"),
        ("maxvit_tiny_tf_224", (100, 100), "224 x 224"),
        ("lambda_resnet26rpt_256", (100, 100), "256 x 256"),
        ("test_resnet", (0, 64), "64 x 64"),
    ],
)
def test_a_size_that_it_cannot_take_is_refused_before_building(name, size, advice, monkeypatch):
    monkeypatch.setattr(zoo_timm.loader, "build", lambda *a: pytest.fail("was built"))
    assert not TimmLoader().accepts_size(card(name), size)
    with pytest.raises(ConfigError, match=f"{size[0]} x {size[1]}") as error:
        opened(name, size=size)
    assert card(name).id in error.value.what
    assert error.value.why
    assert advice in error.value.hint
