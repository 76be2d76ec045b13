"""What Keras and others publish about the forty applications and no code can tell."""

from __future__ import annotations

DOCUMENTATION = "keras.io/api/applications"
TABLE: dict[str, tuple[float, float, int]] = {
    "Xception": (79.0, 94.5, 88),
    "VGG16": (71.3, 90.1, 528),
    "VGG19": (71.3, 90.0, 549),
    "ResNet50": (74.9, 92.1, 98),
    "ResNet50V2": (76.0, 93.0, 98),
    "ResNet101": (76.4, 92.8, 171),
    "ResNet101V2": (77.2, 93.8, 171),
    "ResNet152": (76.6, 93.1, 232),
    "ResNet152V2": (78.0, 94.2, 232),
    "InceptionV3": (77.9, 93.7, 92),
    "InceptionResNetV2": (80.3, 95.3, 215),
    "MobileNet": (70.4, 89.5, 16),
    "MobileNetV2": (71.3, 90.1, 14),
    "DenseNet121": (75.0, 92.3, 33),
    "DenseNet169": (76.2, 93.2, 57),
    "DenseNet201": (77.3, 93.6, 80),
    "NASNetMobile": (74.4, 91.9, 23),
    "NASNetLarge": (82.5, 96.0, 343),
    "EfficientNetB0": (77.1, 93.3, 29),
    "EfficientNetB1": (79.1, 94.4, 31),
    "EfficientNetB2": (80.1, 94.9, 36),
    "EfficientNetB3": (81.6, 95.7, 48),
    "EfficientNetB4": (82.9, 96.4, 75),
    "EfficientNetB5": (83.6, 96.7, 118),
    "EfficientNetB6": (84.0, 96.8, 166),
    "EfficientNetB7": (84.3, 97.0, 256),
    "EfficientNetV2B0": (78.7, 94.3, 29),
    "EfficientNetV2B1": (79.8, 95.0, 34),
    "EfficientNetV2B2": (80.5, 95.1, 42),
    "EfficientNetV2B3": (82.0, 95.8, 59),
    "EfficientNetV2S": (83.9, 96.7, 88),
    "EfficientNetV2M": (85.3, 97.4, 220),
    "EfficientNetV2L": (85.7, 97.5, 479),
}
"""From the table in Keras' documentation: top-1 and top-5 accuracy in percent on the ImageNet validation set,
and the size of the file with the head in megabytes."""

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
