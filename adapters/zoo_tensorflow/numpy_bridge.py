"""Batches as an engine receives them, taken over by TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.plugin import AnyInput, ImageInput

Array = np.ndarray[Any, np.dtype[Any]]


def signature(form: AnyInput, axes: int, count: int | None = None) -> tf.TensorSpec:
    """Return the type of raw batches of so many examples, or any number: uint8 (B, H, W, C) pixels, strings
    (B,) or pairs (B, 2)."""
    if isinstance(form, ImageInput):
        return tf.TensorSpec([count, form.height, form.width, form.channels], tf.uint8)
    return tf.TensorSpec([count, 2] if axes == 2 else [count], tf.string)


def native(inputs: Array) -> tf.Tensor:
    """Return a raw batch as a tensor."""
    return tf.constant(inputs.tolist(), tf.string) if inputs.dtype == object else tf.constant(inputs)


def as_arrays(value: Any) -> Any:
    """Return tensors as numpy: floats as float32, others as they are."""
    if isinstance(value, Mapping):
        return {name: as_arrays(one) for name, one in value.items()}
    array = np.asarray(value)
    return array.astype(np.float32) if array.dtype.kind == "f" else array
