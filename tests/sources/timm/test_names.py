"""Names and cards."""

from __future__ import annotations

import pytest
import timm
from timm_models import LOADER, card

from zoo.core.ids import is_valid_name
from zoo.errors import UnknownModel

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]


def test_every_architecture_and_tag_is_listed_under_a_name_that_an_id_can_carry():
    names = list(LOADER.names())
    assert names == sorted({*timm.list_models(), *timm.list_pretrained()})
    assert all(map(is_valid_name, names))


@pytest.mark.parametrize(
    ("name", "full", "published"),
    [
        ("resnet18", "resnet18.a1_in1k", True),
        ("resnet18.tv_in1k", "resnet18.tv_in1k", True),
        ("lambda_resnet26rpt_256", "lambda_resnet26rpt_256.c1_in1k", True),
        # timm has these two without weights, and with weights that lie nowhere as safetensors.
        ("resnet14t", "resnet14t.c3_in1k", True),
        ("cs3darknet_s", "cs3darknet_s", False),
        ("legacy_xception", "legacy_xception.tf_in1k", False),
    ],
)
def test_a_card_carries_the_full_name_and_says_whether_weights_are_published(name, full, published):
    described = card(name)
    assert described.id == f"timm:{full}"
    assert described.architecture == full.partition(".")[0]
    assert (described.weights is not None) == published
    if published:
        assert described.weights.repo == f"timm/{full}"


def test_facts_of_a_card():
    described = card("mobilenetv3_small_100")
    module = timm.create_model("mobilenetv3_small_100", num_classes=0)
    assert described.parameters == sum(p.numel() for p in module.parameters())
    # The width after the head's own convolution, not that of the last stage.
    assert described.features.width == 1024
    assert (described.family, described.framework) == ("mobilenetv3", "torch")
    assert described.license == "apache-2.0"
    assert described.input.interpolation == "bicubic"


def test_what_weights_were_trained_for():
    assert card("resnet18").task == "image-classification"
    assert card("vit_small_patch14_dinov2").task == "image-feature-extraction"
    assert card("resnet50_clip.openai").task == "image-feature-extraction"


@pytest.mark.parametrize(
    "name",
    [
        "resnet81",
        "resnet18.a1_in1kk",
        "hf-hub:timm/resnet18.a1_in1k",
        "hf_hub:timm/resnet18.a1_in1k",
        "local-dir:/tmp",
        "timm/resnet18.a1_in1k",
        "https://example.org/resnet18",
        "../resnet18",
        "",
        "resnet18\n",
    ],
)
def test_no_other_name_reaches_timm(name, monkeypatch):
    monkeypatch.setattr(timm, "create_model", lambda *a, **k: pytest.fail("timm was asked"))
    with pytest.raises(UnknownModel) as error:
        LOADER.describe(name)
    if "resnet81" in name:
        assert "resnet18" in str(error.value)
