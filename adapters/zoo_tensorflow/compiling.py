"""Functions compiled for one form of input, which leave nothing behind when they are let go of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
from tensorflow.python.framework import ops


def compiled(function: Callable[..., Any], given: Sequence[tf.TensorSpec] = ()) -> Any:
    """Return the concrete function of inputs of these forms; its gradients, if any, are computed inside.

    What has a gradient of its own (``tf.nn.silu``, so every EfficientNet) enters a function into
    TensorFlow's registry of gradients, for good, and that holds the whole graph: 140 MB for each compiled
    step of EfficientNetV2B0. It is asked for while a graph is differentiated and never after, so it is taken
    out again. TensorFlow has no public way to do so; where this one is gone, graphs stay in memory.
    """
    registry: dict[str, Any] = getattr(ops.gradient_registry, "_registry", {})
    known = set(registry)
    try:
        return tf.function(function, input_signature=list(given), autograph=False).get_concrete_function()
    finally:
        for name in set(registry) - known:
            if name.startswith("CustomGradient-"):
                del registry[name]
