"""From raw batches to what a SavedModel takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from zoo.errors import ConfigError


class Pixels:
    """uint8 (B, H, W, 3) to [0, 1], TF Hub's convention for pictures; as they are where the model takes
    uint8."""

    def __init__(self, dtype: tf.DType):
        self.dtype = dtype

    def __call__(self, raw: Any) -> Any:
        """A tensor of ``dtype``, (B, H, W, 3)."""
        if self.dtype == tf.uint8:
            return raw
        return tf.cast(tf.cast(raw, tf.float32) / 255.0, self.dtype)


class Strings:
    """Texts as they are: a string tensor (B,)."""

    def __call__(self, raw: Any) -> Any:
        """A string tensor, (B,), from one or from an array of ``str``."""
        return tf.convert_to_tensor(raw, tf.string)


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
                    mend="name the preprocessor that the encoder's page names",
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
    """What the preprocessor makes of a batch of strings of any size."""
    for function in preprocessor.__call__.concrete_functions:
        arguments, _ = function.structured_input_signature
        given = function.structured_outputs
        if arguments and _is_texts(arguments[0]) and isinstance(given, Mapping):
            return dict(given)
    raise ConfigError(
        f"the preprocessor of {name} does not turn texts into numbered tokens",
        why="it has no trace of string (None,) that gives tensors by name",
        mend="name a preprocessor, for example tensorflow/bert_en_uncased_preprocess/3",
    )


def _is_texts(spec: Any) -> bool:
    if not isinstance(spec, tf.TensorSpec) or spec.dtype != tf.string:
        return False
    return spec.shape.rank == 1 and spec.shape[0] is None
