"""From raw batches to what a SavedModel takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from zoo.errors import ConfigError
from zoo_tfhub.options import Range


class Pixels:
    """uint8 (B, H, W, 3) to the range of pixels that the model was trained on, 0..1 by TF Hub's convention.

    A model that takes integers gets 0..255, unless the range says otherwise.

    Args:
        dtype: that the model takes.
        limits: what 0 and 255 become; None: not stated.
        name: for messages.

    Raises:
        ConfigError: integers of another range than 0..255.
    """

    def __init__(self, dtype: tf.DType, limits: Range | None, name: str):
        whole = bool(dtype.is_integer)
        self.dtype = dtype
        self.limits: Range = limits or ((0.0, 255.0) if whole else (0.0, 1.0))
        if whole and self.limits != (0.0, 255.0):
            raise ConfigError(
                f"{name} takes pixels of type {dtype.name}, which are 0..255", hint="leave #range= out"
            )

    def __call__(self, raw: Any) -> Any:
        """A tensor of ``dtype``, (B, H, W, 3)."""
        low, high = self.limits
        if (low, high) == (0.0, 255.0):
            return tf.cast(raw, self.dtype)
        value = tf.cast(raw, tf.float32) / 255.0
        if (low, high) != (0.0, 1.0):
            value = value * (high - low) + low
        return tf.cast(value, self.dtype)


class Strings:
    """Texts as they are: a string tensor (B,), or (B, 1) where the model takes a column."""

    def __init__(self, column: bool):
        self._column = column

    def __call__(self, raw: Any) -> Any:
        """A string tensor from one, or from an array of ``str``, of shape (B,)."""
        texts = tf.convert_to_tensor(raw, tf.string)
        return tf.expand_dims(texts, 1) if self._column else texts


class Tokens:
    """Texts (B,) through a preprocessor, itself a SavedModel that nobody trains, to numbered tokens.

    Args:
        preprocessor: a loaded SavedModel, strings in, a dict of integer (B, length) tensors out.
        inputs: specs by name that the encoder takes.
        name: for messages.

    Raises:
        ConfigError: the two do not fit together.
    """

    def __init__(self, preprocessor: Any, inputs: Mapping[str, Any], name: str):
        self._preprocessor = preprocessor
        self._keys = tuple(sorted(inputs))
        given = _given(preprocessor, name)
        for key in self._keys:
            spec, wanted = given.get(key), inputs[key]
            if not _fits(spec, wanted):
                raise ConfigError(
                    f"the preprocessor of {name} does not belong to it",
                    why=f"the encoder takes {key} as {wanted.dtype.name} {wanted.shape}, the preprocessor "
                    f"gives {spec if spec is not None else ', '.join(sorted(map(str, given)))}",
                    hint="name the preprocessor that the encoder's page names",
                )
        lengths = {given[key].shape[1] for key in self._keys}
        self.limit: int | None = lengths.pop() if len(lengths) == 1 else None
        """Tokens that each text is cut or filled to, where the preprocessor says."""

    def __call__(self, raw: Any) -> Any:
        """A dict of integer tensors, (B, length)."""
        tokens = self._preprocessor(tf.convert_to_tensor(raw, tf.string))
        return {key: tokens[key] for key in self._keys}


def _fits(spec: Any, wanted: Any) -> bool:
    same = isinstance(spec, tf.TensorSpec) and spec.dtype == wanted.dtype
    return same and bool(spec.shape.is_compatible_with(wanted.shape))


def _given(preprocessor: Any, name: str) -> dict[str, Any]:
    """Return what the preprocessor makes of a batch of strings of any size."""
    for function in preprocessor.__call__.concrete_functions:
        arguments, _ = function.structured_input_signature
        given = function.structured_outputs
        if arguments and _is_texts(arguments[0]) and isinstance(given, Mapping):
            return dict(given)
    raise ConfigError(
        f"the preprocessor of {name} does not turn texts into numbered tokens",
        why="it has no trace of string (None,) that gives tensors by name",
        hint="name a preprocessor, for example tensorflow/bert_en_uncased_preprocess/3",
    )


def _is_texts(spec: Any) -> bool:
    if not isinstance(spec, tf.TensorSpec) or spec.dtype != tf.string:
        return False
    return spec.shape.rank == 1 and spec.shape[0] is None
