"""A Normalization layer that follows its variables."""

from __future__ import annotations

from typing import Any

import keras


class LiveNormalization(keras.layers.Normalization):  # type: ignore[misc]
    """Keras computes mean and variance once, when the layer is built or Keras itself loads a file.

    Weights that arrive in any other way, from a saved run say, would not be seen; so they are read when they
    are used. Only layers that have learned statistics are of this class.
    """

    @property
    def mean(self) -> Any:
        """The mean, broadcast to the input."""
        return self._broadcast(self.adapt_mean)

    @mean.setter
    def mean(self, value: Any) -> None:
        """Keras' stored copy is not kept."""

    @property
    def variance(self) -> Any:
        """The variance, broadcast to the input."""
        return self._broadcast(self.adapt_variance)

    @variance.setter
    def variance(self, value: Any) -> None:
        """Keras' stored copy is not kept."""

    def _broadcast(self, variable: Any) -> Any:
        return keras.ops.cast(keras.ops.reshape(variable, self._broadcast_shape), self.compute_dtype)


# Keras 3 names the groups of a file of weights by the class.
LiveNormalization.__name__ = "Normalization"


def live(layer: Any) -> None:
    """Make a Normalization layer with variables follow them; leave every other layer as it is."""
    if type(layer) is keras.layers.Normalization and layer.weights:
        layer.__dict__.pop("mean", None)
        layer.__dict__.pop("variance", None)
        layer.__class__ = LiveNormalization
