"""Which of a model's outputs are its features: one vector for each input.

A single tensor (B, D) is taken as it is. Of several by name, ``default`` and then ``pooled_output`` are
taken, by TF Hub's convention. Class scores are no features: where a model was published as a classifier, or
the graph shows that an output is the result of a softmax or sigmoid, an output is used only if it is the
layer before them by a name of its own. A user can name any output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from zoo.errors import ConfigError
from zoo_tfhub.graphs import scores_of
from zoo_tfhub.signatures import Trace

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
_WITHOUT = (
    "export the model without its last layer, for example keras.Model(model.inputs, model.layers[-2].output)"
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


def features_of(trace: Trace, name: str, *, classifier: bool, hint: str = "", wanted: str = "") -> Output:
    """Choose the output.

    Args:
        trace: that the model is evaluated by.
        name: for messages.
        classifier: whether the model was published as one.
        hint: what to do about a classifier that gives scores alone.
        wanted: the name of the output that the user wants; unnamed ones are ``output_0`` and so on.

    Raises:
        ConfigError: none is one float vector for each input, or class scores alone.
    """
    named = {_name(key): (key, spec) for key, spec in _keyed(trace.outputs).items()}
    vectors = {label: Output(key, width) for label, (key, spec) in named.items() if (width := _width(spec))}
    listed = (
        ", ".join(f"{label}: {_shown(spec)}" for label, (_, spec) in list(named.items())[:8]) or "nothing"
    )
    if wanted:
        if wanted not in vectors:
            raise ConfigError(
                f"{name} has no output {wanted[:80]!r} that is one vector for each input",
                why=f"it gives {listed}",
                hint=f"name one of: {', '.join(vectors)}" if vectors else "name another model",
            )
        return vectors[wanted]
    usual = [*_PENULTIMATE] if classifier else [*_USUAL, *_PENULTIMATE]
    if not classifier and len(named) == 1:
        usual = list(named)
    candidates = [label for label in usual if label in vectors]
    scores = _scores(trace)
    for label in candidates:
        if not scores.get(vectors[label].key):
            return vectors[label]
    others = [label for label, output in vectors.items() if not scores.get(output.key)]
    if candidates:
        found = candidates[0]
        raise ConfigError(
            f"{name} is a classifier that gives its class scores",
            why=f"its output {found} is the result of {scores[vectors[found].key]}, and a new head needs the "
            f"layer before ({listed})",
            hint=(
                f"write #output=NAME behind the place; there are {', '.join(others)}"
                if others
                else hint or _WITHOUT
            )
            + f"; #output={found} takes the scores as they are",
        )
    if classifier:
        raise ConfigError(
            f"{name} is a classifier that gives its class scores alone",
            why=f"the layer before them, which a new head needs, is not among its outputs ({listed})",
            hint=hint or "name the feature vector of the same family",
        )
    raise ConfigError(
        f"{name} does not give one vector of features for each input",
        why=f"it gives {listed}",
        hint=f"write #output=NAME behind the place; there are {', '.join(others)}"
        if others
        else "name a model of the kind feature vector or text embedding",
    )


def _scores(trace: Trace) -> dict[str | int | None, str]:
    """By key: the operation that makes class scores of this output, or an empty text."""
    structure = trace.outputs
    count = len(tf.nest.flatten(structure))
    if count != len(trace.function.graph.outputs):
        return {}
    numbers = tf.nest.pack_sequence_as(structure, range(count))
    return {
        key: scores_of(trace.function, number)
        for key, number in _keyed(numbers).items()
        if isinstance(number, int)
    }


def _keyed(outputs: Any) -> dict[str | int | None, Any]:
    if isinstance(outputs, Mapping):
        return dict(outputs)
    if isinstance(outputs, Sequence) and not isinstance(outputs, tf.TensorShape):
        return dict(enumerate(outputs))
    return {None: outputs}


def _name(key: str | int | None) -> str:
    """As TensorFlow calls outputs without a name in a signature."""
    return key if isinstance(key, str) else f"output_{key or 0}"


def _width(spec: Any) -> int | None:
    if not isinstance(spec, tf.TensorSpec) or not spec.dtype.is_floating or spec.shape.rank is None:
        return None
    shape = spec.shape
    flat = shape.rank == 2 or (shape.rank == 4 and shape[1] == 1 and shape[2] == 1)
    return int(shape[-1]) if flat and shape[-1] else None


def _shown(spec: Any) -> str:
    return f"{spec.dtype.name} {spec.shape}" if isinstance(spec, tf.TensorSpec) else type(spec).__name__
