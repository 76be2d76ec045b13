"""A SavedModel as the engine takes it: called with inputs and a training mode, giving features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from zoo_tfhub.features import Output
from zoo_tfhub.load_saved_model import Program
from zoo_tfhub.signatures import Interface


class HubModule:
    """A chain of one.

    ``variables`` are all that the model lists and all that its traces use; ``trainable_variables`` those that
    its author allows to be trained, none where it lists none. Of a model that is called by its signatures and
    has no such list, those that were made to be trained. A model without trainable variables, or without a
    training mode, is always called as in evaluation; in the second case its variables get gradients all the
    same.

    Args:
        program: from :func:`zoo_tfhub.load_saved_model.load`.
        interface: how to call it.
        output: which output the features are.

    Attributes:
        seeds: what random operations draw from that no variable of the model holds: each has ``assign`` of
            two int32 numbers, which takes effect on calls made afterwards.
    """

    def __init__(self, program: Program, interface: Interface, output: Output):
        loaded = program.loaded
        self._program = program  # keeps tables and assets alive
        self.seeds = program.seeds
        self._interface = interface
        self._output = output
        used = [variable for trace in interface.traces for variable in trace.function.variables]
        listed = getattr(loaded, "trainable_variables", None)
        if listed is None:
            listed = [one for one in used if one.trainable] if interface.signatures else ()
        self.trainable_variables = _distinct(listed)
        self.variables = _distinct([*getattr(loaded, "variables", ()), *self.trainable_variables, *used])
        losses = getattr(loaded, "regularization_losses", ()) if self.trainable_variables else ()
        self.regularization_losses: list[Callable[[], Any]] = list(losses)

    def __call__(self, inputs: Any, training: bool = False) -> Any:
        """Features, float32 (B, width)."""
        on = training and bool(self.trainable_variables)
        trace = self._interface.training if on else self._interface.evaluation
        return self._output.of((trace or self._interface.evaluation).call(inputs, on))


def _distinct(variables: Any) -> list[Any]:
    """Return each variable once, in order; only variables: a list may hold anything."""
    found = {id(one): one for one in variables if isinstance(one, tf.Variable)}
    return list(found.values())
