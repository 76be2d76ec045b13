"""What Keras and others publish about the forty applications and no code can tell."""

from __future__ import annotations

DOCUMENTATION = "keras.io/api/applications"
TOP_1: dict[str, float] = {
    "Xception": 79.0,
    "VGG16": 71.3,
    "VGG19": 71.3,
    "ResNet50": 74.9,
    "ResNet50V2": 76.0,
    "ResNet101": 76.4,
    "ResNet101V2": 77.2,
    "ResNet152": 76.6,
    "ResNet152V2": 78.0,
    "InceptionV3": 77.9,
    "InceptionResNetV2": 80.3,
    "MobileNet": 70.4,
    "MobileNetV2": 71.3,
    "DenseNet121": 75.0,
    "DenseNet169": 76.2,
    "DenseNet201": 77.3,
    "NASNetMobile": 74.4,
    "NASNetLarge": 82.5,
    "EfficientNetB0": 77.1,
    "EfficientNetB1": 79.1,
    "EfficientNetB2": 80.1,
    "EfficientNetB3": 81.6,
    "EfficientNetB4": 82.9,
    "EfficientNetB5": 83.6,
    "EfficientNetB6": 84.0,
    "EfficientNetB7": 84.3,
    "EfficientNetV2B0": 78.7,
    "EfficientNetV2B1": 79.8,
    "EfficientNetV2B2": 80.5,
    "EfficientNetV2B3": 82.0,
    "EfficientNetV2S": 83.9,
    "EfficientNetV2M": 85.3,
    "EfficientNetV2L": 85.7,
}
"""Top-1 accuracy in percent on the ImageNet validation set, from the table in Keras' documentation."""

DOCSTRING = "docstring of keras.applications.mobilenet_v3"
TOP_1_IN_DOCSTRINGS: dict[str, float] = {"MobileNetV3Large": 75.6, "MobileNetV3Small": 68.1}
"""The same figure where only Keras' code states it. For ConvNeXt neither does."""

LICENSES: dict[str, str] = {
    "densenet": "bsd-3-clause",
    "inception_resnet_v2": "apache-2.0",
    "inception_v3": "apache-2.0",
    "mobilenet": "apache-2.0",
    "mobilenet_v2": "apache-2.0",
    "nasnet": "apache-2.0",
    "resnet": "mit",
    "resnet_v2": "bsd",
    "vgg16": "cc-by-4.0",
    "vgg19": "cc-by-4.0",
    "xception": "mit",
}
"""Licence of the weights by module, from the documentation of Keras 2, the last to state it for each model;
of the later families it states none."""

DIGESTS: dict[str, str] = {
    "MobileNet": "md5:725ccbd03d61d7ced5b5c4cd17e7d527",
    "MobileNetV2": "md5:f1a68526548f7541cda07e19ba6c85f4",
}
"""Of the two files for which Keras' code has no digest: from the table of the project MIAnalyzer/MIA, whose
digests of the other applications are those of Keras."""
