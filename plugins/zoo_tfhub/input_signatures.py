"""The forms of input that a SavedModel was traced for, and which of them zoo can give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import tensorflow as tf

Size = tuple[int, int]
"""Height and width in pixels."""
Kind = Literal["image", "text", "tokens"]


def kind_of(inputs: Any) -> Kind | None:
    """Return what zoo gives for such inputs; None where it cannot give them."""
    if isinstance(inputs, tf.TensorSpec):
        shape = inputs.shape
        if shape.rank is None or shape.rank == 0 or shape[0] is not None:
            return None
        if inputs.dtype == tf.string:
            return "text" if shape.rank == 1 or (shape.rank == 2 and shape[1] == 1) else None
        # A size must be known on both sides or on neither.
        whole = shape.rank == 4 and shape[3] in (3, None) and (shape[1] is None) == (shape[2] is None)
        return "image" if whole and _holds_pixels(inputs.dtype) else None
    if isinstance(inputs, Mapping) and inputs:
        return "tokens" if all(_numbers(spec) for spec in inputs.values()) else None
    return None


def why_not(inputs: Any) -> str:
    """Say why zoo cannot give such inputs, in the order in which the user can do something about it."""
    form = f"it was traced for {shown(inputs)}"
    specs = [inputs] if isinstance(inputs, tf.TensorSpec) else tf.nest.flatten(inputs)
    specs = [spec for spec in specs if isinstance(spec, tf.TensorSpec)]
    fixed = [spec.shape[0] for spec in specs if spec.shape.rank and spec.shape[0] is not None]
    if fixed:
        return f"{form}, batches of exactly {fixed[0]}; export it with a first dimension of None"
    if not isinstance(inputs, tf.TensorSpec):
        return form
    if inputs.shape.rank == 4 and _holds_pixels(inputs.dtype):
        channels = inputs.shape[3]
        return f"{form}, images of {channels} channels; zoo gives 3" if channels not in (3, None) else form
    if inputs.shape.rank == 2 and inputs.dtype.is_integer:
        return f"{form}, numbered tokens without a name; zoo takes a dict of them from a preprocessor by name"
    if inputs.shape.rank == 2 and inputs.dtype.is_floating:
        return f"{form}, vectors or waveforms of floats"
    return form


def _holds_pixels(dtype: tf.DType) -> bool:
    return bool(dtype.is_floating or (dtype.is_integer and dtype.max >= 255))


def _numbers(spec: Any) -> bool:
    if not isinstance(spec, tf.TensorSpec) or not spec.dtype.is_integer:
        return False
    return spec.shape.rank == 2 and spec.shape[0] is None


def fixed_size(inputs: Any) -> Size | None:
    """Return (height, width) of images where the trace fixes them."""
    if not isinstance(inputs, tf.TensorSpec) or inputs.shape.rank != 4 or inputs.shape[1] is None:
        return None
    return int(inputs.shape[1]), int(inputs.shape[2])


def shown(specs: Any) -> str:
    """Return specs in words."""
    if isinstance(specs, tf.TensorSpec):
        return f"{specs.dtype.name} {specs.shape}"
    if isinstance(specs, Mapping):
        return "{" + ", ".join(f"{key}: {shown(specs[key])}" for key in sorted(specs, key=str)) + "}"
    if isinstance(specs, Sequence) and not isinstance(specs, str):
        return f"[{', '.join(map(shown, specs))}]"
    return repr(specs)[:60]
