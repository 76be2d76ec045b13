"""The operations of TrivialAugment (arXiv:2103.10158), one drawn for each image, as torchvision has them."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

_SHEAR, _SHIFT, _ANGLE, _FACTOR = 0.99, 32.0, 135.0, 0.99
_GEOMETRIC = 5
_WHOLE = 255.0


def strong_operation(images: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
    """Return images with one operation applied to each.

    Args:
        images: float32 (B, H, W, 3), whole numbers in 0..255.
        numbers: float32 (B, 3) from 0 to below 1: which operation, how strong, in which direction.
    """
    kind = tf.cast(numbers[:, 0] * (_GEOMETRIC + len(_ON_COLORS)), tf.int32)
    strength = numbers[:, 1]
    signed = tf.where(numbers[:, 2] < 0.5, -strength, strength)
    moved = _moved(images, kind, signed)

    def one(given: tuple[tf.Tensor, ...]) -> tf.Tensor:
        image, number, plain, with_sign = given
        branches = [_branch(operation, image, plain, with_sign) for operation in _ON_COLORS]
        return tf.switch_case(number, branches)

    # Geometric operations are done; the identity comes first.
    number = tf.maximum(kind - _GEOMETRIC, 0)
    return tf.map_fn(one, (moved, number, strength, signed), fn_output_signature=tf.float32)


Operation = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]


def _branch(
    operation: Operation, image: tf.Tensor, strength: tf.Tensor, signed: tf.Tensor
) -> Callable[[], tf.Tensor]:
    return lambda: tf.ensure_shape(operation(image, strength, signed), image.shape)


def _moved(images: tf.Tensor, kind: tf.Tensor, signed: tf.Tensor) -> tf.Tensor:
    """Shear, shift or turn the images of the first five kinds; what comes in from outside is black."""
    height, width = images.shape[1:3]

    def of(number: int, most: float) -> tf.Tensor:
        return tf.where(kind == number, signed * most, 0.0)

    angle = of(4, _ANGLE * 3.141592653589793 / 180)
    cosine, sine = tf.cos(angle), tf.sin(angle)
    shear_x, shear_y = of(0, _SHEAR), of(1, _SHEAR)
    # Shears are about the corner, half a pixel before the first one; turns about the middle.
    x, y = (width - 1) / 2, (height - 1) / 2
    # Shifts are by whole pixels.
    right = tf.floor(of(2, _SHIFT)) + shear_x / 2 + x - x * cosine + y * sine
    down = tf.floor(of(3, _SHIFT)) + shear_y / 2 + y - x * sine - y * cosine
    nothing = tf.zeros_like(angle)
    rows = [cosine, shear_x - sine, right, shear_y + sine, cosine, down, nothing, nothing]
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack(rows, axis=1),
        output_shape=tf.constant([height, width]),
        fill_value=0.0,
        interpolation="NEAREST",
        fill_mode="CONSTANT",
    )


def _blend(image: tf.Tensor, other: tf.Tensor, signed: tf.Tensor) -> tf.Tensor:
    factor = 1.0 + _FACTOR * signed
    return tf.clip_by_value(other + factor * (image - other), 0, _WHOLE)


def _identity(image: tf.Tensor, strength: tf.Tensor, signed: tf.Tensor) -> tf.Tensor:
    return image


def _brightness(image: tf.Tensor, strength: tf.Tensor, signed: tf.Tensor) -> tf.Tensor:
    return _blend(image, tf.zeros_like(image), signed)


def _color(image: tf.Tensor, strength: tf.Tensor, signed: tf.Tensor) -> tf.Tensor:
    return _blend(image, tf.image.rgb_to_grayscale(image), signed)


def _contrast(image: tf.Tensor, strength: tf.Tensor, signed: tf.Tensor) -> tf.Tensor:
    return _blend(image, tf.reduce_mean(tf.image.rgb_to_grayscale(image)), signed)


def _sharpness(image: tf.Tensor, strength: tf.Tensor, signed: tf.Tensor) -> tf.Tensor:
    if min(image.shape[:2]) < 3:
        return image
    kernel = tf.constant([[1.0, 1, 1], [1, 5, 1], [1, 1, 1]])[:, :, None, None] / 13
    inner = tf.nn.depthwise_conv2d(image[None], tf.tile(kernel, [1, 1, 3, 1]), [1, 1, 1, 1], "VALID")[0]
    # The edge stays as it is.
    edge = tf.pad(inner - image[1:-1, 1:-1], [[1, 1], [1, 1], [0, 0]])
    return _blend(image, image + edge, signed)


def _posterize(image: tf.Tensor, strength: tf.Tensor, signed: tf.Tensor) -> tf.Tensor:
    """Keep 8 to 2 bits."""
    step = tf.pow(2.0, tf.round(6 * strength))
    return tf.floor(image / step) * step


def _solarize(image: tf.Tensor, strength: tf.Tensor, signed: tf.Tensor) -> tf.Tensor:
    return tf.where(image >= _WHOLE * (1 - strength), _WHOLE - image, image)


def _autocontrast(image: tf.Tensor, strength: tf.Tensor, signed: tf.Tensor) -> tf.Tensor:
    """Stretch each channel to 0..255."""
    low, high = (find(image, (0, 1), keepdims=True) for find in (tf.reduce_min, tf.reduce_max))
    return tf.where(high > low, (image - low) * _WHOLE / tf.maximum(high - low, 1), image)


def _equalize(image: tf.Tensor, strength: tf.Tensor, signed: tf.Tensor) -> tf.Tensor:
    """Make the values of each channel equally frequent."""
    return tf.stack([_equalized(channel) for channel in tf.unstack(image, axis=2)], axis=2)


def _equalized(channel: tf.Tensor) -> tf.Tensor:
    values = tf.cast(channel, tf.int32)
    counts = tf.histogram_fixed_width(values, [0, 256], nbins=256)
    total = tf.cumsum(counts)
    last = tf.gather(counts, tf.reduce_max(values))
    step = (tf.reduce_sum(counts) - last) // 255
    table = tf.concat([[0], ((total + step // 2) // tf.maximum(step, 1))[:-1]], 0)
    found = tf.cast(tf.gather(tf.clip_by_value(table, 0, 255), values), tf.float32)
    return tf.where(step > 0, found, channel)


_ON_COLORS: tuple[Operation, ...] = (
    _identity,
    _brightness,
    _color,
    _contrast,
    _sharpness,
    _posterize,
    _solarize,
    _autocontrast,
    _equalize,
)
