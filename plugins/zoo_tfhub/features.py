"""Which of a model's outputs are its features: one vector for each input.

A single tensor (B, D) is taken as it is. Of several by name, ``default`` and then ``pooled_output`` are
taken, by TF Hub's convention. A classifier's single output or ``default`` are class scores, not features, so
it is used only where it offers the layer before them by a name of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from zoo.errors import ConfigError

_USUAL = ("default", "pooled_output")
_PENULTIMATE = (
    "feature_vector",
    "image_feature_vector",
    "features",
    "embedding",
    "embeddings",
    "pre_logits",
    "global_pool",
    "pooled_output",
    "penultimate",
)


@dataclass(frozen=True)
class Output:
    """One of the outputs, (B, width) or, where the graph leaves such a shape, (B, 1, 1, width)."""

    key: str | int | None
    width: int

    def of(self, outputs: Any) -> Any:
        """float32 (B, width) from what the model gave."""
        value = outputs if self.key is None else outputs[self.key]
        return tf.cast(tf.reshape(value, (tf.shape(value)[0], self.width)), tf.float32)


def features_of(outputs: Any, name: str, *, classifier: bool, mend: str = "") -> Output:
    """Choose the output.

    Args:
        outputs: specs, from :class:`zoo_tfhub.probing.Interface`.
        name: for messages.
        classifier: whether the model was published as one.
        mend: what to do about a classifier that gives scores alone.

    Raises:
        ConfigError: none is one float vector for each input.
    """
    named = _named(outputs)
    keys = _PENULTIMATE if classifier else _USUAL + _PENULTIMATE
    candidates: list[str | int | None] = [key for key in keys if key in named]
    if not classifier and len(named) == 1:
        candidates = list(named)
    for key in candidates:
        width = _width(named[key])
        if width is not None:
            return Output(key, width)
    listed = ", ".join(f"{key or 'its output'}: {_shown(spec)}" for key, spec in list(named.items())[:6])
    if classifier:
        raise ConfigError(
            f"{name} is a classifier that gives its class scores alone",
            why=f"the layer before them, which a new head needs, is not among its outputs ({listed})",
            mend=mend or "name the feature vector of the same family",
        )
    raise ConfigError(
        f"{name} does not give one vector of features for each input",
        why=f"it gives {listed or 'nothing'}",
        mend="name a model of the kind feature vector or text embedding",
    )


def _named(outputs: Any) -> dict[str | int | None, Any]:
    if isinstance(outputs, Mapping):
        return dict(outputs)
    if isinstance(outputs, Sequence) and not isinstance(outputs, tf.TensorShape):
        return dict(enumerate(outputs))
    return {None: outputs}


def _width(spec: Any) -> int | None:
    if not isinstance(spec, tf.TensorSpec) or not spec.dtype.is_floating or spec.shape.rank is None:
        return None
    shape = spec.shape
    flat = shape.rank == 2 or (shape.rank == 4 and shape[1] == 1 and shape[2] == 1)
    return int(shape[-1]) if flat and shape[-1] else None


def _shown(spec: Any) -> str:
    return f"{spec.dtype.name} {spec.shape}" if isinstance(spec, tf.TensorSpec) else type(spec).__name__
