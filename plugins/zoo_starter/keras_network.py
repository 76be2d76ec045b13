"""The starter architecture in Keras, on TensorFlow."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from zoo.errors import ConfigError
from zoo.plugin import Stage
from zoo_starter.architecture import BLOCKS, EPSILON, FLAT, STEM, Block


def build(height: int, width: int) -> Any:
    """Return a functional ``keras.Model``: float32 (B, height, width, 3) to features (B, 128).

    Names of layers begin with the name of their stage; random weights from Keras' global seed.

    Raises:
        ConfigError: Keras runs on another backend.
    """
    if keras.config.backend() != "tensorflow":
        raise ConfigError(
            f"Keras runs on {keras.config.backend()!r} here; zoo trains it on TensorFlow",
            hint="set KERAS_BACKEND=tensorflow before Python starts",
        )
    inputs = keras.Input((height, width, 3), name="images")
    value = _conv(inputs, "stem", STEM, stride=2)
    value = keras.layers.ReLU(name="stem_relu")(value)
    for plan in BLOCKS:
        value = _residual(value, plan)
    features = keras.layers.GlobalAveragePooling2D("channels_last", name="block4_mean")(value)
    return keras.Model(inputs, features, name="glyphs")


def _conv(value: Any, name: str, outputs: int, *, size: int = 3, stride: int = 1) -> Any:
    if size == 3:
        # Pad evenly as torch does, so that both networks see the same positions at stride 2.
        value = keras.layers.ZeroPadding2D(1, data_format="channels_last", name=f"{name}_pad")(value)
    layer = keras.layers.Conv2D(
        outputs,
        size,
        stride,
        use_bias=False,
        kernel_initializer="he_normal",
        data_format="channels_last",
        name=f"{name}_conv",
    )
    norm = keras.layers.BatchNormalization(epsilon=EPSILON, momentum=0.9, name=f"{name}_norm")
    return norm(layer(value))


def _residual(value: Any, plan: Block) -> Any:
    inner = _conv(value, f"{plan.name}_1", plan.outputs, stride=plan.stride)
    inner = keras.layers.ReLU(name=f"{plan.name}_1_relu")(inner)
    inner = _conv(inner, f"{plan.name}_2", plan.outputs)
    around = value
    if plan.shortcut:
        around = _conv(value, f"{plan.name}_around", plan.outputs, size=1, stride=plan.stride)
    return keras.layers.ReLU(name=f"{plan.name}_relu")(
        keras.layers.Add(name=f"{plan.name}_add")([inner, around])
    )


class Chain:
    """The stages of the model, and :class:`zoo.plugin.Runner` for it.

    Args:
        module: from :func:`build`.
    """

    def __init__(self, module: Any):
        names = ("stem", *(plan.name for plan in BLOCKS))
        layers = [layer.name for layer in module.layers if not isinstance(layer, keras.layers.InputLayer)]
        self.stages = tuple(
            Stage(name, tuple(layer for layer in layers if layer.startswith(f"{name}_"))) for name in names
        )
        joints = [module.get_layer(f"{name}_relu").output for name in names[:-1]]
        self._at = [module.inputs[0], *joints, module.outputs[0]]
        self._parts: dict[tuple[int, int], Any] = {(0, len(names)): module}

    def __call__(self, value: Any, start: int = 0, stop: int | None = None, *, training: bool = False) -> Any:
        """Run stages ``start`` up to, not including, ``stop``."""
        end = len(self.stages) if stop is None else stop
        if start == end:
            return value
        if (start, end) not in self._parts:
            self._parts[start, end] = keras.Model(self._at[start], self._at[end])
        return self._parts[start, end](value, training=training)


def variables(module: Any) -> dict[str, Any]:
    """Return every tensor of the model by layer and name, such as ``stem_conv.kernel``."""
    return {f"{layer.name}.{one.name}": one for layer in module.layers for one in layer.weights}


def normalize(pixels: Any) -> Any:
    """uint8 (B, H, W, 3) to float32 of the same shape, each image by its own mean and deviation.

    See :data:`zoo_starter.architecture.FLAT`. Works inside a ``tf.function``.
    """
    values = tf.cast(pixels, tf.float32) / 255
    centred = values - tf.reduce_mean(values, (1, 2, 3), keepdims=True)
    return centred * tf.math.rsqrt(tf.reduce_mean(tf.square(centred), (1, 2, 3), keepdims=True) + FLAT)
