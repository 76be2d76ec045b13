"""A SavedModel as the engine takes it: called with inputs and a training mode, giving features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from zoo_tfhub.features import Output
from zoo_tfhub.probing import Interface


class HubModule:
    """A chain of one.

    ``variables`` are all that the model lists and all that its traces use; ``trainable_variables`` those that
    its author allows to be trained, none where it lists none. A model without them, or without a training
    mode, is always called as in evaluation; in the second case its variables get gradients all the same.

    Args:
        loaded: from :func:`zoo_tfhub.loading.load`.
        interface: how to call it.
        output: which output the features are.
    """

    def __init__(self, loaded: Any, interface: Interface, output: Output):
        self._loaded = loaded  # keeps tables and assets alive
        self._interface = interface
        self._output = output
        self.trainable_variables = _distinct(getattr(loaded, "trainable_variables", ()))
        used = [variable for trace in interface.traces for variable in trace.function.variables]
        self.variables = _distinct([*getattr(loaded, "variables", ()), *self.trainable_variables, *used])
        losses = getattr(loaded, "regularization_losses", ()) if self.trainable_variables else ()
        self.regularization_losses: list[Callable[[], Any]] = list(losses)

    def __call__(self, inputs: Any, training: bool = False) -> Any:
        """Features, float32 (B, width)."""
        training = training and bool(self.trainable_variables)
        still = self._interface.traces[0].training
        if self._interface.switch == "tensor":
            outputs = self._loaded(inputs, training=tf.constant(training))
        elif still == "absent":
            outputs = self._loaded(inputs)
        else:
            on = training and self._interface.switch == "python"
            outputs = self._loaded(inputs, training=True if on else still)
        return self._output.of(outputs)


def _distinct(variables: Any) -> list[Any]:
    """Each variable once, in order; only variables: a list may hold anything."""
    found = {id(one): one for one in variables if isinstance(one, tf.Variable)}
    return list(found.values())
