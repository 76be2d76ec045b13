"""Parameters and widths in the registry are those that were counted by other means than ours."""

from __future__ import annotations

import pytest

from zoo.registry.reader import rows

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm", "transformers")]

# Parameters with the head for 1,000 classes (the last two have none), without it, and the width that
# reset_classifier(0) leaves, counted on models of timm 1.0.31.
TIMM = {
    "resnet18": (11_689_512, 11_176_512, 512),
    "resnet34": (21_797_672, 21_284_672, 512),
    "resnet50": (25_557_032, 23_508_032, 2048),
    "resnet101": (44_549_160, 42_500_160, 2048),
    "resnet152": (60_192_808, 58_143_808, 2048),
    "vgg16": (138_357_544, 134_260_544, 4096),
    "vgg19": (143_667_240, 139_570_240, 4096),
    "inception_v3": (23_834_568, 21_785_568, 2048),
    "densenet121": (7_978_856, 6_953_856, 1024),
    "regnety_016": (11_202_430, 10_313_430, 888),
    "mobilenetv2_100": (3_504_872, 2_223_872, 1280),
    "mobilenetv3_large_100": (5_483_032, 4_202_032, 1280),
    "mobilenetv3_small_100": (2_542_856, 1_517_856, 1024),
    "mobilenetv4_conv_small": (3_774_024, 2_493_024, 1280),
    "efficientnet_b0": (5_288_548, 4_007_548, 1280),
    "tf_efficientnetv2_s": (21_458_488, 20_177_488, 1280),
    "convnext_tiny": (28_589_128, 27_820_128, 768),
    "convnext_base": (88_591_464, 87_566_464, 1024),
    "convnextv2_tiny": (28_635_496, 27_866_496, 768),
    "swin_tiny_patch4_window7_224": (28_288_354, 27_519_354, 768),
    "vit_tiny_patch16_224": (5_717_416, 5_524_416, 192),
    "vit_small_patch16_224": (22_050_664, 21_665_664, 384),
    "vit_base_patch16_224": (86_567_656, 85_798_656, 768),
    "deit_small_patch16_224": (22_050_664, 21_665_664, 384),
    "deit3_small_patch16_224": (22_059_496, 21_674_496, 384),
    "beit_base_patch16_224": (86_530_984, 85_761_984, 768),
    "mixer_b16_224": (59_880_472, 59_111_472, 768),
    "vit_small_patch14_dinov2": (22_056_192, 22_056_192, 384),
    "vit_base_patch14_dinov2": (86_579_712, 86_579_712, 768),
}


# Keras and timm publish the same network: the same parameters behind the head, though not the same code. What
# Keras' registry entry lacks are the layers that timm counts to the backbone and Keras to the head.
VGG = 49 * 512 * 4096 + 4096 + 4096 * 4096 + 4096
SAME = {
    "VGG16": ("vgg16", VGG),
    "VGG19": ("vgg19", VGG),
    "MobileNetV2": ("mobilenetv2_100", 0),
    "MobileNetV3Small": ("mobilenetv3_small_100", 576 * 1024 + 1024),
    "MobileNetV3Large": ("mobilenetv3_large_100", 960 * 1280 + 1280),
    "DenseNet121": ("densenet121", 0),
    "EfficientNetB0": ("efficientnet_b0", 0),
    "EfficientNetV2S": ("tf_efficientnetv2_s", 0),
    "ConvNeXtTiny": ("convnext_tiny", 0),
    "ConvNeXtBase": ("convnext_base", 0),
}


def shelf(source: str) -> dict[str, list[dict]]:
    """Cards by architecture."""
    found: dict[str, list[dict]] = {}
    for row in rows():
        if row["id"].startswith(f"{source}:"):
            found.setdefault(row["architecture"], []).append(row)
    return found


@pytest.mark.parametrize("name", TIMM)
def test_of_timm(name):
    whole, without, width = TIMM[name]
    assert whole - without in (0, (width + 1) * 1000)
    for card in shelf("timm")[name]:
        assert (card["parameters"], card["features"]["width"]) == (without, width), card["id"]


@pytest.mark.parametrize("name", SAME)
def test_one_network_has_one_number_in_both_worlds(name):
    twin, between = SAME[name]
    [card] = shelf("keras")[name]
    assert card["parameters"] + between == TIMM[twin][1]
