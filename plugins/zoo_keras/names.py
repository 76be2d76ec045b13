"""The names of Keras Applications and what must be known to build one; Keras is not imported for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zoo.errors import UnknownModel
from zoo.plugin import messages

Scaling = Literal["caffe", "tf", "torch", "built-in"]
"""How a module's ``preprocess_input`` treats pixels of 0..255: ``caffe`` BGR less the mean colour; ``tf`` to
-1..1; ``torch`` to 0..1, then by mean and deviation; ``built-in`` not at all, the network begins with it."""


@dataclass(frozen=True)
class Application:
    """One function of ``keras.applications``."""

    name: str
    module: str
    """Below ``keras.applications``; it holds the ``preprocess_input`` that belongs to the function."""
    side: int
    """Height and width in pixels that the weights were trained for."""
    least: int
    """Smallest height and width that Keras builds."""
    scaling: Scaling


_MODULES: dict[str, tuple[Scaling, int, dict[str, int]]] = {
    # Module: scaling, smallest side, own side of each function.
    "convnext": ("built-in", 32, {f"ConvNeXt{s}": 224 for s in ["Tiny", "Small", "Base", "Large", "XLarge"]}),
    "densenet": ("torch", 32, {f"DenseNet{depth}": 224 for depth in (121, 169, 201)}),
    "efficientnet": (
        "built-in",
        32,
        {f"EfficientNetB{n}": side for n, side in enumerate((224, 240, 260, 300, 380, 456, 528, 600))},
    ),
    "efficientnet_v2": (
        "built-in",
        32,
        {f"EfficientNetV2B{n}": side for n, side in enumerate((224, 240, 260, 300))}
        | {"EfficientNetV2S": 384, "EfficientNetV2M": 480, "EfficientNetV2L": 480},
    ),
    "inception_resnet_v2": ("tf", 75, {"InceptionResNetV2": 299}),
    "inception_v3": ("tf", 75, {"InceptionV3": 299}),
    "mobilenet": ("tf", 32, {"MobileNet": 224}),
    "mobilenet_v2": ("tf", 32, {"MobileNetV2": 224}),
    "mobilenet_v3": ("built-in", 32, {"MobileNetV3Small": 224, "MobileNetV3Large": 224}),
    "nasnet": ("tf", 32, {"NASNetMobile": 224, "NASNetLarge": 331}),
    "resnet": ("caffe", 32, {f"ResNet{depth}": 224 for depth in (50, 101, 152)}),
    "resnet_v2": ("tf", 32, {f"ResNet{depth}V2": 224 for depth in (50, 101, 152)}),
    "vgg16": ("caffe", 32, {"VGG16": 224}),
    "vgg19": ("caffe", 32, {"VGG19": 224}),
    "xception": ("tf", 71, {"Xception": 299}),
}

APPLICATIONS: dict[str, Application] = {
    one.name: one
    for one in sorted(
        (
            Application(name, module, side, least, scaling)
            for module, (scaling, least, functions) in _MODULES.items()
            for name, side in functions.items()
        ),
        key=lambda app: app.name,
    )
}
"""All forty, by name."""


def application(name: str) -> Application:
    """Return the application of a name, ``MobileNetV2`` say.

    Raises:
        UnknownModel: Keras has no such application; near names are the hint.
    """
    if name not in APPLICATIONS:
        raise UnknownModel(
            f"Keras Applications have no model {messages.quoted(name)}",
            hint=messages.did_you_mean(name[:120], tuple(APPLICATIONS))
            or "zoo list --source keras shows the names",
        )
    return APPLICATIONS[name]
